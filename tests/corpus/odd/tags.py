"""Schemes and labels."""

from tests.corpus.odd.cases import AT_MIRA, LABELS, POST, Read, Refused

IOB1 = "Karl I-PER\nLee I-PER\nmet O\nAnna I-PER\n"
IOB1_POSTS = [(["Karl", "Lee", "met", "Anna"], ["B-PER", "I-PER", "O", "B-PER"])]
IO = "At\tO\nMira\tlocation-GPE\n"
READ = {
    "an underscore in tags": Read(
        "At\tO\nMira\tB_PER\nPark\tI_PER\n", [(["At", "Mira", "Park"], ["O", "B-PER", "I-PER"])]
    ),
    "a label with a blank, named": Read(
        "Le\tO\nPetit\tB-Creative Work\nPrince\tI-Creative Work\n",
        [(["Le", "Petit", "Prince"], ["O", "B-CW", "I-CW"])],
        {"labels": LABELS | {"CW": "a work"}, "label_names": {"Creative Work": "CW"}},
    ),
    "a label that is left out": Read(
        "At\tO\nMira\tB-PER\nMonday\tB-DATE\nnight\tI-DATE\n",
        [(["At", "Mira", "Monday", "night"], ["O", "B-PER", "O", "O"])],
        {"label_names": {"DATE": "O"}},
    ),
    "BIOES": Read(
        "At O\nMira B-ORG\nPark E-ORG\nAnna S-PER\n",
        [(["At", "Mira", "Park", "Anna"], ["O", "B-ORG", "I-ORG", "B-PER"])],
        {"scheme": "bioes"},
    ),
    "BILOU": Read(
        "At O\nMira B-ORG\nx I-ORG\nPark L-ORG\nAnna U-PER\n",
        [(["At", "Mira", "x", "Park", "Anna"], ["O", "B-ORG", "I-ORG", "I-ORG", "B-PER"])],
        {"scheme": "bilou"},
    ),
    "BMES": Read(
        "京 B-LOC\n都 M-LOC\n市 E-LOC\n我 S-PER\n",
        [(["京", "都", "市", "我"], ["B-LOC", "I-LOC", "I-LOC", "B-PER"])],
        {"scheme": "bmes"},
    ),
    "BMEWO": Read(
        "京 B-LOC\n市 E-LOC\n我 W-PER\n", [(["京", "市", "我"], ["B-LOC", "I-LOC", "B-PER"])], {"scheme": "bmes"}
    ),
    "IOB1": Read(
        "Karl I-PER\nLee I-PER\nAnna B-PER\nin O\nRome I-LOC\n",
        [(["Karl", "Lee", "Anna", "in", "Rome"], ["B-PER", "I-PER", "B-PER", "O", "B-LOC"])],
        {"scheme": "iob1"},
    ),
    "IO": Read(
        "Karl I-PER\nLee I-PER\nRome I-LOC\n",
        [(["Karl", "Lee", "Rome"], ["B-PER", "I-PER", "B-LOC"])],
        {"scheme": "io"},
    ),
    "labels alone": Read(
        "At\tO\nMira\tlocation-GPE\nPark\tlocation-GPE\n",
        [(["At", "Mira", "Park"], ["O", "B-location-GPE", "I-location-GPE"])],
        {"scheme": "io", "labels": {"location-GPE": "a state"}},
    ),
    "letters alone, named": Read(
        "At O\nMira B\nPark I\n", [(["At", "Mira", "Park"], ["O", "B-PER", "I-PER"])], {"label_names": {"": "PER"}}
    ),
}
REFUSED = {
    "two tags with a blank between": Refused(
        "Kickers\tB-ORG B-LOC\n",
        "unknown-tag",
        1,
        "keep one of B-ORG and B-LOC",
        [(["Kickers"], ["B-ORG"])],
        "Kickers\tB-ORG\n",
    ),
    "two tags in one": Refused(
        "Kickers\tB-ORG\nDarmstadt\tI-ORG|B-LOC\n",
        "unknown-tag",
        2,
        "keep one of I-ORG and B-LOC",
        [(["Kickers", "Darmstadt"], ["B-ORG", "I-ORG"])],
        "Kickers\tB-ORG\nDarmstadt\tI-ORG\n",
    ),
    "a label with a blank": Refused(
        "Le\tO\nPetit\tB-Creative Work\n",
        "unknown-tag",
        2,
        '`label_names: {"Creative Work": Creative_Work}`',
        [(["Le", "Petit"], ["O", "B-Creative_Work"])],
        {"labels": LABELS | {"Creative_Work": "a work"}, "label_names": {"Creative Work": "Creative_Work"}},
    ),
    "BIOES read as IOB2": Refused(
        "At O\nMira B-ORG\nPark E-ORG\nAnna S-PER\n",
        "unknown-tag",
        3,
        "set `scheme: bioes`",
        [(["At", "Mira", "Park", "Anna"], ["O", "B-ORG", "I-ORG", "B-PER"])],
        {"scheme": "bioes"},
    ),
    "BILOU read as BIOES": Refused(
        "Mira B-ORG\nPark L-ORG\n",
        "unknown-tag",
        2,
        "set `scheme: bilou`",
        [(["Mira", "Park"], ["B-ORG", "I-ORG"])],
        {"scheme": "bilou"},
        changes={"scheme": "bioes"},
    ),
    "BMES read as IOB2": Refused(
        "京 B-LOC\n都 M-LOC\n市 E-LOC\n",
        "unknown-tag",
        2,
        "set `scheme: bmes`",
        [(["京", "都", "市"], ["B-LOC", "I-LOC", "I-LOC"])],
        {"scheme": "bmes"},
    ),
    "IOB2 read as BIOES": Refused(
        "At O\nMira B-ORG\nPark I-ORG\n",
        "iob-violation",
        2,
        "set `scheme: iob2`",
        [(["At", "Mira", "Park"], ["O", "B-ORG", "I-ORG"])],
        {"scheme": "iob2"},
        changes={"scheme": "bioes"},
    ),
    "IOB2 read as IO": Refused(
        "At O\nMira B-ORG\nPark I-ORG\n",
        "unknown-tag",
        2,
        "set `scheme: iob2`",
        [(["At", "Mira", "Park"], ["O", "B-ORG", "I-ORG"])],
        {"scheme": "iob2"},
        changes={"scheme": "io"},
    ),
    "IOB1 read as IOB2": Refused(IOB1, "iob-violation", 1, "set `scheme: iob1`", IOB1_POSTS, {"scheme": "iob1"}),
    "IOB1 read as IOB2 and repaired": Refused(
        IOB1,
        "scheme-differs",
        1,
        "set `scheme: iob1`",
        IOB1_POSTS,
        {"scheme": "iob1"},
        changes={"violations": "repair"},
    ),
    "labels alone read as IOB2": Refused(
        IO,
        "unknown-tag",
        2,
        "set `scheme: io` and add location-GPE to labels",
        [(["At", "Mira"], ["O", "B-location-GPE"])],
        {"scheme": "io", "labels": {"location-GPE": "a state"}},
    ),
    "a letter alone": Refused(
        "At O\nMira B\nPark I\n",
        "unknown-tag",
        2,
        '`label_names: {"": PER}`',
        [(["At", "Mira", "Park"], ["O", "B-PER", "I-PER"])],
        {"label_names": {"": "PER"}},
    ),
    "an E alone": Refused(
        "At O\nMira B-PER\nPark E\n",
        "unknown-tag",
        3,
        "set `scheme: bioes`",
        [(["At", "Mira", "Park"], ["O", "B-PER", "I-PER"])],
        {"scheme": "bioes", "label_names": {"": "PER"}},
    ),
    "small letters": Refused(
        "Anna b-PER\nLi B-PER\n",
        "unknown-tag",
        1,
        "write B-PER",
        [(["Anna", "Li"], ["B-PER", "B-PER"])],
        "Anna B-PER\nLi B-PER\n",
    ),
    "a small o": Refused(
        "At o\nLi B-PER\n", "unknown-tag", 1, "write O", [(["At", "Li"], ["O", "B-PER"])], "At O\nLi B-PER\n"
    ),
    "a zero for O": Refused(
        "At 0\nLi B-PER\n",
        "unknown-tag",
        1,
        "O, or B- or I- and a label",
        [(["At", "Li"], ["O", "B-PER"])],
        "At O\nLi B-PER\n",
    ),
    "a label in other letters": Refused(
        "Anna B-per\n",
        "unknown-tag",
        1,
        "`label_names: {per: PER}`",
        [(["Anna"], ["B-PER"])],
        {"label_names": {"per": "PER"}},
    ),
    "a label that YAML reads as a boolean": Refused(
        "Anna B-PER\nOslo B-NO\n",
        "unknown-tag",
        2,
        'add "NO" to',
        [(["Anna", "Oslo"], ["B-PER", "B-NO"])],
        {"labels": LABELS | {"NO": "Norway"}},
    ),
    "a label that is left out, by the remedy": Refused(
        "Anna B-PER\nMay B-DATE\n",
        "unknown-tag",
        2,
        "`label_names: {DATE: O}`",
        [(["Anna", "May"], ["B-PER", "O"])],
        {"label_names": {"DATE": "O"}},
    ),
    "an orphan": Refused(
        "Anna B-PER\nat O\nLi I-PER\n",
        "iob-violation",
        3,
        "`violations: repair`",
        [(["Anna", "at", "Li"], ["B-PER", "O", "B-PER"])],
        {"violations": "repair"},
    ),
    "an unfinished entity in BIOES": Refused(
        "Anna B-PER\nat O\nLi S-PER\n",
        "iob-violation",
        1,
        "`violations: repair`",
        [(["Anna", "at", "Li"], ["B-PER", "O", "B-PER"])],
        {"violations": "repair"},
        changes={"scheme": "bioes"},
    ),
    "no entity": Refused("It O\nrained O\n", "nothing-to-score", 1, "posts with entities", AT_MIRA, POST),
    "nothing that counts": Refused(
        "Anna I-PER\nat O\nZoo B-ORG\nLi I-PER\n".replace("Zoo B-ORG", "Zoo O") + "\nx B-DATE\n",
        "nothing-to-score",
        1,
        "posts with entities",
        AT_MIRA,
        POST,
        changes={"violations": "repair", "label_names": {"DATE": "O"}},
    ),
    "a label without entities, left out": Refused(
        "May B-DATE\n",
        "nothing-to-score",
        1,
        "posts with entities",
        AT_MIRA,
        POST,
        changes={"label_names": {"DATE": "O"}},
    ),
}

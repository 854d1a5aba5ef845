"""Separators, comments and document marks of column files."""

from tests.corpus.odd.cases import AT_MIRA, POST, Read, Refused

MULTICONER = "# id 5239d808-f300 domain=en\nat _ _ O\nmira _ _ B-ORG\n\n# id 77aa domain=en\nanna _ _ B-PER\n"
MULTICONER_POSTS = [(["at", "mira"], ["O", "B-ORG"]), (["anna"], ["B-PER"])]
CONLL = "At IN O O\nMira NNP I-NP B-ORG\n"
READ = {
    "tokens with spaces": Read(
        "Tôi\tO\nHà Nội\tB-LOC\nNguyễn Văn A\tB-PER\n\nGọi\tO\n06 12 34\tO\n",
        [(["Tôi", "Hà Nội", "Nguyễn Văn A"], ["O", "B-LOC", "B-PER"]), (["Gọi", "06 12 34"], ["O", "O"])],
    ),
    "tokens with spaces, four columns": Read("New York\tNNP\tI-NP\tB-LOC\n", [(["New York"], ["B-LOC"])]),
    "tabs that align": Read(
        "At\t\tO\nElsewhere\tO\nMira\t\tB-ORG\n", [(["At", "Elsewhere", "Mira"], ["O", "O", "B-ORG"])]
    ),
    "an empty column between": Read("At\tIN\tO\nMira\t\tB-ORG\n", AT_MIRA),
    "tabs in some lines, spaces in others": Read("At O\nMira\tB-ORG\n", AT_MIRA),
    "several spaces": Read("At   O\nMira  B-ORG\n", AT_MIRA),
    "a non-breaking space in a token, spaces between columns": Read(
        "10\xa0km O\nMira B-ORG\n", [(["10\xa0km", "Mira"], ["O", "B-ORG"])]
    ),
    "MultiCoNER's comments": Read(MULTICONER, MULTICONER_POSTS, note="2 comments"),
    "a comment that ends as a tag does": Read(
        "# sent_id = 4 version O\nat O\nmira B-ORG\n", [(["at", "mira"], ["O", "B-ORG"])], note="1 comment"
    ),
    "a comment with an equals sign in as many columns": Read(f"# domain = O\n{CONLL}", AT_MIRA, note="1 comment"),
    "comments above headers and between them": Read(
        f"# a b c\nIMGID:a.png\n# d e f\n{POST}", AT_MIRA, images=["a.png"], note="2 comments"
    ),
    "a comment alone": Read(f"# a corpus of towns\n\n{POST}", AT_MIRA, note="1 comment"),
    "marks of documents as JNLPBA and CoNLL-2012 have them": Read(
        f"###MEDLINE:95369245\n\n{POST}#end document\n#begin document (a); part 1\n{POST}",
        AT_MIRA * 2,
        note="3 comments",
    ),
    "MultiCoNER's comments with a tab": Read(
        "# id 5239\tdomain=en\nat _ _ O\nmira _ _ B-ORG\n", [(["at", "mira"], ["O", "B-ORG"])], note="1 comment"
    ),
    "GermEval's comments and numbers": Read(
        "#\thttp://x\t[2009]\n1\tAt\tO\tO\n2\tMira\tO\tB-ORG\n", AT_MIRA, note="1 comment"
    ),
    "a token ##": Read("##\tO\nMira\tB-ORG\n", [(["##", "Mira"], ["O", "B-ORG"])]),
    "a # token first": Read("#\tO\nMira\tB-ORG\n", [(["#", "Mira"], ["O", "B-ORG"])]),
    "a # token first, by a space": Read("# O\nMira B-ORG\n", [(["#", "Mira"], ["O", "B-ORG"])]),
    "a # token with an entity": Read("#\tB-ORG\nMira\tI-ORG\n", [(["#", "Mira"], ["B-ORG", "I-ORG"])]),
    "a hashtag first": Read("#Mira\tB-ORG\nrocks\tO\n", [(["#Mira", "rocks"], ["B-ORG", "O"])]),
    "a # token first, four columns": Read("# NN O O\nMira NNP I-NP B-ORG\n", [(["#", "Mira"], ["O", "B-ORG"])]),
    "nothing but # tokens": Read("#\tB-ORG\n", [(["#"], ["B-ORG"])]),
    "a document mark alone in its line": Read("-DOCSTART-\n\nAt O\nMira B-ORG\n", AT_MIRA),
    "document marks directly above a sentence": Read(
        f"-DOCSTART- -X- O O\n{CONLL}-DOCSTART- -X- O O\n\n{CONLL}", AT_MIRA * 2
    ),
    "a document mark with a number": Read(f"-DOCSTART- (1)\n\n{POST}", AT_MIRA),
    "a document mark with tabs": Read(f"-DOCSTART-\t-X-\t-X-\tO\n\n{POST}", AT_MIRA),
    "a document mark at the end": Read(f"{POST}-DOCSTART- O\n", AT_MIRA),
    "a document mark below an image": Read(f"IMGID:a.png\n-DOCSTART- O\n{POST}", AT_MIRA, images=["a.png"]),
}
REFUSED = {
    "a comment of one word in two columns": Refused(
        "# town\nAt O\nMira B-ORG\n",
        "unknown-tag",
        1,
        "if the line is a comment, delete it",
        AT_MIRA,
        "At O\nMira B-ORG\n",
    ),
    "a token with a space, columns by spaces": Refused(
        "Tôi O\nở O\nHà Nội B-LOC\n",
        "columns-differ",
        3,
        "separate all columns by tabs",
        [(["Tôi", "ở", "Hà Nội"], ["O", "O", "B-LOC"])],
        "Tôi\tO\nở\tO\nHà Nội\tB-LOC\n",
    ),
    "a line without a tab": Refused(
        "New York\tB-LOC\nMira O\n",
        "tokens-tags-mismatch",
        2,
        "`token<TAB>tag`",
        [(["New York", "Mira"], ["B-LOC", "O"])],
        "New York\tB-LOC\nMira\tO\n",
    ),
    "a token with a tab": Refused(
        "a\tb\tO\nMira\tB-PER\nsings\tO\n",
        "columns-differ",
        1,
        "as many columns",
        [(["a b", "Mira", "sings"], ["O", "B-PER", "O"])],
        "a b\tO\nMira\tB-PER\nsings\tO\n",
    ),
    "a missing tag before which a column stands": Refused(
        "At\tIN\tO\nMira\tO\nsings\tVB\tB-PER\n",
        "columns-differ",
        2,
        "as many columns",
        [(["At", "Mira", "sings"], ["O", "O", "B-PER"])],
        "At\tIN\tO\nMira\t_\tO\nsings\tVB\tB-PER\n",
    ),
    "a space for a token": Refused(
        "At\tO\n \tO\nMira\tB-PER\n",
        "tokens-tags-mismatch",
        2,
        "`token<TAB>tag`",
        [(["At", "_", "Mira"], ["O", "O", "B-PER"])],
        "At\tO\n_\tO\nMira\tB-PER\n",
    ),
    "a hashtag without its tag": Refused(
        "#Mira\nrocks\tO\n",
        "tokens-tags-mismatch",
        1,
        "`token<TAB>tag`",
        [(["#Mira", "rocks"], ["B-ORG", "O"])],
        "#Mira\tB-ORG\nrocks\tO\n",
    ),
    "a # and its tag without a tab": Refused(
        "# O\nMira\tB-ORG\nNew York\tB-LOC\n",
        "tokens-tags-mismatch",
        1,
        "`token<TAB>tag`",
        [(["#", "Mira", "New York"], ["O", "B-ORG", "B-LOC"])],
        "#\tO\nMira\tB-ORG\nNew York\tB-LOC\n",
    ),
    "a comment between tokens": Refused(
        "At\tO\n# no token\nMira\tB-ORG\n",
        "tokens-tags-mismatch",
        2,
        "a comment stands above a post",
        AT_MIRA,
        "# no token\nAt\tO\nMira\tB-ORG\n",
    ),
}

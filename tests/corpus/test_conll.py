"""What column files may look like, and how they are read all the same."""

import pytest

from mmner.corpus import reader, split_files
from tests.corpus.folder import POST, corpus, write

CLEAN = "IMGID:a.jpg\nAt\tO\nMira\tB-ORG\n\nIMGID:b.jpg\nAna\tB-PER\nLi\tI-PER\n"
VARIATIONS = {
    "windows line ends": CLEAN.replace("\n", "\r\n"),
    "byte-order mark": "\ufeff" + CLEAN,
    "spaces between columns": CLEAN.replace("\t", " "),
    "several blanks between columns": CLEAN.replace("\t", " \t "),
    "trailing blanks": CLEAN.replace("\n", " \t\n"),
    "blank lines of blanks": CLEAN.replace("\n\n", "\n \t\n"),
    "double blank lines": CLEAN.replace("\n\n", "\n\n\n"),
    "blank lines before and after": "\n\n" + CLEAN + "\n\n\n",
    "no final line end": CLEAN.rstrip("\n"),
    "blank after IMGID:": CLEAN.replace("IMGID:", "IMGID: "),
    "no blank line before the next IMGID": CLEAN.replace("\n\n", "\n"),
    "more columns, the last is the tag": CLEAN.replace("\t", "\tNN\tx\t"),
    "a document mark as CoNLL-2003 has them": "-DOCSTART- -X- O O\n\n" + CLEAN,
    "all at once": "\ufeff\r\n" + CLEAN.replace("\t", "  ").replace("\n", " \r\n").rstrip(),
}


def posts(tmp_path, content: str) -> list[tuple]:
    path = tmp_path / "train.txt"
    path.write_bytes(content.encode())
    return [(post.tokens, post.tags, post.image, post.id) for post in split_files.read(path, "train.txt")]


@pytest.mark.parametrize("content", VARIATIONS.values(), ids=VARIATIONS)
def test_variations_of_a_file_read_as_the_clean_file(tmp_path, content):
    clean = posts(tmp_path, CLEAN)
    assert clean == [
        (["At", "Mira"], ["O", "B-ORG"], "a.jpg", None),
        (["Ana", "Li"], ["B-PER", "I-PER"], "b.jpg", None),
    ]
    assert posts(tmp_path, content) == clean


@pytest.mark.parametrize(
    "token", ["\ufe0f", "\u200b", "\u200d", "\xad", "\x92", "\xa0", "\x85", "\u2028", "\u3000", "\x0c"]
)
@pytest.mark.parametrize("separator", ["\t", " "])
def test_a_token_may_be_an_invisible_character(tmp_path, token, separator):
    content = f"At{separator}O\n{token}{separator}O\nMira{separator}B-ORG\n"
    assert posts(tmp_path, content)[0][0] == ["At", token, "Mira"]


def test_words_that_look_like_headers_are_tokens_where_they_have_a_tag(tmp_path):
    content = "ID: O\nIMGID:7\tO\nID:\tB-ORG\n"
    assert posts(tmp_path, content) == [(["ID:", "IMGID:7", "ID:"], ["O", "O", "B-ORG"], None, None)]


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        ("Order O\nID:5 O\nfor O\nMira B-PER\n", [["Order", "ID:5", "for", "Mira"]]),
        ("Order NN O\nID: NN O\nMira NNP B-PER\n", [["Order", "ID:", "Mira"]]),
        ("ID:5\nOrder O\nID:6\nMira B-PER\n", [["Order"], ["Mira"]]),
        ("ID:5 7\nOrder O\nID:6 7\nMira B-PER\n", [["Order"], ["Mira"]]),
    ],
)
def test_behind_tokens_in_columns_of_blanks_an_id_with_a_tag_is_a_token(tmp_path, content, tokens):
    assert [post[0] for post in posts(tmp_path, content)] == tokens


def test_image_names_keep_their_blanks_and_scripts(tmp_path):
    assert posts(tmp_path, "IMGID:故 00005448-2宫8\nAt\tO\n")[0][2] == "故 00005448-2宫8"


def test_a_post_may_bring_its_id_and_need_no_image(tmp_path):
    assert posts(tmp_path, "ID:a7\nIMGID:a.jpg\nAt\tO\n\nAt\tO\n") == [
        (["At"], ["O"], "a.jpg", "a7"),
        (["At"], ["O"], None, None),
    ]


def test_rows_count_within_their_split_and_name_their_line(tmp_path):
    found = reader.read(write(tmp_path, train=POST + "\n\nID:own\n" + POST), corpus())
    assert [(row["id"], row["split"], row["source"]) for row in found.examples] == [
        ("train-0", "train", "train.txt:1"),
        ("own", "train", "train.txt:6"),
        ("dev-0", "dev", "dev.txt:1"),
        ("test-0", "test", "test.txt:1"),
    ]
    assert [row["id"] for row in found.gold] == [row["id"] for row in found.examples]


def test_a_split_file_may_have_any_name(tmp_path):
    write(tmp_path)
    (tmp_path / "train.txt").rename(tmp_path / "故 séance.bio")
    splits = {"train": "故 séance.bio", "dev": "dev.txt", "test": "test.txt"}
    assert reader.read(tmp_path, corpus(splits=splits)).examples[0]["source"] == "故 séance.bio:1"


def test_repair_starts_an_entity_where_an_i_tag_continues_nothing(tmp_path):
    content = "Mira\tI-ORG\nPark\tI-ORG\nAna\tI-PER\n,\tO\nLi\tI-PER\n"
    found = reader.read(write(tmp_path, train=content), corpus(violations="repair"))
    assert found.gold[0]["tags"] == ["B-ORG", "I-ORG", "B-PER", "O", "B-PER"]
    assert found.gold[0]["as_written"] == ["I-ORG", "I-ORG", "I-PER", "O", "I-PER"]
    assert {row["as_written"] for row in found.gold[1:]} == {None}
    assert found.repaired == ["train.txt:1", "train.txt:3", "train.txt:5"]


def test_a_label_has_its_name_here_whatever_the_files_call_it(tmp_path):
    names = {"OTHER": "MISC", "GROUP": "MISC"}
    labels = {"PER": "a person", "ORG": "an organisation", "MISC": "another name"}
    content = "#GRAMMYs\tB-OTHER\n2014\tI-OTHER\nNazi\tB-GROUP\nAna\tI-PER\n"
    found = reader.read(write(tmp_path, train=content), corpus(labels=labels, label_names=names, violations="repair"))
    assert found.gold[0]["tags"] == ["B-MISC", "I-MISC", "B-MISC", "B-PER"]
    assert found.gold[0]["as_written"] == ["B-MISC", "I-MISC", "B-MISC", "I-PER"]


def test_a_converted_scheme_is_scored_as_the_files_write_it_and_repaired_for_who_learns(tmp_path):
    content = "Mira\tB-ORG\nPark\tE-ORG\nAna\tE-PER\nat\tO\nLi\tB-PER\n\nLi\tS-PER\n"
    folder = write(tmp_path, train=content, dev=content, test=content)
    found = reader.read(folder, corpus(scheme="bioes", violations="repair"))
    assert [row["tags"] for row in found.gold] == [["B-ORG", "I-ORG", "B-PER", "O", "B-PER"], ["B-PER"]] * 3
    assert [row["as_written"] for row in found.gold] == [["B-ORG", "I-ORG", "I-PER", "O", "I-PER"], None] * 3
    assert found.repaired == [f"{split}.txt:{line}" for split in ("train", "dev", "test") for line in (3, 5)]


def test_neighbours_of_two_labels_that_have_one_name_here_stay_two_entities(tmp_path):
    content = "Mira\tI-ORG\nOslo\tI-TEAM\nClub\tI-TEAM\n"
    folder = write(tmp_path, train=content, dev=content, test=content)
    found = reader.read(folder, corpus(scheme="iob1", label_names={"TEAM": "ORG"}))
    assert found.gold[0]["tags"] == ["B-ORG", "B-ORG", "I-ORG"]


def test_train_and_dev_without_an_entity_are_told(tmp_path):
    found = reader.read(write(tmp_path, train="At\tO\n", dev="At\tO\n"), corpus())
    assert found.notes == ["train.txt: no entity in train", "dev.txt: no entity in dev"]
    reader.check(found, tmp_path, corpus())

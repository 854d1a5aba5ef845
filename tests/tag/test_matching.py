"""A system's file read as the corpus's own are: labels renamed once, entities of other tokens, texts that disagree."""

import json

import pytest

from mmner.base.errors import InputError
from mmner.corpus import split_files, tagging
from mmner.corpus.params import Corpus
from mmner.ner.scores import score
from mmner.tag import answers, matching
from mmner.tools.score.gold import Gold

MERGED = {"artist": "PER", "politician": "PER"}
SWAPPED = {"ORG": "LOC", "LOC": "ORG"}
LEO = ["B-PER", "I-PER", "O", "O", "B-LOC"]


def matched(gold: str, theirs: str, scheme: str, names: dict[str, str], tmp_path) -> tuple[list, matching.Matched]:
    """(gold's tags of the corpus's file `gold`, what the system's file `theirs` has on its tokens)."""
    labels = dict.fromkeys(sorted({*names.values(), "PER"} - {"O"}), "")
    corpus = Corpus(splits={"test": "gold.txt"}, language="en", labels=labels, label_names=names, scheme=scheme)
    for name, text in (("gold", gold), ("theirs", theirs)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    read = [*split_files.read(tmp_path / "gold.txt", "gold.txt")]
    tags = [tagging.tagged(post, corpus).as_written for post in read]
    posts = [matching.Post(f"t{n}", post.tokens, [], " ".join(post.tokens)) for n, post in enumerate(read)]
    system = answers.read(tmp_path / "theirs.txt", sorted(corpus.names), scheme)
    return tags, matching.match(system, Gold("test", posts, corpus, None, 0), "error")


def columns(text: str) -> str:
    """`token/tag token/tag` of each line as a file's columns."""
    return "\n".join(line.strip().replace("/", "\t").replace(" ", "\n") + "\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        ("io", "Picasso/I-artist Obama/I-politician spoke/O"),
        ("io", "Picasso/artist Obama/politician spoke/O"),
        ("iob1", "Picasso/I-artist Obama/I-politician spoke/O"),
        ("iob2", "Picasso/B-artist Obama/I-politician spoke/O"),
        ("bioes", "Pablo/B-artist Picasso/E-politician Obama/S-politician"),
    ],
)
def test_the_corpus_s_own_file_is_all_right_where_two_labels_become_one(tmp_path, scheme, text):
    gold, found = matched(columns(text), columns(text), scheme, MERGED, tmp_path)
    assert (found.predicted, found.extra) == (gold, [[]])


@pytest.mark.parametrize("scheme", ["io", "iob1"])
def test_neighbours_that_become_one_label_stay_two_entities_on_other_tokens_too(tmp_path, scheme):
    text = "Picasso/I-artist Obama/I-politician spoke/O"
    theirs = columns(text.replace("Picasso", "Pic/I-artist asso"))
    gold, found = matched(columns(text), theirs, scheme, MERGED, tmp_path)
    assert (found.predicted, gold) == ([["B-PER", "B-PER", "O"]], [["B-PER", "B-PER", "O"]])


@pytest.mark.parametrize("scheme", ["iob2", "iob1", "bioes", "io"])
@pytest.mark.parametrize("names", [SWAPPED, {"ORG": "PER", "PER": "MISC"}, {"ORG": "O"}])
@pytest.mark.parametrize("theirs", ["Rome/{} wins/O", "Rome/{} wi/O ns/O"])
def test_labels_are_renamed_once_whatever_the_tokens_are(tmp_path, scheme, names, theirs):
    tag = {"iob2": "B", "iob1": "I", "bioes": "S", "io": "I"}[scheme] + "-ORG"
    gold, found = matched(columns(f"Rome/{tag} wins/O"), columns(theirs.format(tag)), scheme, names, tmp_path)
    assert (found.predicted, found.extra) == (gold, [[]])
    assert gold == [["O" if names["ORG"] == "O" else f"B-{names['ORG']}", "O"]]


def test_what_is_not_whole_counts_for_the_default_score_whatever_the_tokens_are(tmp_path):
    gold = columns("Ann/B-PER Lo/I-PER sings/O\nBob/B-PER and/O Cy/B-PER")
    for first in ("Ann/I-PER Lo/I-PER sings/O", "Ann/I-PER Lo/I-PER sing/O s/O", "An/I-PER n/I-PER Lo/I-PER sings/O"):
        tags, found = matched(gold, columns(f"{first}\nBob/B-PER and/O Cy/B-PER"), "iob2", {}, tmp_path)
        assert found.predicted == [["I-PER", "I-PER", "O"], ["B-PER", "O", "B-PER"]]
        scores = score(tags, found.predicted, 0)
        assert (scores["f1"], scores["default_f1"]) == (0.8, 1.0)


def test_what_is_not_whole_and_fits_no_token_is_left_out(tmp_path):
    theirs = columns("An/I-PER n/O Lo/O")
    assert matched(columns("Ann/B-PER Lo/O"), theirs, "iob2", {}, tmp_path)[1] == matching.Matched(
        "order", [["O", "O"]], [[]], [True], {"posts with other tokens than ours": 1}
    )


def rows(tmp_path, *posts: dict) -> matching.Matched:
    """What `posts` of a file of JSON Lines have on the tokens of two."""
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in posts), encoding="utf-8")
    texts = ["Pope Leo 's in Rome", "Rome hails Pope Leo II"]
    ours = [matching.Post(f"t{n}", text.split(), [], text) for n, text in enumerate(texts)]
    corpus = Corpus(splits={"test": "x"}, language="en", labels={"PER": "", "LOC": ""})
    return matching.match(answers.read(path, ["PER", "LOC"]), Gold("test", ours, corpus, None, 0), "empty")


def test_an_entity_of_a_blank_alone_counts_as_wrong(tmp_path):
    blank = {"tokens": ["Pope", "Leo", "'s", "in", " ", "Rome"], "tags": ["O", "O", "O", "O", "B-PER", "O"]}
    found = rows(tmp_path, blank)
    assert (found.predicted[0], found.extra[0]) == (["O"] * 5, ["PER"])


@pytest.mark.parametrize("key", ["text", "data"])
def test_offsets_count_in_the_text_beside_them_under_doccano_s_key_too(tmp_path, key):
    found = rows(tmp_path, {key: "Pope Leo's in Rome", "label": [[0, 8, "PER"], [14, 18, "LOC"]]})
    assert (found.predicted[0], found.extra[0]) == (LEO, [])


def test_a_text_beside_tags_is_ours_or_an_error(tmp_path):
    assert rows(tmp_path, {"text": "Pope Leo's in Rome", "tags": LEO}).predicted[0] == LEO
    other = {"id": "t0", "text": "Pope Leo is in Rome", "tags": LEO}
    tokens = {"tokens": ["Pope", "Leo", "'s", "in", "Rome"]}
    for post, name in ((other, "text-differs"), (other | tokens, "tokens-differ")):
        with pytest.raises(InputError) as caught:
            rows(tmp_path, post)
        assert (caught.value.name, caught.value.where) == (name, f"{tmp_path}/theirs.jsonl:1")


def test_tags_find_their_posts_by_the_text_beside_them(tmp_path):
    second = {"text": "Rome hails Pope Leo II", "tags": ["B-LOC", "O", "B-PER", "I-PER", "I-PER"]}
    assert rows(tmp_path, second).predicted == [["O"] * 5, second["tags"]]

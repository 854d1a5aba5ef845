"""Schemes say the same entities in other tags, and what a scheme does not allow counts as none."""

from itertools import product

import pytest

from mmner.ner import iob, schemes

INVENTORY = ["O", "B-X", "I-X", "B-Y", "I-Y"]
LEGAL = [list(tags) for n in range(1, 5) for tags in product(INVENTORY, repeat=n) if not iob.violations(tags)]
IOB2 = ["B-X", "I-X", "I-X", "B-X", "O", "B-Y", "B-X", "I-X"]
SAME = {
    "iob2": "B-X I-X I-X B-X O B-Y B-X I-X",
    "iob1": "I-X I-X I-X B-X O I-Y I-X I-X",
    "bioes": "B-X I-X E-X S-X O S-Y B-X E-X",
    "bilou": "B-X I-X L-X U-X O U-Y B-X L-X",
    "bmes": "B-X M-X E-X S-X O S-Y B-X E-X",
    "io": "I-X I-X I-X I-X O I-Y I-X I-X",
}


@pytest.mark.parametrize("scheme", schemes.SCHEMES)
def test_the_same_entities_in_each_scheme(scheme):
    assert schemes.from_iob2(IOB2, scheme) == SAME[scheme].split()
    assert schemes.to_iob2(SAME[scheme].split(), scheme) == (
        ["B-X", "I-X", "I-X", "I-X", "O", "B-Y", "B-X", "I-X"] if scheme == "io" else IOB2
    )


@pytest.mark.parametrize("scheme", [scheme for scheme in schemes.SCHEMES if scheme != "io"])
def test_there_and_back_is_the_same(scheme):
    assert len(LEGAL) == 3 + 11 + 41 + 153  # of 1, 2, 3 and 4 tokens
    assert [schemes.to_iob2(schemes.from_iob2(tags, scheme), scheme) for tags in LEGAL] == LEGAL


def test_io_gives_back_all_but_the_border_of_neighbours():
    for tags in LEGAL:
        joined = schemes.to_iob2(schemes.from_iob2(tags, "io"), "io")
        assert [iob.split(tag)[1] for tag in joined] == [iob.split(tag)[1] for tag in tags]


@pytest.mark.parametrize(
    ("scheme", "tags", "written", "repaired"),
    [  # what is not whole: I that continues nothing, or O behind its like; repaired, an entity
        ("bioes", "B-X E-X I-X", "B-X I-X O", "B-X I-X B-X"),
        ("bioes", "B-X I-X O", "I-X I-X O", "B-X I-X O"),
        ("bioes", "B-X B-X E-X", "I-X B-X I-X", "B-X B-X I-X"),
        ("bioes", "S-X I-X E-X S-X", "B-X O O B-X", "B-X B-X I-X B-X"),
        ("bioes", "O I-X O E-Y", "O I-X O I-Y", "O B-X O B-Y"),
        ("bioes", "B-X E-Y", "I-X I-Y", "B-X B-Y"),
        ("bilou", "U-X L-X", "B-X O", "B-X B-X"),
        ("bmes", "B-X M-X M-X", "I-X I-X I-X", "B-X I-X I-X"),
        ("iob1", "B-X I-X", "B-X I-X", "B-X I-X"),
        ("iob2", "O I", "O I-", "O B-"),
    ],
)
def test_what_a_scheme_does_not_allow_counts_as_no_entity_until_it_is_repaired(scheme, tags, written, repaired):
    pairs = [schemes.parse(tag, scheme) for tag in tags.split()]
    chunks = schemes.chunks(pairs, scheme)
    assert schemes.written(len(pairs), chunks) == written.split()
    assert schemes.repaired(len(pairs), chunks) == repaired.split()
    assert len(iob.spans(written.split())) == sum(chunk.whole for chunk in chunks)
    assert not iob.violations(repaired.split())


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O B-X I-X O", "iob2"),
        ("B-X I-X I-Y", "iob2"),
        ("I-X I-X O I-Y", "iob1"),
        ("I-X B-X O I-Y", "iob1"),
        ("B-X E-X S-Y", "bioes"),
        ("S-Y", "bioes"),
        ("B-X L-X U-Y", "bilou"),
        ("B-X M-X E-X S-Y", "bmes"),
        ("B-X E-X W-Y", "bmes"),
        ("B_X I_X E_X", "bioes"),
        ("person O location-GPE", "io"),
        ("MISC LOC SEAL", "io"),
        ("B I O", "iob2"),
        ("O O", None),
        ("", None),
    ],
)
def test_tags_look_like_a_scheme(tags, scheme):
    assert schemes.looks_like([tags.split()]) == scheme


@pytest.mark.parametrize(
    ("tag", "scheme", "pair"),
    [
        ("O", "bioes", ("O", "")),
        ("B-film-director", "iob2", ("B", "film-director")),
        ("B_PER", "iob2", ("B", "PER")),
        ("L-PER", "bilou", ("E", "PER")),
        ("W-PER", "bmes", ("S", "PER")),
        ("PER", "io", ("I", "PER")),
        ("I-PER", "io", ("I", "PER")),
        ("E", "bioes", ("E", "")),
        ("E-PER", "iob2", None),
        ("B-", "iob2", None),
        ("b-PER", "iob2", None),
        ("PER", "iob2", None),
        ("", "iob2", None),
    ],
)
def test_a_tag_is_its_letter_and_its_label(tag, scheme, pair):
    assert schemes.parse(tag, scheme) == pair


def test_a_label_that_begins_as_a_tag_does_is_one_where_it_is_known():
    assert schemes.parse("I-95", "io", {"I-95"}) == ("I", "I-95")


def test_a_tag_of_another_scheme_is_an_error():
    with pytest.raises(ValueError, match="E-X is no tag of iob1"):
        schemes.to_iob2(["I-X", "E-X"], "iob1")

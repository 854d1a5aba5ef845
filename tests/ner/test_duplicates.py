"""Texts that stand twice: what a copy loses, how alike is alike, and the join against comparing each with each."""

import random

import pytest

from mmner.ner import duplicates


@pytest.mark.parametrize(
    "other",
    [
        "RT @Mira_Park: LIVE at #Marlow!",
        "rt @mira_park live at marlow",
        "RT @Mira_Park : live at #Marlow https://t.co/x9 ",
    ],
)
def test_what_a_copy_loses_is_no_difference(other):
    assert duplicates.normal(other.split()) == duplicates.normal(["RT", "@Mira_Park", ":", "live", "at", "#", "Marlow"])


def test_what_has_no_letter_is_compared_as_it_is():
    assert duplicates.normal(["😍", "!"]) == "😍!" != duplicates.normal(["😍", "?"])
    assert duplicates.normal(["ﬁve"]) == "five"


def test_alike_is_the_share_of_shingles_that_both_have():
    # abcdefgh: abcd bcde cdef defg efgh; abcdefgx: the first four of them and efgx: 4 of 6
    (pair,) = duplicates.pairs(["abcdefgh"], ["abcdefgx"], 0.6)
    assert pair == duplicates.Pair(0, 0, pytest.approx(4 / 6))
    assert duplicates.pairs(["abcdefgh"], ["abcdefgx"], 0.7) == []


def test_the_same_shingles_are_no_same_text():
    (pair,) = duplicates.pairs(["aaaaaa"], ["aaaaaaaa"])
    assert 0.99 < pair.similarity < 1
    assert duplicates.pairs(["ab"], ["ab"]) == [duplicates.Pair(0, 0, 1.0)]


@pytest.mark.parametrize("least", [0.3, 0.5, 0.8, 1.0])
def test_the_join_finds_what_comparing_each_with_each_finds(least):
    source = random.Random(7)
    words = ["".join(source.choices("abcde", k=source.randint(2, 6))) for _ in range(30)]
    texts = [["".join(source.choices(words, k=source.randint(1, 8))) for _ in range(150)] for _ in range(2)]
    texts[1] += [text[:-1] + "x" for text in texts[0]] + texts[0][:20]
    found = {(pair.first, pair.second): pair.similarity for pair in duplicates.pairs(*texts, least)}
    sets = [[{text[at : at + 4] for at in range(max(len(text) - 3, 1))} for text in one] for one in texts]
    wanted = {
        (i, j): len(one & other) / len(one | other)
        for i, one in enumerate(sets[0])
        for j, other in enumerate(sets[1])
        if len(one & other) / len(one | other) >= least
    }
    assert len(wanted) > 20
    assert found == pytest.approx(wanted)


def test_a_digest_is_of_the_posts_and_not_of_their_order():
    posts = [(["a", "b"], None), (["c"], "f0")]
    assert duplicates.digest(posts) == duplicates.digest(reversed(posts))
    assert (
        len({duplicates.digest(posts), duplicates.digest(posts[:1]), duplicates.digest([(["ab"], None), posts[1]])})
        == 3
    )

"""Drawing the shots, by hand and by its promises."""

import random
from collections import Counter

import pytest

from mmner.ner.fewshot import Shots, draw, line, report

A, B, C = ["B-A"], ["B-B"], ["B-C", "I-C", "O"]
NONE = ["O", "O"]


def mentions(tags, chosen):
    return Counter(tag[2:] for number in chosen for tag in tags[number] if tag.startswith("B-"))


def many(seed=5, sentences=200):
    """Sentences of up to eight mentions; type R is rare, F is frequent."""
    chance = random.Random(seed)
    kinds = random.Random(1).choices("RSMFFFFFFFF", k=8 * sentences)
    tags = []
    for number in range(sentences):
        mine = kinds[8 * number : 8 * number + chance.randint(0, 8)]
        tags.append([tag for kind in mine for tag in (f"B-{kind}", "O")] or ["O"])
    return tags


def test_the_rarest_type_is_drawn_first_and_what_it_brings_counts():
    # A is mentioned twice, B three times. Sentence 2 is drawn for A, brings one B, and B needs no other.
    tags = [NONE, B, ["B-A", "O", "B-B", "O", "B-A"], B]
    for seed in range(10):
        assert draw(tags, Shots(k=1, seed=seed)) == [2]


def test_a_type_with_fewer_than_k_mentions_gives_all_it_has():
    tags = [A, B, NONE, B, B, C]
    assert draw(tags, Shots(k=3, seed=0)) == [0, 1, 3, 4, 5]
    about = report(
        ["0", "1", "3", "4", "5"], [tags[i] for i in (0, 1, 3, 4, 5)], ["A", "B", "C", "D"], Shots(k=3, seed=0)
    )
    assert about == {
        "k": 3,
        "seed": 0,
        "ids": ["0", "1", "3", "4", "5"],
        "mentions": {"A": 1, "B": 3, "C": 1, "D": 0},
        "fewer": {"A": 1, "C": 1, "D": 0},
    }
    assert (
        line(about, 6) == "3 shots: 5 of 6 sentences, 5 mentions; fewer than 3 mentions in train: A (1), C (1), D (0)"
    )


def test_a_sentence_that_later_ones_make_needless_is_put_back():
    # Mentions: A 1, B 3, C 4. A takes 0. B takes two of 1, 2 and 3. If 1 is one of them, C lacks one and takes 4. If
    # not, C takes 4, which is enough, or 1 and then 4: B has three mentions then, and goes without its first sentence.
    tags = [A, ["B-B", "B-C"], B, B, ["B-C", "O", "B-C", "O", "B-C"]]
    found = {tuple(draw(tags, Shots(k=2, seed=seed))) for seed in range(40)}
    assert found == {(0, 2, 3, 4), (0, 1, 2, 4), (0, 1, 3, 4)}
    # Here B's sentence 1 is needless once C's only sentence, which holds two B, is in.
    tags = [["B-B", "O", "B-B", "O", "B-C", "O", "B-C", "O", "B-C"], B, ["B-C"]]
    assert {tuple(draw(tags, Shots(k=2, seed=seed))) for seed in range(20)} == {(0,)}


@pytest.mark.parametrize("k", [1, 5, 20])
def test_each_type_has_k_mentions_or_all_and_no_sentence_is_needless(k):
    tags = many()
    everything = mentions(tags, range(len(tags)))
    assert len(everything) > 1
    for seed in range(5):
        chosen = draw(tags, Shots(k=k, seed=seed))
        assert len(chosen) > 0
        wanted = {kind: min(k, count) for kind, count in everything.items()}
        has = mentions(tags, chosen)
        assert all(has[kind] >= count for kind, count in wanted.items())
        for number in chosen:
            without = mentions(tags, [other for other in chosen if other != number])
            assert any(without[kind] < count for kind, count in wanted.items())


def test_the_same_seed_draws_the_same_and_another_seed_others():
    tags = many()
    assert draw(tags, Shots(k=5, seed=1)) == draw(tags, Shots(k=5, seed=1))
    assert len({tuple(draw(tags, Shots(k=5, seed=seed))) for seed in range(6)}) == 6

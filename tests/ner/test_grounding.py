"""An entity has the region whose words name it; a threshold from dev says where that is too weak."""

import pytest

from mmner.ner import grounding
from mmner.ner.grounding import ALIKE, NAMED, NEAR, PART, TOLD, Post

BOX, OTHER = (0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 1.0, 1.0)
TOKENS = ["RT", "#", "MiraPark", "by", "Jon", "Doe", "today"]


def regions(*texts) -> list[dict]:
    pairs = [text if isinstance(text, tuple) else (text, text) for text in texts]
    return [{"expression": expression, "label": label, "score": 0.5, "box": {}} for expression, label in pairs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jon Doe", NAMED),
        ("VOTE JON DOE for mayor", NAMED),
        ("JONDOE's book", NAMED),
        (("a man", "Jon Doe"), NAMED),
        (("Jon Doe", "man"), NAMED),
        ("vote Jon Doae", NEAR),
        ("Mr. Doe", PART / 2),
        ("lost cat", 0),
        ("donation", 0),
        (None, 0),
        ((None, ""), 0),
    ],
)
def test_words_of_a_region_name_an_entity_more_or_less(text, expected):
    assert Post(TOKENS, regions(text)).scores(4, 6) == [pytest.approx(expected)]


def test_a_hashtag_and_names_without_blanks_are_found():
    assert Post(TOKENS, regions("welcome to Mira Park")).scores(1, 3) == [NAMED]
    assert Post(["看", "清", "明", "上", "河"], regions("一幅清明上河图", "一只猫")).scores(1, 5) == [NAMED, 0]


def test_what_the_chain_says_of_a_name_leads_to_a_region():
    chain = ["Jon Doe is the man in the red coat. Nothing shows MiraPark."]
    found = Post(TOKENS, regions("red coat", "a tree"), chain)
    assert found.scores(4, 6) == [TOLD, 0]
    assert found.scores(1, 3) == [0, 0]


def test_a_region_of_the_kind_that_the_chain_gives_to_a_name_is_better_than_nothing():
    post = Post(TOKENS, regions("a young woman", "a street"), ["Jon Doe is a singer. MiraPark is a town (LOC)."])
    assert post.scores(4, 6) == [ALIKE, 0]
    assert post.scores(1, 3) == [0, ALIKE]


def test_the_best_is_the_first_of_equals():
    assert grounding.best([0.2, 0.9, 0.9]) == 1
    assert grounding.best([]) is None


@pytest.mark.parametrize(
    ("answers", "low", "high"),
    [
        ([(1.0, BOX, [BOX]), (0.4, BOX, []), (0.2, BOX, [])], 0.4, 1.0),  # strong ones are right, weak ones are not
        ([(1.0, BOX, [BOX]), (0.4, BOX, [BOX]), (0.2, BOX, [])], 0.2, 0.4),
        ([(1.0, BOX, [BOX]), (0.4, BOX, [BOX])], 0.0, 0.4),
        ([(1.0, BOX, []), (0.4, BOX, [OTHER])], 1.0, 9.9),  # no region is ever right: never one
        ([(0.0, None, []), (0.0, None, [BOX])], grounding.DEFAULT_THRESHOLD, grounding.DEFAULT_THRESHOLD),
        ([], grounding.DEFAULT_THRESHOLD, grounding.DEFAULT_THRESHOLD),
    ],
)
def test_the_threshold_makes_most_of_dev_right(answers, low, high):
    found = grounding.threshold(answers)
    assert (low < found < high) or low == found == high

"""A budget within another one: what a stage may spend, and what one request may spend over all stages."""

import pytest

from mmner.rows.contract import Budget


@pytest.fixture
def outer():
    return Budget({"money": 5})


@pytest.fixture
def stages(outer):
    both = [Budget({"money": 4}), Budget({})]
    for budget in both:
        budget.within = outer
    return both


def test_stages_share_what_lies_around_them(stages, outer):
    first, second = stages
    assert first.reserve("money", 3)
    assert not second.reserve("money", 3)
    assert second.reserve("money", 2)
    assert outer.left == {"money": 0}


def test_what_one_of_the_two_refuses_is_taken_of_neither(stages, outer):
    first, second = stages
    assert not first.reserve("money", 4.5)
    assert outer.left == {"money": 5}
    assert second.reserve("money", 4)
    assert not first.reserve("money", 2)
    assert first.left == {"money": 4}


def test_what_was_not_needed_comes_back_to_both(stages, outer):
    first, _ = stages
    first.reserve("money", 3)
    first.settle("money", 3, 1)
    assert (first.left, outer.left) == ({"money": 3}, {"money": 4})

"""The bootstrap over seeds and sentences: values worked out by hand, and what it refuses."""

import numpy as np
import pytest
from scipy.stats import norm

from mmner.base.errors import InputError
from mmner.tools.tables import arithmetic, two_level


def row(*right: int, sentences: int = 100) -> list[np.ndarray]:
    """A seed for each of `right`: so many of `sentences` sentences are right, of one entity each; F1 is the share."""
    return [np.array([[1, 1, 1]] * one + [[0, 1, 1]] * (sentences - one)) for one in right]


def alike(*right: int) -> list[np.ndarray]:
    """The same F1s, with every sentence alike: `right` of 100 entities of each, so that sentences change nothing."""
    return [np.array([[one, 100, 100]] * 5) for one in right]


def test_the_gain_is_that_of_the_means_and_deviations_are_those_of_the_seeds():
    found = two_level.compare(row(80, 82, 87), row(70, 70, 70))
    assert found.gain.gain == pytest.approx(0.13)  # 83 - 70
    assert found.deviations == pytest.approx((0.13**0.5 / 10, 0.0), abs=1e-9)  # 80, 82, 87: variance 13, in points
    assert found.seeds == (3, 3)


def test_seeds_alone_spread_as_the_mean_of_so_many_trainings_does():
    # of 3 seeds 2 are drawn: the variance of the mean is s^2 / 3, not the 2 / 9 s^2 that 3 draws give
    found = two_level.compare(alike(80, 82, 87), alike(70, 70, 70), resamples=40_000)
    assert found.error == 0.0
    # pairs of seeds, in 9: 80 80, 80 82 twice, 80 87 twice, 82 82, 82 87 twice, 87 87
    assert (found.gain.low, found.gain.high) == (pytest.approx(0.10), pytest.approx(0.17))
    values = np.array([10, 11, 11, 13.5, 13.5, 12, 14.5, 14.5, 17])
    assert values.var() == pytest.approx(13 / 3)


def test_sentences_alone_give_the_error_of_the_paired_bootstrap():
    # one sentence of 100 is right in the first and wrong in the second: sqrt(0.01 * 0.99 / 100)
    found = two_level.compare(row(51, 51, 51), row(50, 50, 50), resamples=20_000)
    assert found.error == pytest.approx((0.01 * 0.99 / 100) ** 0.5, rel=0.03)
    assert found.deviations == pytest.approx((0.0, 0.0), abs=1e-9)


def test_both_levels_are_wider_than_each():
    first, second = row(50, 60, 70), row(40, 40, 40)
    both = two_level.compare(first, second).gain
    fixed = two_level.compare(first, second, fixed=(True, True)).gain
    assert both.gain == pytest.approx(fixed.gain)
    assert both.low < fixed.low < fixed.high < both.high


def test_of_two_rows_that_are_the_same_no_one_is_above():
    found = two_level.compare(row(50, 55, 60), row(50, 55, 60))
    assert 0.4 < found.gain.p < 0.75
    assert found.gain.low < 0 < found.gain.high


@pytest.mark.parametrize(
    ("seeds", "fixed", "fits"),
    [
        ((1, 1), (False, False), False),
        ((2, 2), (False, False), False),  # in a quarter of the resamples both are their worst seed
        ((1, 9), (False, False), False),  # a row of one seed shows no spread
        ((3, 2), (False, False), False),  # 1/9 * 1/2 = 5.6%
        ((3, 3), (False, False), True),  # 1/9 * 1/9 = 1.2%
        ((3, 1), (False, True), False),  # 11%
        ((4, 1), (False, True), True),  # 1.6%
        ((1, 1), (True, True), True),
    ],
)
def test_fewer_seeds_than_it_needs_are_refused(seeds, fixed, fits):
    if fits:
        two_level.check(seeds, fixed)
        return
    with pytest.raises(InputError) as caught:
        two_level.check(seeds, fixed)
    assert caught.value.name == "too-few-seeds"
    assert f"train {4 if True in fixed else 3} of each row" in caught.value.remedy


def test_seeds_wanted_grow_with_the_square_of_spread_over_difference():
    # at large n: 2 s^2 (1.96 + 0.84)^2 / d^2; s = 1, d = 0.5: 62.8, and one more for Student's t
    many = two_level.wanted(0.5, (1.0, 1.0), 0.0)
    assert many == pytest.approx(8 * (norm.ppf(0.975) + norm.ppf(0.8)) ** 2, abs=2)
    assert two_level.wanted(0.25, (1.0, 1.0), 0.0) == pytest.approx(4 * many, rel=0.05)
    assert two_level.wanted(9.0, (1.0, 1.0), 0.0) == 3  # never fewer than an interval needs
    assert two_level.wanted(9.0, (1.0, None), 0.0) == 4


def test_a_textbook_value():
    # two means of 17 with d / s = 1 have power 0.807 at 5%, two-sided; of 16, 0.781 (Cohen 1988, table 2.3.5)
    assert two_level.wanted(1.0, (1.0, 1.0), 0.0) == 17


def test_a_difference_that_so_few_sentences_cannot_show_wants_no_number_of_seeds():
    assert two_level.wanted(1.0, (0.1, 0.1), 0.36) is None  # 2.8 * 0.36 > 1
    assert two_level.wanted(1.0, (0.1, 0.1), 0.35) is not None


def test_a_claim_is_held_against_the_spread_that_was_seen():
    found = two_level.compare(alike(80, 82, 87), alike(70, 71, 72))
    assert found.wanted(0.02) > found.wanted(0.05) > found.wanted()


def simulated(source: np.random.Generator, seeds: int, skill: float, posts: np.ndarray) -> list[np.ndarray]:
    """A row whose seeds differ by chance: each finds the entity of a post with a probability of its own."""
    found = []
    for _ in range(seeds):
        right = source.random(len(posts)) < 1 / (1 + np.exp(-(skill + posts + source.normal(0, 0.4))))
        found.append(np.stack([right, np.ones(len(posts)), np.ones(len(posts))], 1).astype(int))
    return found


@pytest.mark.slow
def test_the_interval_holds_the_true_difference_as_often_as_it_says_and_that_of_sentences_alone_does_not():
    """docs/numbers.md has the shares of 300 pairs of rows; 100 here."""
    source = np.random.default_rng(0)
    spread = source.normal(0, 1, 50_000) + source.normal(0, 0.4, 50_000)
    true = (1 / (1 + np.exp(-(1.2 + spread)))).mean() - (1 / (1 + np.exp(-(1.0 + spread)))).mean()
    both = alone = 0
    for number in range(100):
        posts = source.normal(0, 1, 150)
        rows = [simulated(source, 3, skill, posts) for skill in (1.2, 1.0)]
        found = two_level.compare(*rows, resamples=200, seed=number).gain
        both += found.low <= true <= found.high
        found = arithmetic.paired(*rows, resamples=200, seed=number)
        alone += found.low <= true <= found.high
    assert both >= 90
    assert alone <= 80

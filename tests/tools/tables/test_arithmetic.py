"""Table arithmetic, with values worked out by hand."""

import numpy as np
import pytest

from mmner.tools.tables import arithmetic


def test_mean_and_sample_deviation():
    # 80, 82, 87: mean 83; squares 9 + 1 + 16 = 26, over 2 = 13
    assert arithmetic.mean([80.0, 82.0, 87.0]) == 83.0
    assert arithmetic.deviation([80.0, 82.0, 87.0]) == pytest.approx(13**0.5)
    assert arithmetic.deviation([80.0]) is None
    assert arithmetic.deviation([5.0, 5.0]) == 0.0


FIRST = np.array([[2, 2, 2], [1, 2, 2]])  # right, predicted, gold of two sentences
SECOND = np.array([[1, 1, 2], [1, 1, 2]])


def test_gains_in_each_resample_by_hand():
    # first: both sentences once 2*3/(4+4) = 3/4; the first twice 1; the second twice 2*2/8 = 1/2
    # second: 2*2/(2+4) = 2/3 in every case
    draws = np.array([[1, 1], [2, 0], [0, 2]])
    assert arithmetic.gains(draws, FIRST, SECOND) == pytest.approx([3 / 4 - 2 / 3, 1 / 3, 1 / 2 - 2 / 3])


def test_the_paired_bootstrap_by_hand():
    # (1, 1) comes up half the time, (2, 0) and (0, 2) a quarter each: not above in (0, 2) alone
    found = arithmetic.paired([FIRST], [SECOND], resamples=20_000)
    assert found.gain == pytest.approx(1 / 12)
    assert found.p == pytest.approx(0.25, abs=0.02)
    assert (found.low, found.high) == (pytest.approx(-1 / 6), pytest.approx(1 / 3))


def test_seeds_are_pooled_sentence_by_sentence():
    # together right 3 + 2 of predicted 4 + 2 and gold 4 + 4: 2*5/(6+8) = 5/7, less 2/3
    found = arithmetic.paired([FIRST, SECOND], [SECOND], resamples=100)
    assert found.gain == pytest.approx(5 / 7 - 2 / 3)
    assert arithmetic.paired([FIRST, FIRST], [SECOND], resamples=100) == arithmetic.paired(
        [FIRST], [SECOND, SECOND, SECOND], resamples=100
    )


def test_a_row_is_not_above_itself_and_always_above_nothing():
    assert arithmetic.paired([FIRST], [FIRST], resamples=99).p == 1.0
    nothing = np.array([[0, 0, 2], [0, 0, 2]])
    assert arithmetic.paired([FIRST], [nothing], resamples=99).p == pytest.approx(0.01)


def test_rows_of_other_splits_cannot_be_paired():
    with pytest.raises(ValueError, match="2 sentences"):
        arithmetic.paired([FIRST], [SECOND[:1]])

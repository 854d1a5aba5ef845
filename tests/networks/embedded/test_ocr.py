"""Spaces, and the order of lines."""

import numpy as np
import pytest

from mmner.networks.embedded import ocr
from mmner.networks.embedded.ocr import MARK


def line(text, x0, y0, x1, y1):
    return {"text": text, "score": 1.0, "box": {"x0": x0, "y0": y0, "x1": x1, "y1": y1}}


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        (f"9-5{MARK}daily", "9-5 daily"),
        (f"OPEN{MARK}9-5", "OPEN 9-5"),
        (f"THE{MARK}QUIET{MARK}HERONS", "THE QUIET HERONS"),
        (f"live{MARK}ton{MARK}ight", "live tonight"),
        (f"Kin{MARK}gsbridge", "Kingsbridge"),
        ("Brindlewick", "Brindlewick"),
        ("  River   walk ", "River walk"),
        (f"后太{MARK}皇", "后太皇"),
    ],
)
def test_a_weak_space_counts_where_the_word_list_agrees(read, meant):
    assert ocr.respace(read) == meant


def test_the_decoder_takes_certain_spaces_and_marks_possible_ones():
    characters = ["blank", "a", "b", " "]

    def column(index, space=0.0):
        odds = np.full(4, 1e-6)
        odds[index], odds[3] = 0.9, space
        return odds

    columns = [column(1), column(0, 0.2), column(2), column(0, 0.02), column(1), column(0, 1e-5), column(1), column(2)]
    ((text, score),) = ocr._Decoder(characters)(np.array([columns]))
    assert text == f"a b{MARK}aab"
    assert score == pytest.approx(0.9)
    assert ocr._Decoder(characters)(np.array([[column(0)]])) == [("", 0.0)]


def test_rows_are_read_from_the_left_though_one_hangs_lower():
    lines = [line("right", 0.6, 0.1, 0.9, 0.2), line("below", 0.1, 0.4, 0.9, 0.5), line("left", 0.1, 0.12, 0.5, 0.22)]
    assert [each["text"] for each in ocr.reading_order(lines)] == ["left", "right", "below"]


def test_columns_are_read_from_the_right():
    lines = [line("second", 0.2, 0.1, 0.3, 0.9), line("first", 0.6, 0.1, 0.7, 0.9)]
    assert [each["text"] for each in ocr.reading_order(lines)] == ["first", "second"]
    assert ocr.reading_order([]) == []

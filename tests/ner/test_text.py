"""Where sentences end, and where they don't."""

import re

import pytest

from mmner.ner.text import cut, sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ada Fox (born 1901 in Reading, U.K.) was a painter. She died.", ["(born 1901 in Reading, U.K.) was", "She"]),
        ('She said "Go!" and left. Then she came.', ['"Go!" and left.', "Then she came."]),
        ('She said "Go!" Then she came.', ['She said "Go!"', "Then she came."]),
        ("It fell (in the U.K.) Later it rose.", ["(in the U.K.) Later it rose."]),
        ("Founded c. 1900 (as Fox & Co.) by A. B. It grew.", ["(as Fox & Co.) by A. B. It grew."]),
        ("‘Is it?’ he asked. (It was.) “Yes!” It ended.", ["‘Is it?’ he asked.", "(It was.)", "“Yes!”", "It ended."]),
    ],
)
def test_a_bracket_or_quote_after_a_stop_is_kept(text, parts):
    found = sentences(text)
    assert " ".join(found) == text
    assert len(found) == len(parts)
    assert all(part in whole for part, whole in zip(parts, found, strict=True))


def test_sentences_end_in_other_scripts_too():
    assert sentences("蜂蜜是甜的。它很好吃。") == ["蜂蜜是甜的。", "它很好吃。"]
    assert sentences("「好。」他说。") == ["「好。」", "他说。"]
    assert sentences("नेपाल एक देश है। यह सुन्दर है।") == ["नेपाल एक देश है।", "यह सुन्दर है।"]
    assert sentences("کیا یہ ہے؟ ہاں۔ اچھا") == ["کیا یہ ہے؟", "ہاں۔", "اچھا"]
    assert sentences("Is it? Yes! It costs 3.5 p. a pot.") == ["Is it?", "Yes!", "It costs 3.5 p. a pot."]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Dr. Dre in St. Louis. A flag.", ["Dr. Dre in St. Louis", " A flag", ""]),
        ("a U.S. flag, J. K. Rowling", ["a U.S. flag", " J. K. Rowling"]),
        ("a man. a dog.", ["a man", " a dog", ""]),
        ("vitamin C.", ["vitamin C", ""]),
        ("Is it? No. A dog.", ["Is it? No", " A dog", ""]),
        ("Symphony No. 5 is old.", ["Symphony No. 5 is old", ""]),
    ],
)
def test_a_text_is_not_cut_behind_an_abbreviation(text, parts):
    assert cut(text, re.compile("[.,]")) == parts

"""Words and names in texts of any script."""

import random
import re

import pytest

from mmner.ner import letters


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("蜂蜜是甜的，我爱蜂蜜", "蜂蜜", "是甜的，我爱"),
        ("中文 iPhone很好", "iPhone", "中文 很好"),
        ("ประเทศไทยสวย", "ไทย", "ประเทศสวย"),
        ("ไทยิ", "ไทย", "ไทยิ"),  # a vowel sign follows: another syllable
        ("नेपाली नेपाल के", "नेपाल", "नेपाली  के"),
        ("サッカー2024大会", "サッカー", "2024大会"),
        ("서울은 크다", "서울", "서울은 크다"),  # a particle is joined to it
        ("Jose\u0301 and Jose", "jose", "Jose\u0301 and "),
        ("C++ or C", "C++", " or C"),
    ],
)
def test_a_name_is_taken_out_where_it_stands_as_words_of_its_own(text, name, rest):
    assert letters.name_pattern(name).sub("", text) == rest


def test_in_latin_texts_a_name_ends_where_letters_and_digits_end():
    chance = random.Random(1)
    for _ in range(5000):
        text, name = ("".join(chance.choices("abB _.-1sé", k=chance.randint(least, 9))) for least in (0, 1))
        name = name[:3]
        expected = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text, flags=re.IGNORECASE)
        assert letters.name_pattern(name).sub("", text) == expected, (text, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("서울은 크다", "서울"),
        ("תמונה בירושלים", "ירושלים"),
        ("صورة بالقاهرة", "القاهرة"[2:]),
        ("Ada - Fox", "ada fox"),
    ],
)
def test_a_loose_name_may_have_particles_and_signs(text, name):
    assert letters.name_pattern(name, loose=True).search(text)


def test_words_with_blanks_between_them_are_found_whole_in_any_script():
    text = "Das ist a_b 12 हिन्दी में ภาษาไทย 中文 すごーーい cafe\u0301"
    assert letters.spaced_words(text) == ["Das", "ist", "a", "b", "हिन्दी", "में", "cafe\u0301"]

"""Where tokens spell a name that is written otherwise."""

import pytest

from mmner.ner.mentions import Mentions, bare

SENTENCE = "Naaman ' s BBQ : # NBAAwards @ KDTrey5 New York and new-york Beyoncé's"
TOKENS = SENTENCE.split()


@pytest.mark.parametrize(
    ("name", "spans"),
    [
        ("NBA Awards", [(6, 7)]),  # words in one token
        ("#NBAAwards", [(6, 7)]),
        ("Naaman's BBQ", [(0, 4)]),  # a word in several tokens
        ("NEW YORK", [(9, 11), (12, 13)]),
        ("Beyonce", [(13, 14)]),
        ("NBA", []),  # no part of a token
        ("@KDTrey5", [(8, 9)]),
        ("!", []),
        ("", []),
    ],
)
def test_whole_tokens_spell_the_name_without_case_marks_and_accents(name, spans):
    assert Mentions(TOKENS).find(name) == spans


@pytest.mark.parametrize(
    ("name", "spans"),
    [
        ("NYC/New York", [(9, 11), (12, 13)]),
        ("New York City", [(9, 11)]),  # of parts those that are not all in small letters
        ("the NBA Awards show", [(6, 7)]),
        ("the and", []),  # function words name nothing
        ("5 s", []),  # too short
        ("Boston", []),
    ],
)
def test_what_is_not_there_as_a_whole_is_looked_for_in_parts(name, spans):
    assert Mentions(TOKENS).nearest(name) == spans


def test_shared_words_are_the_longest_runs_of_both():
    mentions = Mentions(["the", "queen", "of", "Norway", "met", "Ada", "in", "New", "York"])
    assert mentions.shared("Ada, the Queen of Norway, and the city of New York") == [(1, 4), (5, 6), (7, 9)]
    assert mentions.shared("in the of") == []
    assert mentions.shared("") == []


def test_scripts_without_spaces_have_their_characters_as_tokens():
    assert Mentions(list("我在北京见")).find("北京") == [(2, 4)]


def test_a_bare_word_is_letters_and_digits():
    assert [bare(word) for word in ("#NBA's", "Ämter", "!", "U.S.", "Straße")] == ["nba", "amter", "", "us", "strasse"]
    assert bare("Cafe\u0301") == bare("Café") == "cafe"
    assert bare("مُحَمَّد") == bare("محمد")
    assert bare("日\ufe00本") == "日本"


@pytest.mark.parametrize("words", ["राम रोम रिम", "மாலை மலை மூலை", "มี มา", "が か", "ไม้ ไม่"])
def test_signs_that_make_another_word_stay(words):
    assert len({bare(word) for word in words.split()}) == len(words.split())
    assert Mentions(words.split()).find(words.split()[1]) == [(1, 2)]

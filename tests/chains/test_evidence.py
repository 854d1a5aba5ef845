import pytest

from mmner.chains.evidence import CaptionPart, caption_parts, description, mentions, without


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        (
            'A photo of a web site, with the words "Marlow. Open".',
            [CaptionPart("Marlow. Open", True), CaptionPart("a web site", False)],
        ),
        ('A photo with the words "a b".', [CaptionPart("a b", True)]),
        ("A photo.", []),
        (None, []),
        (
            "Dr. Dre in St. Louis. A U.S. flag",
            [CaptionPart("Dr. Dre in St. Louis", False), CaptionPart("A U.S. flag", False)],
        ),
        (
            "two men in suits, one with a hat",
            [CaptionPart("two men in suits", False), CaptionPart("one with a hat", False)],
        ),
    ],
)
def test_a_caption_falls_into_what_it_shows_and_what_it_quotes(caption, expected):
    assert caption_parts(caption) == expected


def test_a_name_is_found_in_any_case_and_spacing_but_not_inside_a_word():
    assert mentions("at PELLARDWOODS now", "Pellard Woods")
    assert mentions("Pellard - Woods", "pellard woods")
    assert not mentions("Marlowe", "Marlow")
    assert mentions("今天齐白石画", "齐白石")
    assert not mentions("anything", "")
    assert mentions("C++ (really)", "C++")
    assert not mentions("नेपाली", "नेपाल")
    assert not mentions("Kölner", "Köln")


def test_evidence_about_a_name_is_without_it():
    assert without("Marlow & Sons, open 9-5", "Marlow") == "Sons, open 9-5"


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("Marlow is a bakery on the quay. It is old.", "a bakery"),
        ("Ida Marlow was a painter who lived by the sea.", "a painter"),
        ("Eskby, called Marlow by all, is a river in which trout spawn.", "a river"),
        ("Marlow, a town of mills", "a town of mills"),
        ("St. Marlow is a town in the U.S. It is old.", "a town"),
        ("J. K. Marlow was a writer.", "a writer"),
        ("马洛是一个小镇。很老。", "马洛是一个小镇。"),
    ],
)
def test_a_description_is_what_the_first_sentence_says_it_is(summary, expected):
    assert description(summary, "Marlow") == expected

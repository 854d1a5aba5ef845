"""Entities by their text, on the tokens of a post; places worked out by hand."""

import pytest

from mmner.tag.placing import placed

TOKENS = ["Mira", "Park", ",", "Mira", "and", "the", "Park", "in", "New", "York-City"]


@pytest.mark.parametrize(
    ("entities", "tags", "unplaced"),
    [
        ([], "O O O O O O O O O O", []),
        ([("Mira Park", "PER")], "B-PER I-PER O O O O O O O O", []),
        ([("mira  park", "PER")], "B-PER I-PER O O O O O O O O", []),
        ([("MiraPark", "PER")], "B-PER I-PER O O O O O O O O", []),
        # the second Mira is the one behind the first; the Park that is free is the later one
        ([("Mira Park", "PER"), ("Mira", "PER"), ("Park", "LOC")], "B-PER I-PER O B-PER O O B-LOC O O O", []),
        ([("Park", "LOC"), ("Mira", "PER")], "O B-LOC O B-PER O O O O O O", []),
        ([("Mira", "PER"), ("Mira", "PER"), ("Mira", "PER")], "B-PER O O B-PER O O O O O O", []),
        ([("Mira Park", "PER"), ("Mira Park", "ORG")], "B-PER I-PER O O O O O O O O", ["ORG"]),
        ([("York", "LOC"), ("Nobody", "PER"), ("", "PER")], "O O O O O O O O O O", ["LOC", "PER", "PER"]),
        ([("New York-City", "LOC")], "O O O O O O O O B-LOC I-LOC", []),
    ],
)
def test_an_entity_stands_on_whole_tokens_behind_the_one_before_it(entities, tags, unplaced):
    assert placed(TOKENS, entities) == (tags.split(), unplaced)


def test_case_counts_where_it_decides():
    assert placed(["may", "May"], [("May", "PER")])[0] == ["O", "B-PER"]
    assert placed(["may", "MAY"], [("May", "PER")])[0] == ["B-PER", "O"]


def test_a_token_without_a_character_is_in_no_one_s_way():
    assert placed(["\u2002", "Mira", " "], [("Mira", "PER")]) == (["O", "B-PER", "O"], [])


@pytest.mark.parametrize(
    ("tokens", "name", "tags"),
    [
        (["Jose\u0301", "sings"], "Jos\u00e9", ["B-PER", "O"]),  # composed or not, it is one text
        (["Jos\u00e9", "sings"], "jose\u0301", ["B-PER", "O"]),
        (["Stra\u00dfe", "in", "Berlin"], "BERLIN", ["O", "O", "B-PER"]),  # small letters of \u00df are two
        (["\u0130zmir", "Stra\u00dfe", "9"], "STRASSE 9", ["O", "B-PER", "I-PER"]),
        (["Jos", "\u00e9"], "Jos", ["B-PER", "O"]),
        (["Jose\u0301"], "Jose", ["O"]),
    ],
)
def test_accents_and_letters_that_fold_to_more_are_in_no_one_s_way(tokens, name, tags):
    assert placed(tokens, [(name, "PER")]) == (tags, [] if "B-PER" in tags else ["PER"])

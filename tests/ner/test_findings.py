"""Names and their descriptions out of chains: lists as language models write them, prose, and our own steps."""

import pytest

from mmner.ner.findings import Finding, findings
from mmner.ner.kinds import KINDS, kind, predicate


def found(*texts: str) -> list[str]:
    return [str(finding) for finding in findings(texts)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Named entities: 1. Ada Lund (person/player) 2. #Cup (event) Reasoning: The sentence mentions Mira Park.",
            ["Ada Lund (person/player)", "#Cup (event)"],
        ),
        ("Named entities:1. Ada (person)2. 2017 (year)Reasoning:The year", ["Ada (person)", "2017 (year)"]),
        ("Named entities: 1) Ada (person) 2) Oslo (city)", ["Ada (person)", "Oslo (city)"]),
        ('1. TWICE - a Korean girl group 2. "Gag" - a show', ["TWICE (a Korean girl group)", "Gag (a show)"]),
        (
            "Named entities: Ada (person/celebrity), Gala (event) Reasoning: x",
            ["Ada (person/celebrity)", "Gala (event)"],
        ),
        ("Named entity:Ada Lund (person) Reasoning: The", ["Ada Lund (person)"]),
        ("Named entities:1. UK Parliament2. Commons (chamber)", ["UK Parliament", "Commons (chamber)"]),
        ("They won in 17. Ada (a player) scored.", ["Ada (a player)"]),  # no list: it would begin with 1
        ("Named entities: None. Reasoning: The sentence", []),
        ("Named entities:1. NoneReasoning: The sentence", []),
        ("Named entities: There are no named entities.", []),
    ],
)
def test_a_list_gives_its_names_and_their_descriptions(text, names):
    assert found(text) == names


def test_prose_gives_what_it_names_and_says_right_behind():
    text = "The sentence mentions Ada Lund, a painter from Oslo. The Oslo Times is a newspaper. It quotes “the raft”."
    assert found(text) == ["Ada Lund (a painter from Oslo)", "Oslo", "Oslo Times (a newspaper)", "the raft"]


def test_the_steps_of_our_own_chain_add_up():
    steps = ("Names: marlow; Fern Hill.", "The image names marlow: a shop.", "marlow is a bakery.")
    types = "Fern Hill may be a place (LOC). Nothing shows what it is."
    assert found(*steps, types)[:2] == ["marlow (a bakery)", "Fern Hill (a place (LOC))"]


def test_a_name_stands_once_with_all_that_describes_it():
    assert findings(["1. Ada (person)", "1. ADA (painter) 2. Ada (person)"]) == [Finding("Ada", "person; painter")]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("person/player", "person"),
        ("a famous football club", "organisation"),
        ("city", "place"),
        ("event/festival", "other"),
        ("date/time", "number"),
        ("sport", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_first_listed_word_says_the_kind(description, expected):
    assert kind(description) == expected


def test_a_kind_is_one_of_few_and_a_predicate_is_what_stands_behind_the_verb():
    assert len(KINDS) == 6
    assert predicate("The Team Room is a bar in Oslo.") == " a bar in Oslo."
    assert predicate("Bar") == "Bar"

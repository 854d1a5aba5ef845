"""A language model that tags: what it is asked, whose gold it sees, and what becomes of its answers."""

import json

import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.rows import compute
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.fakes.llm_server import Reply, sentence_of

LABELS = {"PER": "a person", "LOC": "a place"}
POSTS = [
    ("train", "Ana sings", "B-PER O"),
    ("train", "in Marlow", "O B-LOC"),
    ("train", "it rains", "O O"),
    ("dev", "Bo in Tessaly", "B-PER O B-LOC"),
    ("test", "Cy sleeps", "B-PER O"),
]


def items(gold=None) -> list[dict]:
    found = []
    for number, (split, text, tags) in enumerate(POSTS):
        tags = gold[number] if gold else tags
        found.append(
            {"id": f"p{number}", "split": split, "tokens": text.split(), "sentence": text, "language": "en"}
            | {"labels": LABELS, "tags": tags.split()}
        )
    return found


def tagger(server, **changes):
    mapping = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": "TEST_LLM_KEY", "retries": 0}
    return params.backend("systems", "mine", mapping | changes, STAGES["tag"].backends, Store())


def names(body, number):
    """Names the first word of each post a person, and Nobody besides."""
    found = [{"text": sentence_of(body).split()[0], "label": "PER"}, {"text": "Nobody", "label": "LOC"}]
    return Reply(json.dumps({"entities": found}))


def asked(backend, given=None):
    prepared = [item for item in backend.prepare(given or items()) if item["split"] != "train"]
    return prepared, backend(prepared)


def test_answers_become_tags_and_what_the_post_lacks_is_kept_apart(serve):
    server = serve(names)
    _, results = asked(tagger(server))
    assert [result.value for result in results] == [
        {"tags": ["B-PER", "O", "O"], "unplaced": ["LOC"]},
        {"tags": ["B-PER", "O"], "unplaced": ["LOC"]},
    ]


def test_zero_shot_asks_with_definitions_and_an_answer_of_these_labels_alone(serve):
    server = serve(names)
    asked(tagger(server))
    system = server.asked[0]["messages"][0]["content"]
    assert "PER: a person" in system
    assert "Texts that were labelled" not in system
    schema = server.asked[0]["response_format"]["json_schema"]["schema"]
    assert schema["$defs"]["Entity"]["properties"]["label"]["enum"] == ["LOC", "PER"]
    assert schema["$defs"]["Entity"]["additionalProperties"] is False


def test_an_answer_with_another_label_is_asked_for_again_and_then_is_its_row_s_error(serve):
    server = serve(lambda body, number: Reply('{"entities": [{"text": "Bo", "label": "DOG"}]}'))
    _, results = asked(tagger(server))
    assert len(server.asked) == 4
    assert results[0].error.startswith("answer does not fit: entities.0.label")


def test_few_shot_shows_posts_of_train_with_their_entities(serve):
    server = serve(names)
    asked(tagger(server, shots={"k": 1, "seed": 1}))
    system = server.asked[0]["messages"][0]["content"]
    assert 'Text: "Ana sings"\nOutputs: {"entities": [{"text": "Ana", "label": "PER"}]}' in system
    assert 'Text: "in Marlow"\nOutputs: {"entities": [{"text": "Marlow", "label": "LOC"}]}' in system
    assert "it rains" not in system


def test_an_answer_that_a_shot_has_too_is_one_where_the_post_has_its_entities(serve):
    server = serve(lambda body, number: Reply('{"entities": [{"text": "Ana", "label": "PER"}]}'))
    given = [*items(), items()[3] | {"id": "p9", "tokens": ["ana", "laughs"], "sentence": "ana laughs"}]
    _, results = asked(tagger(server, shots={"k": 1, "seed": 1}), given)
    echo = "answer does not fit: it is the prompt's example"
    assert [result.error for result in results] == [echo, echo, None]
    assert results[2].value == {"tags": ["B-PER", "O"], "unplaced": []}
    assert len(server.asked) == 5


@pytest.mark.parametrize("shots", [None, {"k": 1, "seed": 1}])
def test_gold_of_dev_and_test_changes_nothing_that_is_asked(serve, shots):
    server = serve(names)
    asked(tagger(server, shots=shots))
    blind = [tags if split == "train" else "I-X " * len(text.split()) for split, text, tags in POSTS]
    prepared, _ = asked(tagger(server, shots=shots), items(blind))
    assert len(server.asked) == 2  # all answers were remembered
    assert not any("tags" in item for item in prepared)


def test_another_gold_of_train_changes_what_is_asked_with_shots_alone(serve):
    server = serve(names)
    other = ["O B-PER", *(tags for _, _, tags in POSTS[1:])]
    for shots, most in ((None, 2), ({"k": 1, "seed": 1}, 6)):
        for gold in (None, other):
            asked(tagger(server, shots=shots), items(gold))
        assert len(server.asked) == most


def test_rows_are_stored_and_paid_once(serve):
    server, store = serve(names), Store()
    for reused in (0, 2):
        prepared = [item for item in tagger(server).prepare(items()) if item["split"] != "train"]
        _, _, report = compute.compute("tag", prepared, tagger(server), store)
        assert report.reused == reused
    assert len(server.asked) == 2


def test_the_limit_on_money_stops_it(serve, tmp_path):
    server = serve(names)
    backend = tagger(server, prices={"input": 10.0, "output": 100.0}, max_money=0.001)
    prepared = backend.prepare(items())
    with pytest.raises(InputError, match="spending limit"):
        compute.write("tag", tmp_path / "tag.parquet", prepared, backend, STAGES["tag"].empty)
    assert server.asked == []


def test_a_train_split_without_entities_has_no_shots(serve):
    with pytest.raises(InputError) as caught:
        tagger(serve(names), shots={"k": 1, "seed": 1}).prepare(items(["O O"] * 3 + ["O O O", "O O"]))
    assert caught.value.name == "no-mention"

"""A chain from a model: each step sees its part of the caption and the answers before it (IAC eqs. 2, 3)."""

import json
import shutil

import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.networks.encoders import MINILM
from mmner.rows import fingerprints, ledger
from mmner.rows.stages import STAGES
from mmner.rows.store import Row, Store
from mmner.tools.costs import retry
from tests.chains.posts import fact, post
from tests.fakes.llm_server import Reply, user_text

STEPS = ["entities", "image", "knowledge", "types"]


def chains(server, **changes):
    mapping = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": "TEST_LLM_KEY", "encoder": None}
    return params.backend("chains", "llm", mapping | {"retries": 0} | changes, STAGES["chains"].backends, Store())


def step_of(body: dict) -> str:
    return user_text(body).split('Step "')[1].split('"')[0]


def named(body: dict, number: int = 0) -> Reply:
    return Reply(json.dumps({"text": f"about {step_of(body)}"}))


def given(body: dict, name: str):
    """What the prompt gives as `name`, decoded; None where it leaves it out."""
    text = user_text(body)
    if f"{name}: " not in text:
        return None
    return json.JSONDecoder().raw_decode(text, text.index(f"{name}: ") + len(name) + 2)[0]


MIRA = post(
    "Mira plays at Marlow",
    ["Mira", "Marlow"],
    'A photo of a violin on a chair, with the words "Marlow rye & buns".',
    [("Marlow", "Marlow", "Marlow is a bakery."), ("Mira", "Mira (star)", "Mira is a star.")],
)


def test_each_step_is_a_request_that_holds_the_answers_before_it(serve):
    server = serve(named)
    (result,) = chains(server)([MIRA])
    assert result.value == {"steps": [{"name": name, "text": f"about {name}"} for name in STEPS]}
    assert [step_of(body) for body in server.asked] == STEPS
    assert all(given(body, "Text") == "Mira plays at Marlow" for body in server.asked)
    before = [given(body, "Answers of the steps before") for body in server.asked]
    assert before == [None] + [{name: f"about {name}" for name in STEPS[:k]} for k in (1, 2, 3)]
    assert result.tokens == 4 * 120


def test_labels_with_their_definitions_candidates_and_kept_facts_are_in_the_prompts(serve):
    server = serve(named)
    item = MIRA | {"facts": [*MIRA["facts"], fact("Mira", "Mira (lake)", "Mira is a lake.", kept=False)]}
    chains(server)([item])
    assert "ORG: an organisation, such as a shop, company, club or band" in server.asked[0]["messages"][0]["content"]
    tagger = "Candidates, found by a tagger that may be wrong"
    assert [given(body, tagger) for body in server.asked] == [["Mira", "Marlow"], None, None, None]
    articles = user_text(server.asked[2])
    assert "Mira is a star." in articles
    assert "lake" not in articles


def test_the_caption_parts_of_a_step_are_those_near_the_sentence_and_the_answers_so_far(serve):
    parts = ["a violin on a chair", "a loaf of bread", "a railway station", "a dog"]
    told = {"entities": "The railway station.", "types": "x"}
    server = serve(lambda body, number: Reply(json.dumps({"text": told[step_of(body)]})))
    item = post("Mira plays the violin", ["Mira"], ", ".join(parts))
    chains(server, steps=["entities", "types"], encoder=MINILM, max_parts=1)([item])
    assert [given(body, "Image") for body in server.asked] == [["a violin on a chair"], ["a railway station"]]


def test_without_an_encoder_every_step_sees_the_whole_caption_and_without_caption_none(serve):
    server = serve(named)
    chains(server)([MIRA])
    whole = ["the words: Marlow rye & buns", "a violin on a chair"]
    assert [given(body, "Image") for body in server.asked] == [whole] * 4
    chains(server)([MIRA | {"caption": None, "facts": None, "spans": None}])
    assert given(server.asked[-1], "Image") is None


def test_all_steps_in_one_call(serve):
    server = serve(lambda body, number: Reply(json.dumps({name: f"about {name}" for name in STEPS})))
    (result,) = chains(server, one_call=True, max_tokens=800)([MIRA])
    assert [step["name"] for step in result.value["steps"]] == STEPS
    assert len(server.asked) == 1
    schema = server.asked[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == STEPS
    text = user_text(server.asked[0])
    assert [text.index(f'Step "{name}"') for name in STEPS] == sorted(text.index(f'Step "{name}"') for name in STEPS)


def test_a_step_left_out_of_one_call_is_asked_for_again(serve):
    replies = [{"entities": "x"}, {"entities": "x", "types": "y"}]
    server = serve(lambda body, number: Reply(json.dumps(replies[number - 1])))
    (result,) = chains(server, one_call=True, steps=["entities", "types"])([MIRA])
    assert [step["text"] for step in result.value["steps"]] == ["x", "y"]


def test_a_server_that_dies_between_steps_is_not_paid_again_for_the_steps_before(serve):
    server = serve(lambda body, number: named(body) if number <= 2 else Reply(status=503))
    (result,) = chains(server)([MIRA])
    assert result.transient
    server.answer = named
    (result,) = chains(server)([MIRA])
    assert [step_of(body) for body in server.asked] == [*STEPS[:3], "knowledge", "types"]
    assert result.tokens == 4 * 120


def test_a_chain_that_fails_names_only_the_answers_at_which_it_failed_for_a_retry(serve):
    def fails_last(body, number):
        poor = step_of(body) == "types" or (step_of(body) == "image" and len(body["messages"]) == 2)
        return Reply("no idea") if poor else named(body)

    server = serve(fails_last)
    (failed,) = chains(server)([MIRA])
    assert failed.error.startswith("answer does not fit")
    assert [step_of(body) for body in server.asked] == ["entities", "image", "image", "knowledge", "types", "types"]
    store = Store()
    store.add("chains", {"row": Row(None, failed.error)})
    store.put(ledger.failed_at([("row", failed)]))
    retry.forget(store, ["row"])
    server.answer = named
    (result,) = chains(server)([MIRA])
    assert result.error is None
    assert [step_of(body) for body in server.asked[6:]] == ["types"]


def test_a_batch_advances_all_chains_by_a_step_a_run(serve):
    server = serve(named)
    other = post("Bo sings", ["Bo"])
    backend = {"batch": True, "steps": ["entities", "types"]}
    with pytest.raises(InputError, match="pending"):
        chains(server, **backend)([MIRA, other])
    server.batch_status = "completed"
    with pytest.raises(InputError, match="pending"):
        chains(server, **backend)([MIRA, other])
    results = chains(server, **backend)([MIRA, other])
    assert [len(result.value["steps"]) for result in results] == [2, 2]
    assert [batch["status"] for batch in server.batches.values()] == ["completed"] * 2


@pytest.mark.parametrize("change", [{"steps": ["entities"]}, {"one_call": True}, {"encoder": MINILM}, {"max_words": 9}])
def test_what_a_chain_depends_on_changes_its_fingerprint(serve, change):
    server = serve(named)
    assert chains(server).identity() != chains(server, **change).identity()


@pytest.mark.parametrize("steps", [["entities", "entities"], ["guess"], []])
def test_wrong_steps_are_errors(serve, steps):
    with pytest.raises(InputError, match="bad-params|unknown-prompt"):
        chains(serve(named), steps=steps)


def test_the_same_encoder_in_another_folder_is_the_same_and_one_of_another_content_costs_no_request(
    serve,
    tiny_encoder,
    tmp_path,
):
    server = serve(named)
    here, there = (shutil.copytree(tiny_encoder, tmp_path / name) for name in ("here", "there"))
    first = chains(server, encoder=str(here))
    assert first.identity() == chains(server, encoder=str(there)).identity()
    before = fingerprints.fingerprint("chains", first, MIRA)
    first([MIRA])
    asked = len(server.asked)
    (here / "tokenizer_config.json").write_text((here / "tokenizer_config.json").read_text() + "\n")
    changed = chains(server, encoder=str(here))
    assert fingerprints.fingerprint("chains", changed, MIRA) != before
    assert [result.error for result in changed([MIRA])] == [None]
    assert len(server.asked) == asked == len(STEPS)


def test_one_fingerprint_is_one_prompt_in_whatever_order_the_labels_are(serve):
    server = serve(named)
    backend = chains(server)
    other = MIRA | {"labels": dict(reversed(MIRA["labels"].items()))}
    assert list(other["labels"]) != list(MIRA["labels"])
    assert fingerprints.fingerprint("chains", backend, other) == fingerprints.fingerprint("chains", backend, MIRA)
    backend([MIRA])
    backend([other])
    assert len(server.asked) == len(STEPS)

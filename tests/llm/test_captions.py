"""A caption from a vision model: the image goes along, sentence and domain where the params ask for that (IAC 3.1)."""

import base64
import io

import pytest
from PIL import Image

from mmner.base import params
from mmner.llm.money import LIMIT_REACHED
from mmner.rows import compute
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.fakes.llm_server import Reply, user_text
from tests.fakes.pictures import cut, item, photograph, sign


def captions(server, **changes):
    mapping = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": None, "retries": 0}
    return params.backend("captions", "llm", mapping | changes, STAGES["captions"].backends, Store())


def image_of(body: dict) -> Image.Image:
    part = next(part for part in body["messages"][-1]["content"] if part["type"] == "image_url")
    head, _, pixels = part["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(io.BytesIO(base64.b64decode(pixels)))


@pytest.fixture
def server(serve):
    return serve(lambda body, number: Reply("A board\nwith words."))


@pytest.fixture
def board(tmp_path):
    return item(sign(tmp_path / "a.jpg", "Marlow"), sentence="Mira at Marlow", domain_cue="posts about a town")


def test_the_answer_is_the_caption_of_the_image_that_was_sent(server, board):
    (result,) = captions(server, max_side=100)([board])
    assert result.value == {"caption": "A board with words."}
    assert image_of(server.asked[0]).size == (100, 100)


@pytest.mark.parametrize("sentence", [True, False])
@pytest.mark.parametrize("domain_cue", [True, False])
def test_sentence_and_domain_condition_the_caption_where_params_say_so(server, board, sentence, domain_cue):
    backend = captions(server, sentence=sentence, domain_cue=domain_cue)
    backend([board])
    text = user_text(server.asked[0])
    assert text.startswith("Describe this picture in detail.")
    assert ("Mira at Marlow" in text, "posts about a town" in text) == (sentence, domain_cue)
    assert ("sentence" in backend.uses, "domain_cue" in backend.uses) == (sentence, domain_cue)
    assert "image_path" not in backend.uses


def test_a_caption_as_json_where_params_say_so(serve, board):
    server = serve(lambda body, number: Reply('{"caption": "A board."}'))
    (result,) = captions(server, constrain="json_schema")([board])
    assert result.value == {"caption": "A board."}
    assert server.asked[0]["response_format"]["type"] == "json_schema"
    assert '{"caption": "the description"}' in user_text(server.asked[0])


@pytest.mark.parametrize(("count", "booked"), [(9000, 9000), (10**9, None)])
def test_an_image_that_costs_more_than_its_estimate_is_booked_and_spent_as_the_server_counts(
    serve, board, count, booked
):
    usage = {"prompt_tokens": count, "completion_tokens": 20}
    server = serve(lambda body, number: Reply("A board.", usage=usage))
    backend = captions(server, concurrency=1, image_tokens=3000, prices={"input": 1.0}, max_money=0.012)
    results = backend([board, board | {"id": "b", "sentence": "Ada"}])
    bound = next(backend._conversation(board)).token_bound(backend.params)  # no image of 1024 x 1024 has 10**9 tokens
    assert results[0].tokens == (booked or bound) + 20
    assert results[1].error == (LIMIT_REACHED if booked else None)


def test_a_broken_image_is_its_rows_error_and_is_not_sent(server, tmp_path, board):
    broken = item(cut(tmp_path / "b.jpg", photograph("china")))
    results = captions(server)([broken, board])
    assert results[0].error.startswith("image broken: b.jpg")
    assert results[1].value
    assert len(server.asked) == 1


def test_an_image_that_vanished_may_come_back(server, tmp_path, board):
    (tmp_path / "a.jpg").unlink()
    (result,) = captions(server)([board])
    assert (result.transient, result.error) == (True, "image missing: a.jpg")


def test_a_broken_image_does_not_stop_a_batch(server, tmp_path, board, store):
    server.batch_status = "completed"
    backend = captions(server, batch=True)
    broken = item(cut(tmp_path / "b.jpg", photograph("china")))
    with pytest.raises(Exception, match="pending"):
        backend([broken, board])
    results = captions(server, batch=True)([broken, board])
    assert [bool(result.value) for result in results] == [False, True]
    assert len(server.batches) == 1


def test_the_same_pixels_elsewhere_are_not_asked_again(server, tmp_path, board, store):
    compute.compute("captions", [board], captions(server), store)
    moved = tmp_path / "c.jpg"
    (tmp_path / "a.jpg").rename(moved)
    same = board | {"id": "c", "image": "c.jpg", "image_path": str(moved)}
    _, _, report = compute.compute("captions", [same], captions(server), store)
    assert (report.reused, len(server.asked)) == (1, 1)

"""Captions by salesforce-lavis's own Blip2OPT at tiny size, through the stage, as `make lavis-env` has it."""

import json
import shutil

import pytest

from tests.engines.foreign import Workplace, built
from tests.engines.foreign_models import PROMPT


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return built("lavis", tmp_path_factory.mktemp("lavis") / "weights")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return Workplace(tmp_path_factory.mktemp("captions"))


@pytest.fixture(scope="module")
def variant(weights):
    return {"backend": "lavis-blip2", "weights": str(weights), "max_new_tokens": 8}


@pytest.fixture(scope="module")
def rows(work, variant):
    return work.rows("captions", **variant)


def test_each_row_has_a_caption_or_says_why_not(rows):
    assert [(row["error"] or "").split(":")[0] for row in rows] == ["", "", "", "", "image broken", "no image"]
    assert all(row["caption"] for row in rows[:4])


def test_the_caption_follows_sentence_and_image(rows):
    assert rows[0]["caption"] != rows[1]["caption"]  # the same image under another sentence
    assert len({row["caption"] for row in rows[:4]}) == 4


def test_a_second_run_computes_nothing(work, variant, rows):
    status, said = work.run("captions", **variant)
    assert status == 0, said
    assert "5 reused, 0 computed" in said


def test_batched_equals_single(work, variant, rows):
    assert work.rows("captions", "another", **variant, batch_size=1) == rows


def test_the_caption_is_what_lavis_itself_says(work, weights, variant):
    found = work.rows("captions", **variant, prompt=PROMPT)
    (expected,) = json.loads((weights.parent / "expected.json").read_text())
    assert found[0]["caption"] == found[1]["caption"] == " ".join(expected.split())


def test_beams_are_honoured(work, variant, rows):
    beams = work.rows("captions", **variant, num_beams=3)
    assert [row["caption"] for row in beams] != [row["caption"] for row in rows]


def test_pickles_are_refused_unless_allowed_and_then_say_the_same(work, weights, variant, rows, tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "pickled"
    shutil.copytree(weights, folder)
    for name, wrap in (("eva_vit_g", dict), ("tiny_blip2", lambda tensors: {"model": tensors, "epoch": 1})):
        torch.save(wrap(load_file(folder / f"{name}.safetensors")), folder / f"{name}.pth")
        (folder / f"{name}.safetensors").unlink()
    status, said = work.run("captions", **variant | {"weights": str(folder)})
    assert status == 1
    assert "error[pickle-weights]" in said
    assert "eva_vit_g.pth, tiny_blip2.pth" in said
    assert work.rows("captions", **variant | {"weights": str(folder), "allow_pickle": True}) == rows


@pytest.mark.parametrize("gone", ["tiny_blip2.safetensors", "bert-base-uncased"])
def test_what_the_folder_lacks_is_named(work, weights, variant, tmp_path, gone):
    folder = tmp_path / "lacking"
    shutil.copytree(weights, folder)
    (folder / gone).rename(tmp_path / "elsewhere")
    status, said = work.run("captions", **variant | {"weights": str(folder)})
    assert status == 1
    assert "error[no-weights]" in said
    assert gone.split(".")[0] in said


def test_an_unknown_model_type_names_those_that_exist(work, variant):
    status, said = work.run("captions", **variant, model_type="pretrain_opt13b")
    assert status == 1
    assert "error[unknown-model]" in said
    assert "pretrain_opt2.7b" in said

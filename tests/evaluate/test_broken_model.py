"""A model's folder as a full disk, a hand or another version can leave it: one named error, and the way out."""

import json
import os
import shutil
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.predict import known
from mmner.train import origin
from tests.train.preparation import places, prepare, run, training


@pytest.fixture(scope="module")
def trained(tmp_path_factory, module_store, tiny_encoder):
    """(model folder, folder of the preparation)."""
    from mmner.train.run import train

    folder = tmp_path_factory.mktemp("trained")
    where = places(folder, prepare(folder / "prepared"))
    train(run(), training({"encoder": str(tiny_encoder), "heads": 2, "latent": 4}, epochs=1), "tweets", where)
    return where.model, where.prepared


def rewrite(file: Path, **changes) -> None:
    content = json.loads(file.read_text())
    file.write_text(json.dumps({key: value for key, value in (content | changes).items() if value is not None}))


def instead(file: Path, make) -> None:
    file.unlink()
    make(file)


def cut(file: Path, size: int) -> None:
    file.write_bytes(file.read_bytes()[:size])


WEIGHTS, ABOUT = "model.safetensors", "model.json"
DAMAGE = {
    "no weights": lambda model: (model / WEIGHTS).unlink(),
    "weights cut": lambda model: cut(model / WEIGHTS, 100),
    "weights empty": lambda model: cut(model / WEIGHTS, 0),
    "weights a pipe": lambda model: instead(model / WEIGHTS, os.mkfifo),
    "weights a folder": lambda model: instead(model / WEIGHTS, os.mkdir),
    "weights a link to itself": lambda model: instead(model / WEIGHTS, lambda path: path.symlink_to(path.name)),
    "tokenizer a pipe": lambda model: instead(model / "encoder/tokenizer.json", os.mkfifo),
    "-1 heads": lambda model: rewrite(model / "encoder/config.json", num_attention_heads=-1),
    "10^9 heads": lambda model: rewrite(model / "encoder/config.json", num_attention_heads=10**9),
    "no JSON": lambda model: (model / ABOUT).write_text("{"),
    "a list": lambda model: (model / ABOUT).write_text("[]"),
    "no version": lambda model: rewrite(model / ABOUT, version=None),
    "no labels": lambda model: rewrite(model / ABOUT, labels=None),
    "other labels": lambda model: rewrite(model / ABOUT, labels=["X"]),
    "another width": lambda model: rewrite(model / ABOUT, visual_width=-1),
    "latin-1": lambda model: (model / ABOUT).write_bytes(b"\xff{}"),
    "odd switches": lambda model: rewrite(model / ABOUT, switches={"a": 1}),
    "odd sizes": lambda model: rewrite(model / ABOUT, architecture={"a": 1}),
    "no run": lambda model: rewrite(model / ABOUT, training={}),
    "config broken": lambda model: (model / "encoder/config.json").write_text("{"),
    "no config": lambda model: (model / "encoder/config.json").unlink(),
    "config of another kind": lambda model: (model / "encoder/config.json").write_text('{"model_type": "x"}'),
    "tokenizer broken": lambda model: (model / "encoder/tokenizer.json").write_text("{}"),
    "no tokenizer": lambda model: (model / "encoder/tokenizer.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_model_is_one_named_error_with_the_way_out(trained, tmp_path, damage):
    model = tmp_path / "model"
    shutil.copytree(trained[0], model)
    (model / "encoder" / "vocab.txt").unlink(missing_ok=True)
    DAMAGE[damage](model)
    with pytest.raises(InputError, match="broken-model") as caught:
        known.apply(model, trained[1], ["test"], None, tmp_path / "predictions.parquet")
    assert caught.value.where == str(model)
    assert caught.value.remedy.startswith(f"rm -r {model}, then dvc checkout")


def test_a_model_of_another_version_says_so(trained, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(trained[0], model)
    rewrite(model / ABOUT, version=99)
    with pytest.raises(InputError, match="model-version.*written by version 99"):
        known.apply(model, trained[1], ["test"], None, tmp_path / "predictions.parquet")


@pytest.mark.parametrize("change", [{"taught": [1]}, {"taught": {"tweets": 7}}])
def test_a_parent_that_does_not_say_in_a_known_form_what_it_learnt_from_is_broken(trained, tmp_path, change):
    model = tmp_path / "model"
    shutil.copytree(trained[0], model)
    about = json.loads((model / ABOUT).read_text())
    rewrite(model / ABOUT, training=about["training"] | change)
    with pytest.raises(InputError, match=r"broken-model[\s\S]*training.taught"):
        origin.read(run(**{"from": "parent"}), "tweets", model)

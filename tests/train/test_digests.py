"""What a training starts with is known by its files, not by its name."""

import shutil
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.train import digests
from tests.fakes import tiny_models
from tests.train.preparation import BARE, run, training


def encoder(name, **other) -> str:
    return digests.read(run(), training({"encoder": str(name)}), Path("none"), **other).encoder


def test_an_encoder_is_its_files_wherever_they_are(tiny_encoder, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "moved")
    assert encoder(tmp_path / "moved") == encoder(tiny_encoder)


@pytest.mark.parametrize("file", ["tokenizer.json", "tokenizer_config.json", "config.json", "model.safetensors"])
def test_each_file_of_an_encoder_counts(file, tiny_encoder, tmp_path):
    shutil.copytree(tiny_encoder, tmp_path / "other")
    with (tmp_path / "other" / file).open("a") as content:
        content.write(" ")
    assert encoder(tmp_path / "other") != encoder(tiny_encoder)


def test_the_embedded_encoder_is_known_by_its_files():
    assert encoder("embedded:all-MiniLM-L6-v2").startswith("sha256:")


def test_a_name_on_the_hub_is_known_by_the_files_of_its_snapshot(tiny_encoder, tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(InputError, match=r"no-weights(.|\n)*hub's cache"):
        encoder("some/encoder", fetch=False)
    model = tmp_path / "hub" / "models--some--encoder"
    (model / "refs").mkdir(parents=True)
    (model / "refs" / "main").write_text("abc")
    (model / "snapshots" / "abc").mkdir(parents=True)
    shutil.copy(tiny_encoder / "config.json", model / "snapshots" / "abc")
    with pytest.raises(InputError, match="no-weights"):  # a config is not yet a model
        encoder("some/encoder", fetch=False)
    shutil.copytree(tiny_encoder, model / "snapshots" / "abc", dirs_exist_ok=True)
    known = encoder("some/encoder", fetch=False)
    for file in ("README.md", "modules.json", "eval_results.json", "pytorch_model.bin"):  # as hf download brings them
        (model / "snapshots" / "abc" / file).write_text("{}")
    assert encoder("some/encoder", fetch=False) == known == encoder(tiny_encoder)
    (model / "snapshots" / "abc" / "merges.txt").write_text("a b")
    assert encoder("some/encoder", fetch=False) != known


def test_words_are_an_encoder_without_files():
    params = training({"encoder": "words", "words": {"width": 8}})
    assert digests.read(run(), params, Path("none")) == ("words", None, None)


def test_a_tower_counts_where_the_run_sees(tiny_encoder, tmp_path):
    tower = tiny_models.vision(tmp_path / "vit", "vit")
    params = training({"encoder": str(tiny_encoder), "vision": {"weights": str(tower)}}, lr_vision=1e-3)
    sees = run(switches=BARE | {"global": True})
    assert digests.read(run(), params, Path("none")).tower is None
    before = digests.read(sees, params, Path("none")).tower
    with (tower / "preprocessor_config.json").open("a") as content:
        content.write(" ")
    assert digests.read(sees, params, Path("none")).tower != before

"""The model as a whole: every ablation, batching, what is missing, what is masked."""

import dataclasses
import os

import numpy as np
import pytest
import torch

from mmner.base.errors import InputError
from mmner.model import files
from mmner.model.batch import collate
from mmner.model.visuals import Visual
from mmner.ner import iob
from mmner.networks.budget import Extra
from tests.fakes.tiny import VISUAL

ABLATIONS = {
    "everything": {},
    "with patches": {"patches": True},
    "w/o O-T": {"knowledge": "none"},
    "w/o Wiki": {"knowledge": "candidates"},
    "w/o VAE": {"vae": False},
    "w/o O-V": {"vae": False, "regions": False},
    "w/o O-T-V": {"knowledge": "none", "vae": False, "regions": False},
    "w/o DDC": {"caption": False, "caption_fusion": False},
    "w/o CRC": {"chain": False},
    "w/o BiLSTM": {"bilstm": False},
    "regions alone": {"vae": False, "global": False},
    "patches alone": {"vae": False, "global": False, "regions": False, "patches": True, "caption_fusion": False},
    "text alone": {"vae": False, "global": False, "regions": False, "caption": False, "caption_fusion": False},
    "captions fused alone": {"vae": False, "global": False, "regions": False},
}


@pytest.mark.parametrize("name", ABLATIONS)
def test_each_ablation_builds_trains_a_step_and_decodes(name, build, examples):
    model = build(**ABLATIONS[name]).train()
    batch = collate(examples, VISUAL, 0)
    loss, _ = model.loss(batch)
    loss.backward()
    missing = [key for key, weight in model.named_parameters() if weight.grad is None and "pooler" not in key]
    assert missing == [], "every part that is built takes part in the loss"
    torch.optim.SGD(model.parameters(), 0.1).step()
    tags, confidence = model.eval().decode(batch)
    assert [len(row) for row in tags] == [len(example.tags) for example in examples]
    assert [len(row) for row in confidence] == [len(example.tags) for example in examples]
    assert all(iob.violations(row) == [] for row in tags)


def test_heads_that_do_not_divide_the_width_are_named(build):
    with pytest.raises(InputError, match="7 heads do not divide the encoder's width, 16") as caught:
        build(sizes={"heads": 7})
    assert caught.value.name == "bad-params"


@pytest.mark.parametrize("name", ["everything", "with patches", "text alone"])
def test_a_padded_batch_equals_single_examples(name, build, examples):
    model = build(**ABLATIONS[name])
    with torch.no_grad():
        together = model(collate(examples, VISUAL, 0)).emissions
        for row, example in enumerate(examples):
            alone = model(collate([example], VISUAL, 0)).emissions[0]
            assert torch.allclose(together[row, : len(alone)], alone, atol=1e-5)


def test_the_loss_of_a_batch_is_the_mean_of_its_examples(build, examples):
    model = build()
    with torch.no_grad():
        together = model.loss(collate(examples, VISUAL, 0))[0].item()
        alone = [model.loss(collate([example], VISUAL, 0))[0].item() for example in examples]
    assert together == pytest.approx(sum(alone) / len(alone), rel=1e-4)


def test_the_loss_adds_lambda_times_the_vae_loss(build, examples):
    batch = collate(examples, VISUAL, 0)
    with torch.no_grad():
        plain, output = build({"lambda_vae": 0.0}).loss(batch)
        weighed, _ = build({"lambda_vae": 0.5}).loss(batch)
    assert weighed.item() == pytest.approx(plain.item() + 0.5 * output.vae_loss.item(), rel=1e-5)


def test_what_is_missing_is_ignored_whatever_its_tensor_holds(build, examples):
    model = build(patches=True)
    batch = collate(examples, VISUAL, 0)
    noisy = dataclasses.replace(
        batch,
        image=torch.where(batch.has_image[:, None], batch.image, torch.nan),
        regions=torch.where(batch.regions_mask[..., None], batch.regions, torch.inf),
        patches=torch.where(batch.patches_mask[..., None], batch.patches, torch.nan),
    )
    with torch.no_grad():
        loss, output = model.loss(noisy)
        assert torch.equal(output.emissions, model(batch).emissions)
    assert loss.isfinite()
    assert output.emissions.isfinite().all()


def test_an_example_without_image_and_region_has_finite_gradients(build, examples):
    model = build().train()
    nothing = Visual(None, np.zeros((0, VISUAL), np.float32), np.zeros((0, VISUAL), np.float32))
    loss, output = model.loss(collate([dataclasses.replace(examples[0], visual=nothing)], VISUAL, 0))
    loss.backward()
    slopes = [weight.grad for weight in model.parameters() if weight.grad is not None]
    assert slopes
    assert all(slope.isfinite().all() for slope in slopes)
    assert output.weights.tolist() == [[1.0, 0.0, 0.0]]  # v_t alone is there


CAPTION = Extra("caption", ("a photo",))


def test_windows_of_a_long_sentence_train_and_decode_beside_short_ones(build, examples, encoding):
    tokens = ["we", "saw", "marlow", "today"] * 40
    long = dataclasses.replace(examples[0], text=encoding(tokens, [CAPTION]), tags=[0] * len(tokens))
    model = build()
    with torch.no_grad():
        together = model(collate([examples[1], long], VISUAL, 0)).emissions
        alone = model(collate([long], VISUAL, 0)).emissions
    assert len(long.text.windows) > 1
    assert torch.allclose(together[1], alone[0], atol=1e-5)
    assert len(model.decode(collate([long], VISUAL, 0))[0][0]) == len(tokens)


def test_captions_without_the_caption_are_refused():
    from mmner.base.errors import InputError
    from mmner.base.params import build
    from mmner.model.params import Switches

    with pytest.raises(InputError, match="caption_fusion needs caption"):
        build(Switches, {"caption": False}, "runs.x")


def test_who_may_read_a_saved_model_is_as_umask_says(build, tiny_encoder, tmp_path):
    from mmner.networks import encoders

    before = os.umask(0o027)
    try:
        files.save(tmp_path / "model", build(), encoders.tokenizer(str(tiny_encoder)), {})
    finally:
        os.umask(before)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "model").rglob("*") if path.is_file()}
    assert "model.safetensors" in modes
    assert set(modes.values()) == {"0o640"}, modes


def test_a_saved_model_predicts_the_same_and_holds_no_pickle(build, examples, tiny_encoder, tmp_path):
    from mmner.networks import encoders

    model, batch = build(), collate(examples, VISUAL, 0)
    files.save(tmp_path / "model", model, encoders.tokenizer(str(tiny_encoder)), {"dev_f1": 0.5})
    loaded, tokenizer, about = files.load(tmp_path / "model")
    with torch.no_grad():
        assert torch.equal(loaded(batch).emissions, model(batch).emissions)
    assert about["training"] == {"dev_f1": 0.5}
    assert tokenizer("we saw")["input_ids"] == encoders.tokenizer(str(tiny_encoder))("we saw")["input_ids"]
    names = {path.name for path in (tmp_path / "model").rglob("*") if path.is_file()}
    assert "model.safetensors" in names
    assert not any(name.endswith((".bin", ".pt", ".pth", ".pkl", ".ckpt")) for name in names)

"""Training: choice by dev, resume, seeds, batches; on a tiny real encoder."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from mmner.model.batch import Example
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.model.visuals import Visual
from mmner.ner import iob, scores
from mmner.networks import encoders
from mmner.networks.budget import Extra
from mmner.train.data import batches
from mmner.train.loop import Trainer, seed_all
from mmner.train.params import Training
from tests.fakes.tiny import VISUAL, fit_until_killed, same, weights
from tests.train.preparation import LABELS, SENTENCES

pytestmark = pytest.mark.slow


@pytest.fixture
def ten(encoding):
    tags, random = iob.tags(LABELS), np.random.default_rng(0)
    return [
        Example(
            str(number),
            encoding(sentence.split(), [Extra("chain", ("a map",))] if number % 2 else []),
            Visual(
                random.normal(size=VISUAL).astype("float32"),
                np.zeros((0, VISUAL), np.float32),
                np.zeros((0, VISUAL), np.float32),
            ),
            [tags.index(tag) for tag in gold.split()],
        )
        for number, (sentence, gold) in enumerate(SENTENCES)
    ]


def trainer(tiny_encoder, resume=None, epochs=3, **other):
    seed_all(7)
    sizes = Architecture(encoder=str(tiny_encoder), heads=2, latent=4, dropout=other.pop("dropout", 0.1))
    params = Training(
        **{"epochs": epochs, "batch_size": 4, "lr_encoder": 5e-3, "lr_head": 1e-2, "architecture": sizes} | other
    )
    model = FusedModel(encoders.network(str(tiny_encoder)), LABELS, VISUAL, sizes, Switches())
    return Trainer(model, params, 7, 0, resume)


def test_overfitting_ten_examples_reaches_f1_1(tiny_encoder, ten):
    made = trainer(tiny_encoder, epochs=40, dropout=0.0)
    progress = made.fit(ten, ten)
    assert progress.best_f1 == 1.0
    assert scores.score(*made.predict(ten), bootstrap=0)["f1"] == 1.0


def test_the_same_seed_gives_the_same_weights(tiny_encoder, ten):
    found = []
    for _ in range(2):
        made = trainer(tiny_encoder)
        made.fit(ten, ten)
        found.append(weights(made))
    assert same(*found)


@pytest.mark.parametrize("kill_at", [2, 3, 5])
def test_a_killed_training_goes_on_to_the_same_weights(kill_at, tiny_encoder, ten, tmp_path):
    whole = trainer(tiny_encoder)
    expected = whole.fit(ten, ten)

    fit_until_killed(trainer(tiny_encoder, tmp_path / "resume.pt", save_minutes=0), ten, kill_at)
    resumed = trainer(tiny_encoder, tmp_path / "resume.pt", save_minutes=0)
    torch.manual_seed(99)  # whatever happened in between
    progress = resumed.fit(ten, ten)
    assert same(weights(whole), weights(resumed))
    assert [entry["value"] for entry in progress.history] == [entry["value"] for entry in expected.history]


def test_resume_files_load_without_unpickling(tiny_encoder, ten, tmp_path):
    trainer(tiny_encoder, tmp_path / "resume.pt", epochs=1).fit(ten, ten)
    state = torch.load(tmp_path / "resume.pt", weights_only=True)
    assert state["progress"]["epoch"] == 1


def test_a_finished_training_is_not_gone_on_with(tiny_encoder, ten, tmp_path):
    asked = {"epochs": 9, "patience": 1, "lr_encoder": 1e-9, "lr_head": 1e-9}
    whole = trainer(tiny_encoder, tmp_path / "resume.pt", **asked)
    progress = whole.fit(ten, ten)
    assert progress.epoch < 9
    again = trainer(tiny_encoder, tmp_path / "resume.pt", **asked)
    again.step = None  # none is taken
    assert again.fit(ten, ten) == progress
    assert same(weights(whole), weights(again))


def damaged(content: bytes, how: str) -> bytes:
    middle = len(content) // 2
    flipped = bytes(255 - byte for byte in content[middle : middle + 20])
    return {
        "empty": b"",
        "no archive": b"no archive",
        "cut": content[:-100],
        "a part flipped": content[:middle] + flipped + content[middle + 20 :],
    }[how]


@pytest.mark.parametrize("how", ["empty", "no archive", "cut", "a part flipped"])
def test_a_damaged_state_is_put_aside_and_the_training_begins_anew(how, tiny_encoder, ten, tmp_path, capsys):
    file = tmp_path / "resume.pt"
    whole = trainer(tiny_encoder, file)
    whole.fit(ten, ten)
    content = damaged(file.read_bytes(), how)
    file.write_bytes(content)
    again = trainer(tiny_encoder, file)
    again.fit(ten, ten)
    assert same(weights(whole), weights(again))
    assert f"WARNING: {file} can't be used, the training begins anew" in capsys.readouterr().err
    assert (tmp_path / "resume.damaged").read_bytes() == content
    assert torch.load(file, weights_only=True)["progress"]["finished"]


def of_another_run(state: dict) -> None:
    state["run"] = "other"


def of_other_shapes(state: dict) -> None:
    state["model"]["emit.weight"] = torch.zeros(3, 3)


def without_optimizer(state: dict) -> None:
    del state["optimizer"]


def with_other_groups(state: dict) -> None:
    state["optimizer"]["param_groups"].pop()


def with_other_progress(state: dict) -> None:
    state["progress"]["unknown"] = 1


@pytest.mark.parametrize(
    "change", [of_another_run, of_other_shapes, without_optimizer, with_other_groups, with_other_progress]
)
def test_a_state_that_does_not_fit_is_put_aside_and_leaves_no_trace(change, tiny_encoder, ten, tmp_path, capsys):
    file = tmp_path / "resume.pt"
    whole = trainer(tiny_encoder)
    whole.fit(ten, ten)
    fit_until_killed(trainer(tiny_encoder, file, save_minutes=0), ten, 5)
    state = torch.load(file, weights_only=True)
    change(state)
    torch.save(state, file)
    again = trainer(tiny_encoder, file)
    progress = again.fit(ten, ten)
    assert same(weights(whole), weights(again))
    assert progress.step == 9
    assert "the training begins anew" in capsys.readouterr().err
    assert (tmp_path / "resume.damaged").is_file()


def test_a_state_of_before_it_said_its_run_is_gone_on_with(tiny_encoder, ten, tmp_path, capsys):
    file = tmp_path / "resume.pt"
    fit_until_killed(trainer(tiny_encoder, file, save_minutes=0), ten, 5)
    state = torch.load(file, weights_only=True)
    del state["run"]
    torch.save(state, file)
    trainer(tiny_encoder, file).fit(ten, ten)
    assert "train: resumed at epoch 1, step 5" in capsys.readouterr().out


def test_accumulated_batches_equal_one_large_batch(tiny_encoder, ten):
    large = trainer(tiny_encoder, dropout=0.0, precision="float32")
    small = trainer(tiny_encoder, dropout=0.0, precision="float32")
    large.model.eval()  # no draw of z: the two ways would draw different numbers
    small.model.eval()
    assert large.step([ten[:6]]).item() == pytest.approx(small.step([ten[:2], ten[2:6]]).item(), rel=1e-4)
    pairs = zip(large.model.parameters(), small.model.parameters(), strict=True)
    assert all(torch.allclose(one, other, atol=1e-3) for one, other in pairs)


def test_gradients_add_up_by_each_batchs_share_of_the_examples(tiny_encoder, ten):
    made = trainer(tiny_encoder, dropout=0.0, precision="float32")
    made.model.eval()

    def slope(group):
        total = made.gradients(group).item()
        found = {name: weight.grad.clone() for name, weight in made.model.named_parameters() if weight.grad is not None}
        made.optimizer.zero_grad(set_to_none=True)
        return total, found

    (loss, both), (one, first), (other, second) = slope([ten[:1], ten[1:4]]), slope([ten[:1]]), slope([ten[1:4]])
    whole, large = slope([ten[:4]])
    assert loss == pytest.approx(one / 4 + 3 * other / 4, rel=1e-5)
    assert loss == pytest.approx(whole, rel=1e-5)
    assert both
    for name, value in both.items():
        assert torch.allclose(value, first[name] / 4 + 3 * second[name] / 4, atol=1e-5)
        assert torch.allclose(value, large[name], atol=1e-4)


def test_the_last_group_of_an_epoch_may_be_smaller(tiny_encoder, ten):
    # 10 examples in batches of 4: 3 batches; two an optimiser step: 2 steps an epoch, 4 in 2 epochs.
    made = trainer(tiny_encoder, epochs=2, accumulate=2)
    assert made.fit(ten, ten).step == 4


def test_adam_takes_weight_decay_into_the_gradient_and_adamw_does_not(tiny_encoder):
    # A weight of 2 without gradient of its own, rate 0.1, decay 0.5. AdamW: 2 - 0.1 * 0.5 * 2 = 1.9. Adam: the
    # gradient is 0.5 * 2 = 1, whose first step is one rate long: 2 - 0.1 = 1.9; of 8 it is 7.6 and 7.9.
    for start, name, expected in ((2, "adamw", 1.9), (2, "adam", 1.9), (8, "adamw", 7.6), (8, "adam", 7.9)):
        made = trainer(tiny_encoder, optimizer=name, weight_decay=0.5, decay="all", lr_head=0.1, precision="float32")
        weight = made.model.emit.bias
        with torch.no_grad():
            weight.fill_(start)
        weight.grad = torch.zeros_like(weight)
        made.optimizer.step()
        assert weight.tolist() == pytest.approx([expected] * len(weight), rel=1e-5)


def test_dev_is_looked_at_every_so_many_epochs_and_after_the_last(tiny_encoder, ten):
    progress = trainer(tiny_encoder, epochs=5, dev_every=2).fit(ten, ten)
    looked = [entry["step"] for entry in progress.history if entry["name"] == "dev/f1"]
    assert looked == [6, 12, 15]  # three steps an epoch
    assert progress.best_epoch in (2, 4, 5)


def test_patience_waits_for_the_next_look_at_dev(tiny_encoder, ten):
    made = trainer(tiny_encoder, epochs=6, dev_every=3, patience=1, lr_encoder=1e-9, lr_head=1e-9)
    progress = made.fit(ten, ten)
    assert (progress.best_epoch, progress.epoch) == (3, 6)


def test_of_epochs_that_find_nothing_the_last_is_kept(tiny_encoder, ten):
    outside = iob.tags(LABELS).index("O")
    empty = [replace(one, tags=[outside] * len(one.tags)) for one in ten]
    progress = trainer(tiny_encoder, epochs=4, patience=2).fit(ten, empty)
    assert (progress.best_f1, progress.best_epoch) == (0.0, 4)


def test_the_last_weights_are_kept_where_they_are_asked_for(tiny_encoder, ten):
    last = trainer(tiny_encoder, choose="last")
    assert last.fit(ten, ten).best_epoch == 3
    blind = trainer(tiny_encoder, choose="last")
    progress = blind.fit(ten, [])
    assert (progress.best_epoch, progress.best_f1) == (3, -1.0)
    assert same(weights(last), weights(blind))


def test_a_killed_training_that_keeps_its_last_weights_goes_on_to_them(tiny_encoder, ten, tmp_path):
    whole = trainer(tiny_encoder, choose="last", optimizer="adam")
    whole.fit(ten, [])
    asked = {"save_minutes": 0, "choose": "last", "optimizer": "adam"}
    killed = trainer(tiny_encoder, tmp_path / "resume.pt", **asked)
    fit_until_killed(killed, ten, 4)
    resumed = trainer(tiny_encoder, tmp_path / "resume.pt", **asked)
    resumed.fit(ten, [])
    assert same(weights(whole), weights(resumed))


def test_patience_without_a_choice_by_dev_is_refused(tiny_encoder):
    with pytest.raises(ValueError, match="patience asks dev"):
        trainer(tiny_encoder, patience=2, choose="last")


def test_the_best_epoch_on_dev_is_kept_and_patience_ends_early(tiny_encoder, ten):
    made = trainer(tiny_encoder, epochs=30, patience=2, dropout=0.0)
    progress = made.fit(ten, ten)
    best = scores.score(*made.predict(ten), bootstrap=0)["f1"]
    assert best == progress.best_f1
    assert progress.epoch <= progress.best_epoch + 2


def test_batches_hold_each_example_once_and_are_alike_in_length(ten):
    chosen = batches(ten, 3, seed=5)
    assert sorted(i for batch in chosen for i in batch) == list(range(10))
    assert chosen == batches(ten, 3, seed=5)
    assert chosen != batches(ten, 3, seed=6)
    lengths = [[ten[i].text.length for i in batch] for batch in chosen]
    spread = sum(max(row) - min(row) for row in lengths)
    assert spread < max(map(max, lengths)) - min(map(min, lengths)) + len(chosen)


def test_live_metrics_are_files_that_dvc_plots_reads(tiny_encoder, ten, tmp_path, monkeypatch):
    from dvclive import Live

    monkeypatch.chdir(tmp_path)
    made = trainer(tiny_encoder, epochs=2)
    made.live = Live("live", dvcyaml=None, save_dvc_exp=False, report=None)
    made.fit(ten, ten)
    made.live.end()
    table = (tmp_path / "live/plots/metrics/dev/f1.tsv").read_text().splitlines()
    assert table[0].split("\t") == ["step", "f1"]
    assert len(table) == 3
    assert "dev" in json.loads((tmp_path / "live/metrics.json").read_text())
    assert not (tmp_path / "dvc.yaml").exists()

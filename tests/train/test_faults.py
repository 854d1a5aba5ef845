"""A training that can't go on says so, and what it keeps."""

from types import SimpleNamespace

import pytest
import torch

from mmner.base.errors import InputError
from tests.fakes.tiny import examples
from tests.train.preparation import places, prepare, run, train_anew, training
from tests.train.test_loop import trainer

pytestmark = pytest.mark.slow


@pytest.fixture
def four(encoding):
    return examples(encoding)


def test_a_loss_that_is_not_finite_ends_the_training_with_an_error(tiny_encoder, four, tmp_path):
    file = tmp_path / "resume.pt"
    made = trainer(tiny_encoder, file, save_minutes=0, epochs=12)
    made.fit(four, four)
    file.unlink()
    made = trainer(tiny_encoder, file, epochs=12)
    with torch.no_grad():
        made.model.emit.bias.fill_(torch.inf)
    with pytest.raises(InputError, match=r"error\[not-finite\] params.yaml: train: the loss or its gradient") as caught:
        made.fit(four, four)
    assert "lower the learning rates" in caught.value.remedy
    assert not file.exists()


def test_a_gradient_that_is_not_finite_is_seen_even_in_the_last_step(tiny_encoder, four):
    made = trainer(tiny_encoder, epochs=1, choose="last")
    made.model.emit.bias.register_hook(lambda slope: slope * torch.inf)
    with pytest.raises(InputError, match="not-finite"):
        made.fit(four, [])


def test_a_state_with_such_a_loss_is_never_written(tiny_encoder, four, tmp_path):
    made = trainer(tiny_encoder, tmp_path / "resume.pt", epochs=3, save_minutes=0)
    original, steps = made.step, []

    def spoil(group):
        steps.append(group)
        if len(steps) == 2:
            with torch.no_grad():
                made.model.emit.bias.fill_(torch.nan)
        return original(group)

    made.step = spoil
    with pytest.raises(InputError, match="not-finite"):
        made.fit(four, four)
    kept = torch.load(tmp_path / "resume.pt", weights_only=True)
    assert kept["progress"]["step"] == 1
    assert kept["model"]["emit.bias"].isfinite().all()


@pytest.mark.parametrize(("minutes", "saved"), [(0, 3), (0.03, 1), (60, 0)])
def test_the_state_is_written_when_its_minutes_have_passed_and_not_every_epoch(
    minutes, saved, tiny_encoder, four, monkeypatch, tmp_path
):
    from mmner.train import loop

    made = trainer(tiny_encoder, tmp_path / "resume.pt", epochs=4, save_minutes=minutes)  # of one step each
    clock = iter(range(1000))
    passes = SimpleNamespace(perf_counter=lambda: next(clock))  # a second at each look
    monkeypatch.setattr(loop, "time", passes)
    written = []
    monkeypatch.setattr(made, "_save", written.append)
    made.fit(four, four)
    assert written.pop() is None  # the end's
    assert len(written) == saved


def test_coupled_decay_warns(tiny_encoder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    asked = {"encoder": str(tiny_encoder), "heads": 2}
    prepared = prepare(tmp_path / "prepared")
    found = {}
    for name, other in {
        "adam": {"optimizer": "adam"},
        "none": {"optimizer": "adam", "weight_decay": 0},
        "adamw": {},
    }.items():
        train_anew(run(), training(asked, epochs=1, **other), "tweets", places(tmp_path, prepared, name=name))
        found[name] = "WARNING: optimizer: adam takes weight_decay (0.01)" in capsys.readouterr().err
    assert found == {"adam": True, "none": False, "adamw": False}

"""Switches of how a step is computed change what it costs, and not what it means."""

import os

import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend

from mmner.base.errors import InputError
from mmner.networks import device
from mmner.train.loop import seed_all
from tests.fakes.tiny import examples
from tests.train.test_loop import trainer

pytestmark = pytest.mark.slow


@pytest.fixture
def posts(encoding):
    return examples(encoding) * 2


def slopes(made, group):
    made.model.eval()
    loss = made.gradients(group).item()
    return loss, {name: weight.grad for name, weight in made.model.named_parameters() if weight.grad is not None}


def test_batches_in_parts_have_the_gradients_of_whole_ones(tiny_encoder, posts):
    loss, whole = slopes(trainer(tiny_encoder, precision="float32"), [posts[:5], posts[5:]])
    made = trainer(tiny_encoder, precision="float32", max_pieces=60)
    assert len(made._parts([posts[:5], posts[5:]])) > 3
    other, parts = slopes(made, [posts[:5], posts[5:]])
    assert other == pytest.approx(loss, rel=1e-5)
    for name, slope in whole.items():
        assert torch.allclose(parts[name], slope, atol=1e-5), name


def test_checkpointing_computes_the_same_masks_included(tiny_encoder, posts):
    found = []
    for asked in ({}, {"checkpointing": True}):
        made = trainer(tiny_encoder, precision="float32", **asked)
        made.model.train()
        assert getattr(made.model.encoder, "is_gradient_checkpointing", False) is bool(asked)
        torch.manual_seed(5)
        found.append(made.gradients([posts]).item())
        found.append([weight.grad for weight in made.model.encoder.parameters() if weight.grad is not None])
    assert found[0] == found[2]
    assert all(torch.equal(one, other) for one, other in zip(found[1], found[3], strict=True))


def test_an_encoder_that_can_not_is_refused(tiny_encoder, monkeypatch):
    from transformers import BertModel

    monkeypatch.setattr(BertModel, "supports_gradient_checkpointing", False)
    with pytest.raises(InputError, match=r"no-checkpointing(.|\n)*bert"):
        trainer(tiny_encoder, checkpointing=True)


def test_the_encoder_is_compiled_once_for_all_lengths(tiny_encoder, encoding, posts):
    made, plain = (trainer(tiny_encoder, precision="float32") for _ in range(2))
    counter = CompileCounterWithBackend("eager")
    made.model.encoder.compile(dynamic=True, backend=counter)  # as `compile: true`, with another backend
    for group in ([posts[:3]], [posts[:4]], [posts[1:3]], [posts[2:6]], [examples(encoding)[:2]]):
        assert slopes(made, group)[0] == pytest.approx(slopes(plain, group)[0], rel=1e-5)
        made.optimizer.zero_grad()
        plain.optimizer.zero_grad()
    assert 1 <= counter.frame_count <= 2
    assert made.model.state_dict().keys() == plain.model.state_dict().keys()


def test_a_cpu_multiplies_as_it_did_and_cublas_is_asked_to_be_deterministic():
    seed_all(1)
    before = torch.get_float32_matmul_precision()
    device.prepare(torch.device("cpu"), tf32=True)
    assert torch.get_float32_matmul_precision() == before
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert torch.are_deterministic_algorithms_enabled()

"""A training step reads no value of a tensor: on a GPU a read would wait for all that was asked before.

torch's fake tensors know shapes and no values, so that whoever reads one fails.
"""

import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from mmner.model.batch import collate
from mmner.networks import encoders
from mmner.networks.attention import padding_mask
from tests.fakes import tiny


@pytest.fixture
def batch(encoding):
    return collate(tiny.examples(encoding), tiny.VISUAL, 0)


def faked(mode: FakeTensorMode, model, batch):
    """`model` and `batch` without values; the lengths, which stay on the CPU, keep theirs."""
    for module in model.modules():
        for tensors, of in ((module._parameters, torch.nn.Parameter), (module._buffers, lambda buffer: buffer)):
            tensors |= {name: of(mode.from_tensor(x.data)) for name, x in tensors.items() if x is not None}
    return model, batch._with(lambda name, x: x if name == "lengths" else mode.from_tensor(x))


@pytest.mark.parametrize("switches", [{}, {"patches": True}, {"vae": False}], ids=str)
def test_a_step_reads_no_value(tiny_encoder, batch, switches):
    # Without a BiLSTM: fake tensors can't be packed. What it reads, the lengths, is on the CPU.
    switches = switches | {"bilstm": False}
    model, mode = tiny.model(tiny_encoder, **switches).train(), FakeTensorMode(allow_non_fake_inputs=True)
    with mode:
        model, asked = faked(mode, model, batch)
        loss, _ = model.loss(asked)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        with pytest.raises(DataDependentOutputException):
            loss.item()


def test_transformers_need_not_look_for_padding(tiny_encoder, batch):
    network = encoders.network(str(tiny_encoder)).eval()
    on_gpu = padding_mask(network, batch.pieces_mask.to("meta"))
    assert on_gpu.shape == (4, 1, 1, batch.pieces.shape[1])
    with torch.no_grad():
        looked = network(input_ids=batch.pieces, attention_mask=padding_mask(network, batch.pieces_mask))
        given = network(input_ids=batch.pieces, attention_mask=batch.pieces_mask[:, None, None, :])
    real = batch.pieces_mask
    assert torch.allclose(looked.last_hidden_state[real], given.last_hidden_state[real], atol=1e-6)

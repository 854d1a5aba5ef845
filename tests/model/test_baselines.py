"""With every part of the papers off, the fused model is the plain baseline: against torch's own layers."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torchcrf import CRF

from mmner.model.batch import collate
from mmner.model.crf import ILLEGAL
from mmner.networks import encoders
from tests.fakes.tiny import VISUAL, WIDTH
from tests.model.plain import BARE, example

SENTENCES = [("we saw marlow today", [0, 0, 1, 0]), ("fern hill band", [3, 4, 4]), ("marlow", [1])]


@pytest.mark.parametrize("bilstm", [False, True])
def test_encoder_crf_with_or_without_bilstm_is_the_fused_model_with_all_else_off(bilstm, build, encoding, tiny_encoder):
    made = build({"self_attention": False}, **BARE, bilstm=bilstm)
    parts = {"encoder", "emit", "crf"} | ({"bilstm"} if bilstm else set())
    assert {name.split(".")[0] for name, _ in made.named_parameters()} == parts
    batch = collate([example(encoding(text.split(), []), tags) for text, tags in SENTENCES], VISUAL, 0)

    network = encoders.network(str(tiny_encoder)).eval()
    emit, crf = nn.Linear(WIDTH, 5), CRF(5, batch_first=True)
    emit.load_state_dict(made.emit.state_dict())
    with torch.no_grad():
        hidden = network(batch.pieces, attention_mask=batch.pieces_mask.long()).last_hidden_state
        places = [[place for _, place in encoding(text.split(), []).places] for text, _ in SENTENCES]
        rows = [hidden[row, chosen] for row, chosen in enumerate(places)]
        hidden = nn.utils.rnn.pad_sequence(rows, batch_first=True)  # (B, n, d)
        if bilstm:
            lstm = nn.LSTM(WIDTH, WIDTH // 2, batch_first=True, bidirectional=True)
            lstm.load_state_dict(made.bilstm.state_dict())
            packed = pack_padded_sequence(hidden, [len(row) for row in rows], batch_first=True, enforce_sorted=False)
            hidden = pad_packed_sequence(lstm(packed)[0], batch_first=True)[0]
        expected = emit(hidden)
        output = made(batch)
        assert torch.allclose(output.emissions[batch.mask], expected[batch.mask], atol=1e-6)

        # The CRF's learnt scores, and for what IOB2 forbids −1e4 on top. Tags: O, B-PER, I-PER, B-ORG, I-ORG.
        learnt = made.crf.crf.parametrizations
        crf.end_transitions.copy_(made.crf.crf.end_transitions)
        crf.start_transitions.copy_(learnt.start_transitions.original)
        crf.start_transitions[[2, 4]] += ILLEGAL
        crf.transitions.copy_(learnt.transitions.original)
        for before, after in ((0, 2), (0, 4), (1, 4), (2, 4), (3, 2), (4, 2)):
            crf.transitions[before, after] += ILLEGAL
        loss = -crf(expected, batch.tags, mask=batch.mask, reduction="mean")
        assert made.loss(batch)[0].item() == pytest.approx(loss.item(), rel=1e-5)
        tags = [[made.crf.tags[tag] for tag in row] for row in crf.decode(expected, mask=batch.mask)]
        assert made.decode(batch)[0] == tags
    assert output.gate is output.vae_loss is output.weights is None

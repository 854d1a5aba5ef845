"""The CRF knows IOB2."""

import itertools

import pytest
import torch

from mmner.model.crf import IobCrf
from mmner.ner import iob


def test_decoding_never_breaks_iob2_whatever_the_emissions():
    torch.manual_seed(0)
    crf = IobCrf(["PER", "ORG"])
    torch.nn.init.normal_(crf.crf.parametrizations.transitions.original, std=5)
    emissions = 20 * torch.randn(200, 9, 5)
    emissions[:, 0, 2] += 100  # I-PER wherever the sentence starts
    best, confidence = crf.decode(emissions, torch.ones(200, 9, dtype=torch.bool))
    assert [len(tags) for tags in best] == [9] * 200
    for tags, sure in zip(best, confidence, strict=True):
        assert iob.violations([crf.tags[tag] for tag in tags]) == []
        assert all(0 <= value <= 1 for value in sure)


def test_an_illegal_gold_sequence_costs_a_finite_loss_with_finite_gradients():
    crf = IobCrf(["PER"])
    emissions = torch.zeros(1, 2, 3, requires_grad=True)
    loss = crf.loss(emissions, torch.tensor([[2, 2]]), torch.ones(1, 2, dtype=torch.bool))
    loss.backward()
    assert 5e3 < loss.item() < 3e4
    assert emissions.grad.isfinite().all()


def test_loss_is_the_mean_over_sentences():
    torch.manual_seed(0)
    crf = IobCrf(["PER"])
    emissions, tags = torch.randn(2, 3, 3), torch.tensor([[0, 1, 2], [1, 0, 0]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    both = crf.loss(emissions, tags, mask)
    alone = [crf.loss(emissions[i : i + 1], tags[i : i + 1], mask[i : i + 1]).item() for i in range(2)]
    assert both.item() == pytest.approx(sum(alone) / 2, rel=1e-5)


def test_confidence_is_the_marginal_probability_of_the_decoded_tag():
    torch.manual_seed(0)
    crf = IobCrf(["PER"])
    emissions, mask = torch.randn(1, 3, 3), torch.ones(1, 3, dtype=torch.bool)
    best, confidence = crf.decode(emissions, mask)
    marginal, total = torch.zeros(3, 3), 0.0
    for code in range(27):
        tags = torch.tensor([[code // 9, code // 3 % 3, code % 3]])
        p = torch.exp(-crf.loss(emissions, tags, mask)).item()
        total += p
        for at, tag in enumerate(tags[0]):
            marginal[at, tag] += p
    assert total == pytest.approx(1, abs=1e-4)
    assert confidence[0] == pytest.approx([marginal[at, tag].item() for at, tag in enumerate(best[0])], abs=1e-4)


def test_losses_are_float32_under_autocast():
    crf = IobCrf(["PER"])
    emissions = torch.randn(1, 4, 3)
    tags, mask = torch.tensor([[0, 1, 2, 0]]), torch.ones(1, 4, dtype=torch.bool)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert crf.loss(emissions, tags, mask).item() == crf.loss(emissions, tags, mask).item()
        assert crf.loss(emissions.bfloat16(), tags, mask).dtype == torch.float32


def test_the_score_of_a_span_is_the_mass_of_all_sequences_that_hold_exactly_it():
    torch.manual_seed(0)
    crf = IobCrf(["PER", "ORG"])
    torch.nn.init.normal_(crf.crf.parametrizations.transitions.original, std=2)
    emissions, mask = torch.randn(2, 4, 5), torch.tensor([[True] * 4, [True, True, True, False]])
    wanted = [[(0, 2, "PER"), (1, 4, "ORG"), (3, 4, "PER")], [(2, 3, "ORG"), (0, 3, "PER"), (0, 1, "PER")]]
    found = crf.span_probabilities(emissions, mask, wanted)
    for row, length in enumerate((4, 3)):
        mass, total = dict.fromkeys(wanted[row], 0.0), 0.0
        for tags in itertools.product(range(5), repeat=length):
            p = torch.exp(
                -crf.loss(emissions[row : row + 1, :length], torch.tensor([tags]), mask[row : row + 1, :length])
            )
            total += p.item()
            for span in iob.spans([crf.tags[tag] for tag in tags]):
                mass[span] = mass.get(span, 0.0) + p.item()
        assert total == pytest.approx(1, abs=1e-4)
        assert found[row] == pytest.approx([mass[span] for span in wanted[row]], abs=1e-5)

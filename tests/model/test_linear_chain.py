"""The CRF on the device answers as pytorch-crf does."""

import pytest
import torch
from torchcrf import CRF

from mmner.model.linear_chain import LinearChain, _LogPartition


@pytest.fixture(params=[(1, 1, 3), (4, 9, 5), (16, 40, 9)], ids=str)
def both(request):
    """pytorch-crf's CRF, ours with the same weights, emissions (B, n, K), tags and a mask of ragged sentences."""
    count, length, tags = request.param
    torch.manual_seed(0)
    theirs = CRF(tags, batch_first=True)
    torch.nn.init.normal_(theirs.transitions, std=2)
    with torch.no_grad():  # as penalties of IOB2
        theirs.start_transitions[-1] = -1e4
        theirs.transitions[0, -1] = -1e4
    ours = LinearChain(tags, batch_first=True)
    ours.load_state_dict(theirs.state_dict())
    lengths = torch.randint(1, length + 1, (count,))
    lengths[0] = length
    mask = torch.arange(length) < lengths.unsqueeze(1)
    return theirs, ours, 3 * torch.randn(count, length, tags), torch.randint(0, tags, (count, length)), mask


def test_tags_are_equal(both):
    theirs, ours, emissions, _, mask = both
    assert ours.decode(emissions, mask) == theirs.decode(emissions, mask)


def test_partition_and_gold_score_are_equal_to_1e_5(both):
    theirs, ours, emissions, tags, mask = both
    turned = emissions.transpose(0, 1), mask.transpose(0, 1)
    assert torch.allclose(ours._compute_normalizer(*turned), theirs._compute_normalizer(*turned), rtol=1e-5, atol=1e-5)
    scores = [crf._compute_score(turned[0], tags.transpose(0, 1), turned[1]) for crf in (ours, theirs)]
    assert torch.allclose(*scores, rtol=1e-5, atol=1e-5)


def test_gradients_are_equal(both):
    slopes = []
    for crf in both[:2]:
        emissions = both[2].clone().requires_grad_()
        (-crf(emissions, *both[3:], reduction="mean")).backward()
        slopes.append([emissions.grad, *(weight.grad for weight in crf.parameters())])
    for other, one in zip(*slopes, strict=True):
        if other is None:  # sentences of one token have no transition
            assert not one.any()
        else:
            assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_the_partition_is_that_of_finite_differences():
    torch.manual_seed(0)
    crf = LinearChain(3).double()
    emissions = torch.randn(4, 2, 3, dtype=torch.double, requires_grad=True)
    mask = torch.tensor([[True, True], [True, True], [True, False], [True, False]])
    weights = [weight.detach().clone().requires_grad_() for weight in crf.parameters()]

    start, end, follows = weights
    assert torch.autograd.gradcheck(
        lambda e, s, f, t: _LogPartition.apply(e, mask, s, f, t), (emissions, start, follows, end)
    )


def test_a_wrong_shape_is_refused():
    crf = LinearChain(3, batch_first=True)
    with pytest.raises(ValueError, match="emissions are"):
        crf(torch.zeros(1, 2, 4), torch.zeros(1, 2, dtype=torch.long))
    with pytest.raises(ValueError, match="tags and mask are"):
        crf(torch.zeros(1, 2, 3), torch.zeros(1, 3, dtype=torch.long))


def test_marginals_of_long_sentences_sum_to_one():
    torch.manual_seed(0)
    crf = LinearChain(9, batch_first=True)
    torch.nn.init.normal_(crf.transitions, std=2)
    emissions, mask = 3 * torch.randn(2, 2000, 9), torch.ones(2, 2000, dtype=torch.bool)
    marginals, exact = crf.marginals(emissions, mask), crf.double().marginals(emissions.double(), mask)
    assert (marginals.sum(2) - 1).abs().max() < 1e-4
    assert (marginals - exact).abs().max() < 5e-3

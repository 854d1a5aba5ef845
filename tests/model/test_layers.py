"""Each equation against values computed by hand."""

import math

import pytest
import torch

from mmner.model.layers import AdaptiveFusion, CaptionFusion, CrossModalAttention, Gate, TextGuidedVisual, masked_mean


def test_vae_loss_is_squared_distance_plus_kl_averaged_over_examples():
    v_t = torch.tensor([[1.0, 2.0], [5.0, 5.0]])
    image = torch.tensor([[0.0, 0.0], [9.0, 9.0]])
    mean = torch.tensor([[1.0], [0.0]])
    log_variance = torch.tensor([[math.log(4.0)], [0.0]])
    loss = TextGuidedVisual.loss(v_t, mean, log_variance, image, torch.tensor([True, False]))
    # Example 1: 1 + 4 and KL(N(1, 4) || N(0, 1)) = (4 + 1 - 1 - ln 4) / 2; example 2 has no image, and KL 0.
    assert loss.item() == pytest.approx((5 + (4 - math.log(4)) / 2) / 2, rel=1e-6)


def test_vae_target_gets_no_gradient():
    image = torch.ones(1, 2, requires_grad=True)
    v_t = torch.zeros(1, 2, requires_grad=True)
    TextGuidedVisual.loss(v_t, torch.zeros(1, 1), torch.zeros(1, 1), image, torch.tensor([True])).backward()
    assert image.grad is None
    assert v_t.grad.tolist() == [[-2.0, -2.0]]


def test_vae_decodes_the_mean_at_evaluation_and_samples_in_training():
    torch.manual_seed(0)
    vae, pooled = TextGuidedVisual(4, 3, 5), torch.ones(1, 4)
    vae.eval()
    v_t, mean, _ = vae(pooled)
    assert torch.equal(v_t, vae.decode(mean))
    vae.train()
    assert not torch.equal(vae(pooled)[0], vae(pooled)[0])


def test_fusion_weights_are_sigmoids_over_their_sum():
    fusion = AdaptiveFusion(2, 3)
    for score, logit in zip(fusion.score, (0.0, math.log(3), -math.log(3)), strict=True):
        torch.nn.init.zeros_(score[2].weight)
        torch.nn.init.constant_(score[2].bias, logit)
    features = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]])
    fused, weights = fusion(features, torch.tensor([[True, True, True]]))
    # sigmoids 0.5, 0.75, 0.25 -> sum 1.5
    assert weights[0].tolist() == pytest.approx([1 / 3, 1 / 2, 1 / 6])
    assert fused[0].tolist() == pytest.approx([1 / 3 + 1 / 6, 1 / 2 + 1 / 6])


def test_fusion_switches_off_what_is_missing_and_renormalises():
    torch.manual_seed(0)
    fusion = AdaptiveFusion(2, 3)
    features = torch.randn(4, 3, 2)
    present = torch.tensor([[True, True, True], [True, False, True], [False, True, False], [False, False, False]])
    fused, weights = fusion(features, present)
    assert weights.sum(-1).tolist() == pytest.approx([1, 1, 1, 0])
    assert (weights[~present] == 0).all()
    assert torch.allclose(fused[2], features[2, 1])
    assert fused[3].tolist() == [0, 0]


def test_gate_is_one_scalar_an_example_and_mixes_linearly():
    gate = Gate(4)
    torch.nn.init.eye_(gate.first.weight)
    with torch.no_grad():
        gate.second.weight.copy_(torch.tensor([[1.0, 0.0, 0.0, 0.0]]))
    text = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [2.0, 2.0, 2.0, 2.0]]])
    crossed = torch.tensor([[[1.0, 0.0, 0.0, 0.0], [4.0, 4.0, 4.0, 4.0]]])
    fused, g = gate(text, crossed)
    # c_cls + t_cls = (2, 0, 0, 0): mean 0.5, variance 0.75 -> LN's first value is 1.5 / sqrt(0.75)
    expected = 1 / (1 + math.exp(-1.5 / math.sqrt(0.75 + 1e-5)))
    assert g.item() == pytest.approx(expected, rel=1e-5)
    assert fused[0, 0].tolist() == pytest.approx([expected * 2 + (1 - expected) * 4] * 4, rel=1e-5)


def test_caption_fusion_gates_each_side_by_the_other():
    fusion = CaptionFusion(2)
    for layer in (fusion.text, fusion.caption):
        torch.nn.init.eye_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    for layer, weight in ((fusion.text_gate, 1.0), (fusion.caption_gate, 2.0)):
        torch.nn.init.zeros_(layer.bias)
        with torch.no_grad():
            layer.weight.copy_(weight * torch.eye(2))
    h = fusion(torch.tensor([[1.0, 0.0]]), torch.tensor([[[3.0, -1.0]]]))

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    expected = [sigmoid(3) * 1 + sigmoid(2) * 3, sigmoid(-1) * 0 + sigmoid(0) * -1]
    assert h[0, 0].tolist() == pytest.approx(expected)


def test_cross_modal_attention_returns_the_query_where_every_key_is_masked():
    torch.manual_seed(0)
    cross = CrossModalAttention(8, 2, 2, 0.0).eval()
    queries, keys = torch.randn(2, 3, 8), torch.full((2, 4, 8), float("nan"))
    keys[1, 0] = 1.0
    mask = torch.tensor([[False] * 4, [True, False, False, False]])
    crossed = cross(queries, keys, mask)
    assert torch.equal(crossed[0], queries[0])
    assert crossed[1].isfinite().all()
    assert not torch.allclose(crossed[1], queries[1])


def test_masked_mean_ignores_what_is_masked():
    values = torch.tensor([[[1.0], [3.0], [float("nan")]], [[float("nan")]] * 3])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert masked_mean(values, mask).tolist() == [[2.0], [0.0]]

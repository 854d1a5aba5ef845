"""Adversarial training: a step's gradients are its own and those where the word embeddings are moved against it."""

import pytest
import torch

from mmner.train.adversarial import perturbed
from mmner.train.params import Training
from tests.fakes.tiny import examples, same, weights
from tests.train.test_loop import trainer

NORM = 0.5


def test_a_weight_is_moved_along_its_gradient_and_comes_back_to_the_bit():
    weight = torch.tensor([[0.1, 0.2], [0.3, 0.7]], requires_grad=True)
    weight.grad = torch.tensor([[3.0, 0.0], [0.0, 4.0]])  # of norm 5
    before = weight.detach().clone()
    with perturbed(weight, NORM):
        assert torch.allclose(weight, torch.tensor([[0.4, 0.2], [0.3, 1.1]]))
    assert torch.equal(weight, before)


def test_without_a_gradient_nothing_moves():
    weight = torch.ones(3, requires_grad=True)
    weight.grad = torch.zeros(3)
    with perturbed(weight, NORM):
        assert torch.equal(weight, torch.ones(3))


def test_word_embeddings_learnt_from_nothing_are_refused():
    rates = {"lr_encoder": 1e-3, "lr_head": 1e-3}
    words = {"encoder": "words", "words": {"width": 8}}
    with pytest.raises(ValueError, match="adversarial moves a transformers encoder's word embeddings"):
        Training(epochs=1, batch_size=1, **rates, architecture=words, adversarial=NORM)


@pytest.mark.slow
def test_gradients_are_those_of_both_places(tiny_encoder, encoding):
    posts = examples(encoding) * 2
    group = [posts[:3], posts[3:]]

    def slopes(norm, moved=0.0):
        made = trainer(tiny_encoder, precision="float32", adversarial=norm)
        made.model.eval()  # no masks are drawn
        embeddings = made.model.encoder.get_input_embeddings().weight
        with torch.no_grad():
            embeddings += moved
        before = weights(made)
        loss = made.gradients(group).item()
        assert same(before, weights(made))
        return loss, {name: x.grad for name, x in made.model.named_parameters() if x.grad is not None}

    loss, plain = slopes(0.0)
    words = plain["encoder.embeddings.word_embeddings.weight"]
    other, there = slopes(0.0, moved=words * NORM / words.norm())
    assert other > loss  # it is moved to where the loss grows
    adversarial, both = slopes(NORM)
    assert adversarial == pytest.approx(loss)
    for name, slope in both.items():
        assert torch.allclose(slope, plain[name] + there[name], atol=1e-5), name

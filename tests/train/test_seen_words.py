"""Word embeddings of what is seen alone: the same training, and the whole vocabulary at its end."""

import pytest
import torch

from mmner.train.loop import Trainer
from mmner.train.seen_words import Narrowed, SeenWords
from tests.fakes.tiny import examples, fit_until_killed, same, weights
from tests.train.test_loop import trainer

pytestmark = pytest.mark.slow

WORDS = "encoder.embeddings.word_embeddings.weight"


@pytest.fixture
def posts(encoding):
    return examples(encoding) * 2


def narrow(tiny_encoder, posts, file=None, **other) -> Trainer:
    """As `trainer`, which then knows the words of `posts` alone."""
    made = trainer(tiny_encoder, file, precision="float32", **other)
    narrowed = Narrowed.of(made.model, posts, [0], made.params)
    assert narrowed is not None
    return Trainer(made.model, made.params, 7, 0, file, narrowed=narrowed)


@pytest.mark.parametrize("other", [{}, {"choose": "last", "weight_decay": 0.5}, {"layer_decay": 0.5}], ids=str)
def test_weights_are_those_of_a_training_with_the_whole_vocabulary(other, tiny_encoder, posts):
    whole, few = trainer(tiny_encoder, precision="float32", **other), narrow(tiny_encoder, posts, **other)
    count = few.model.state_dict()[WORDS].shape[0]
    assert 2 * count <= whole.model.state_dict()[WORDS].shape[0]
    torch.manual_seed(1)
    expected = whole.fit(posts, posts)
    torch.manual_seed(1)
    progress = few.fit(posts, posts)
    assert [entry["value"] for entry in progress.history] == pytest.approx(
        [entry["value"] for entry in expected.history], rel=1e-4
    )
    one, other = weights(whole), weights(few)
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.allclose(other[name], value, atol=1e-5), name
    start = weights(trainer(tiny_encoder))[WORDS]
    assert not torch.equal(other[WORDS][70:], start[70:])  # they have decayed


def test_a_killed_one_goes_on_and_a_finished_one_stays(tiny_encoder, posts, tmp_path):
    whole = narrow(tiny_encoder, posts)
    whole.fit(posts, posts)
    file = tmp_path / "resume.pt"
    fit_until_killed(narrow(tiny_encoder, posts, file, save_minutes=0), posts, 3)
    for _ in range(2):
        resumed = narrow(tiny_encoder, posts, file, save_minutes=0)
        resumed.fit(posts, posts)
        assert same(weights(whole), weights(resumed))


def test_where_what_is_not_seen_does_more_than_decay_nothing_is_left_out(tiny_encoder, posts):
    made = trainer(tiny_encoder, optimizer="adam")
    assert Narrowed.of(made.model, posts, [0], made.params) is None
    without = trainer(tiny_encoder, optimizer="adam", weight_decay=0)
    assert Narrowed.of(without.model, posts, [0], without.params) is not None
    many = trainer(tiny_encoder)
    assert Narrowed.of(many.model, posts, range(60), many.params) is None


def test_a_piece_that_was_not_seen_is_an_error():
    words = SeenWords(torch.nn.Embedding(9, 2, padding_idx=0), torch.tensor([0, 3]))
    assert words(torch.tensor([3, 0])).shape == (2, 2)
    with pytest.raises(IndexError):
        words(torch.tensor([4]))

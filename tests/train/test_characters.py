"""An encoder that hashes characters, and has no word embeddings, is trained; what needs them is refused by name."""

import pytest

from mmner.base.errors import InputError
from tests.networks.test_proof import canine
from tests.train.preparation import BARE, places, prepare, run, train_anew, training

pytestmark = pytest.mark.slow


@pytest.fixture
def train(tmp_path, monkeypatch):
    """train(switches, **training) -> where the model is, of a run on tiny CANINE."""
    monkeypatch.chdir(tmp_path)
    canine(tmp_path / "canine")

    def trained(switches, **other):
        params = training({"encoder": "canine", "heads": 2}, epochs=1, **other)
        paths = places(tmp_path, prepare(tmp_path / "prepared"))
        train_anew(run(switches=BARE | switches), params, "t", paths)
        return paths.model

    return trained


def test_it_is_trained(train):
    assert (train({}) / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("switches", "other", "asks"),
    [({}, {"adversarial": 1.0}, "adversarial"), ({"tokens": {"shape": True}}, {}, "switches.tokens")],
)
def test_what_needs_word_embeddings_is_refused(switches, other, asks, train):
    with pytest.raises(InputError, match=rf"no-word-embeddings(.|\n)*{asks}.*canine(.|\n)*leave {asks} out"):
        train(switches, **other)

"""Which weights learn at which rate, and which of them decay."""

import pytest
from transformers import AlbertConfig, AlbertModel, XLMConfig, XLMModel

from mmner.base.errors import InputError
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.networks import encoders
from mmner.train.groups import parameter_groups
from mmner.train.params import Training
from tests.fakes.tiny import VISUAL
from tests.train.preparation import LABELS

RATES = {"lr_encoder": 1e-4, "lr_head": 1e-2, "weight_decay": 0.5}


def model(network) -> FusedModel:
    sizes = Architecture(encoder="x", heads=2, latent=4)
    return FusedModel(network, LABELS, VISUAL, sizes, Switches())


def grouped(made: FusedModel, **other) -> dict[str, tuple[float, float]]:
    """(rate, weight decay) of each weight, by its name; every weight is in one group."""
    asked = {"epochs": 1, "batch_size": 1, "architecture": made.architecture} | RATES | other
    groups = parameter_groups(made, Training(**asked))
    of = {id(weight): (group["lr"], group["weight_decay"]) for group in groups for weight in group["params"]}
    assert sum(len(group["params"]) for group in groups) == len(of) == len(list(made.parameters()))
    return {name: of[id(weight)] for name, weight in made.named_parameters()}


@pytest.fixture
def made(tiny_encoder) -> FusedModel:
    return model(encoders.network(str(tiny_encoder)))


def test_encoder_and_head_have_rates_of_their_own_and_so_may_the_crf(made):
    found = grouped(made)
    assert {rate for name, (rate, _) in found.items() if name.startswith("encoder.")} == {1e-4}
    assert {rate for name, (rate, _) in found.items() if not name.startswith("encoder.")} == {1e-2}
    own = grouped(made, lr_crf=2e-2)
    changed = {name for name in found if own[name][0] == 2e-2}
    assert changed == {name for name, _ in made.named_parameters() if name.startswith("crf.")}
    assert len(changed) == 3


def test_biases_norms_and_the_crfs_transitions_do_not_decay_unless_asked_to(made):
    found = grouped(made)
    assert found["encoder.embeddings.word_embeddings.weight"][1] == 0.5
    assert found["bilstm.weight_hh_l0"][1] == found["emit.weight"][1] == 0.5
    still = {name for name, (_, decay) in found.items() if decay == 0}
    for name, weight in made.named_parameters():
        assert (name in still) == (weight.dim() == 1 or name.startswith("crf.")), name
    assert "crf.crf.parametrizations.transitions.original" in still
    assert "encoder.embeddings.LayerNorm.weight" in still
    assert {decay for _, decay in grouped(made, decay="all").values()} == {0.5}


def test_layers_learn_slower_the_lower_they_are(made):
    found = grouped(made, layer_decay=0.5)
    rates = {name: rate for name, (rate, _) in found.items()}
    assert rates["encoder.encoder.layer.1.output.dense.weight"] == 1e-4
    assert rates["encoder.encoder.layer.0.output.dense.weight"] == 5e-5
    assert rates["encoder.embeddings.word_embeddings.weight"] == 2.5e-5
    assert rates["encoder.pooler.dense.weight"] == 1e-4
    assert rates["emit.weight"] == 1e-2


def test_layer_decay_wants_an_encoder_with_layers():
    shared = AlbertModel(
        AlbertConfig(vocab_size=9, embedding_size=4, hidden_size=8, num_attention_heads=2, intermediate_size=8)
    )
    apart = XLMModel(XLMConfig(vocab_size=9, emb_dim=8, n_layers=2, n_heads=2))  # its layers are in four lists
    for network, kind in ((shared, "albert"), (apart, "xlm")):
        with pytest.raises(InputError, match=f"layer_decay goes by layer, and in the encoder \\({kind}\\)"):
            grouped(model(network), layer_decay=0.9)
        assert grouped(model(network))
    with pytest.raises(ValueError, match="encoder: words has none"):
        Training(
            epochs=1, batch_size=1, **RATES, architecture={"encoder": "words", "words": {"width": 8}}, layer_decay=0.9
        )

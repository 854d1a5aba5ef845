"""An encoder of RoBERTa's kind where BERT's is the default: byte-level word pieces, <s> and </s>, later positions."""

import numpy as np
import pytest
import torch

from mmner.candidates.tagger import Tagger
from mmner.candidates.tagger_network import TaggerNetwork
from mmner.model import files
from mmner.model.batch import Example, collate
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.model.visuals import Visual
from mmner.networks import encoders
from mmner.networks.budget import Extra, Lengths
from mmner.networks.windows import TextEncoding
from tests.fakes import tiny_models

TOKENS = ["posted", "a", "photo", "of", "Marlow", "Bakery", ",", "open", "today"]
TEACHING = {"epochs": 40, "batch_size": 4, "lr_encoder": 1e-2, "lr_head": 2e-2, "seed": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tiny_models.roberta(tmp_path_factory.mktemp("roberta")))


@pytest.fixture(scope="module")
def encoding(folder):
    length = encoders.max_length(encoders.network(folder), encoders.tokenizer(folder))
    return TextEncoding(encoders.tokenizer(folder), length, Lengths(), overlap=8)


def test_positions_up_to_the_padding_are_not_for_words(folder, encoding):
    network = encoders.network(folder)
    assert encoding.max_length == 38
    network(input_ids=torch.full((1, 38), 5))  # fits
    with pytest.raises((IndexError, RuntimeError)):
        network(input_ids=torch.full((1, 39), 5))


def test_a_word_has_the_pieces_of_a_word_wherever_it_stands(encoding):
    first, later = encoding.pieces(["photo", "photo"])
    assert first == later == encoding.tokenizer(" photo", add_special_tokens=False)["input_ids"]


def test_the_template_has_its_own_marks(encoding):
    (window,) = encoding(["a", "photo"], [Extra("caption", ("a cat",))]).windows
    assert encoding.tokenizer.decode(window.ids) == "<s> a photo</s> a cat</s>"


def test_long_sentences_become_windows_with_every_token_once(encoding):
    tokens = TOKENS * 10
    encoded = encoding(tokens, [])
    assert len(encoded.windows) > 1
    assert max(len(window.ids) for window in encoded.windows) <= 38
    firsts = [ids[0] for ids in encoding.pieces(tokens)]
    assert [encoded.windows[window].ids[place] for window, place in encoded.places] == firsts


def test_padded_equals_unpadded(folder):
    torch.manual_seed(0)
    network = TaggerNetwork(Tagger.Params(encoder=folder, folds=2, **TEACHING)).eval()
    long, short = network.encode(TOKENS), network.encode(["Marlow"])
    assert torch.allclose(network([short, long])[:1], network([short]), atol=1e-5)


@pytest.mark.usefixtures("module_store")
@pytest.mark.slow
def test_the_tagger_learns_with_it(folder):
    tagger = Tagger(Tagger.Params(encoder=folder, folds=2, **TEACHING))
    lesson = (TOKENS, ["O", "O", "O", "O", "B-ORG", "I-ORG", "O", "O", "O"])
    items = [
        {"id": str(number), "split": split, "tokens": lesson[0] + [str(number)], "language": "en"}
        for number, split in enumerate(["train"] * 8 + ["test"])
    ]
    items = tagger.prepare([item | {"tags": [*lesson[1], "O"]} for item in items])
    (result,) = tagger(items[-1:])
    assert [span["text"] for span in result.value["spans"]] == ["Marlow Bakery"]
    assert folder not in str(tagger.identity())


def test_the_fused_model_reads_with_it_and_comes_back_from_disk(folder, encoding, tmp_path):
    sizes = Architecture(encoder=folder, heads=2, latent=4)
    model = FusedModel(encoders.network(folder), ["PER", "ORG"], 6, sizes, Switches()).eval()
    visual = Visual(None, np.zeros((0, 6), "float32"), np.zeros((0, 6), "float32"))
    examples = [
        Example(str(number), encoding(tokens, [Extra("caption", ("a cat",))]), visual)
        for number, tokens in enumerate((TOKENS * 6, ["Marlow"]))
    ]
    pad = encoding.tokenizer.pad_token_id
    with torch.no_grad():
        together, alone = model(collate(examples, 6, pad)).emissions, model(collate(examples[1:], 6, pad)).emissions
    assert torch.allclose(together[1, :1], alone[0], atol=1e-5)
    files.save(tmp_path, model, encoding.tokenizer, {})
    loaded, tokenizer, _ = files.load(tmp_path)
    assert tokenizer(TOKENS, is_split_into_words=True) == encoding.tokenizer(TOKENS, is_split_into_words=True)
    with torch.no_grad():
        assert torch.equal(loaded(collate(examples, 6, pad)).emissions, together)

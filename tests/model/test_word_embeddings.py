"""The encoder that learns its words from the train split, and their letters."""

import pytest
import torch

from mmner.base.errors import InputError
from mmner.base.params import build
from mmner.model import files, text_encoder
from mmner.model.batch import collate
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.model.word_embeddings import LONGEST, PAD, START, UNKNOWN, Vocabulary
from mmner.networks.budget import Extra
from tests.model.plain import BARE, example

TAUGHT = [["we", "saw", "Marlow", "today"], ["We", "saw", "Fern", "and", "Fern"]]
PLAIN = {"encoder": "words", "words": {"width": 8}, "self_attention": False}
SPELT = {"encoder": "words", "words": {"width": 8, "characters": {"width": 4, "filters": 6}}, "self_attention": False}


def model(asked=SPELT, **switches):
    torch.manual_seed(0)
    sizes = build(Architecture, asked, "train.x.architecture")
    network, vocabulary = text_encoder.build(sizes, TAUGHT)
    return FusedModel(network, ["PER", "ORG"], 1, sizes, Switches(**BARE | switches)).eval(), vocabulary


def emissions(made, vocabulary, *sentences):
    batch = collate([example(vocabulary(one.split(), [])) for one in sentences], 1, PAD)
    with torch.no_grad():
        return made(batch).emissions


def test_words_of_the_train_split_have_ids_and_others_those_of_their_small_letters_or_none():
    vocabulary = Vocabulary.learn(TAUGHT)
    assert vocabulary.words == ["Fern", "Marlow", "We", "and", "saw", "today", "we"]
    assert vocabulary.once == ["Marlow", "We", "and", "today", "we"]
    encoded = vocabulary(["And", "Marlow", "saw", "hill"], [])
    assert encoded.windows[0].ids == [START, 6, 4, 7, UNKNOWN]
    assert encoded.places == [(0, 1), (0, 2), (0, 3), (0, 4)]
    assert encoded.unknown == 1


def test_a_word_has_its_letters_and_an_unknown_one_its_unknown_letters():
    vocabulary = Vocabulary(["ab"], ["a", "b"], [])
    (window,) = vocabulary(["ab", "xba", "a" * 99], []).windows
    assert window.characters == [[], [2, 3], [1, 3, 2], [2] * LONGEST]


@pytest.mark.parametrize("asked", [PLAIN, SPELT])
def test_a_padded_batch_equals_single_sentences(asked):
    made, vocabulary = model(asked)
    sentences = ("we saw Marlow", "Fern", "unbelievably long words and more of them saw we")
    together = emissions(made, vocabulary, *sentences)
    for row, one in enumerate(sentences):
        alone = emissions(made, vocabulary, one)[0]
        assert torch.allclose(together[row, : len(alone)], alone, atol=1e-6)


def test_letters_tell_unseen_words_apart_and_nothing_else_does():
    (plain, words), (spelt, letters) = model(PLAIN, bilstm=False), model(SPELT, bilstm=False)
    one, other = emissions(plain, words, "Oakley lanes")[0]
    assert torch.equal(one, other)
    one, other = emissions(spelt, letters, "Oakley lanes")[0]
    assert not torch.allclose(one, other, atol=1e-3)


def test_in_training_alone_words_seen_once_count_as_unknown_now_and_then():
    sizes = build(Architecture, PLAIN | {"words": {"width": 8, "singletons": 0.5}}, "x")
    network, vocabulary = text_encoder.build(sizes, TAUGHT)
    ids = torch.tensor([[vocabulary.word("Marlow")] * 400 + [vocabulary.word("saw")] * 400])
    unknown = network.words.weight[UNKNOWN]
    for training, low, high in ((True, 140, 260), (False, 0, 0)):
        found = network.train(training)(ids, None, None).last_hidden_state[0]
        count = (found == unknown).all(-1)
        assert low <= int(count[:400].sum()) <= high
        assert not count[400:].any()


@pytest.mark.parametrize("asked", [PLAIN, SPELT])
def test_a_saved_model_predicts_the_same_and_knows_its_words(asked, tmp_path):
    made, vocabulary = model(asked)
    files.save(tmp_path, made, vocabulary, {})
    loaded, again, _ = files.load(tmp_path)
    sentence = "we saw Oakley"
    assert torch.equal(emissions(loaded, again, sentence), emissions(made, vocabulary, sentence))
    assert {path.name for path in (tmp_path / "encoder").iterdir()} == {"vocabulary.json"}


def test_extra_text_is_refused_by_name():
    with pytest.raises(InputError, match=r"reads the sentence alone, and the run adds chain(.|\n)*switch knowledge"):
        Vocabulary.learn(TAUGHT)(["we"], [Extra("chain", ("a map",))])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"encoder": "words"}, "need each other"),
        ({"encoder": "x", "words": {"width": 8}}, "need each other"),
        ({"encoder": "words", "words": {"width": 7}}, "even number"),
        ({"encoder": "words", "words": {"width": 10}}, "8 heads can't share"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(wrong, error):
    with pytest.raises(InputError, match=error):
        build(Architecture, wrong, "train.x.architecture")


def test_the_words_of_a_text_only_model_are_all_it_has():
    made, _ = model(PLAIN)
    assert {name.split(".")[0] for name, _ in made.named_parameters()} == {"encoder", "bilstm", "emit", "crf"}

"""Word dropout hides words of the sentence whole, and nothing else."""

import pytest
import torch

from mmner.model.batch import Example, collate
from mmner.model.params import Words
from mmner.model.visuals import Visual
from mmner.model.word_embeddings import UNKNOWN, Vocabulary, WordEncoder
from mmner.networks.budget import Extra
from mmner.train.word_dropout import WordDropout
from tests.fakes.tiny import VISUAL
from tests.train.preparation import places, prepare, run, train_anew, training

SENTENCES = ["we saw quark today", "marlow"]  # quark is not in the vocabulary: q, ##u, …
LONG = "we saw marlow and a map of the shop today " * 9


def batch(encoding, *sentences, extras=()):
    import numpy as np

    nothing = np.zeros((0, VISUAL), np.float32)
    made = [
        Example(str(number), encoding(sentence.split(), extras), Visual(None, nothing, nothing), None)
        for number, sentence in enumerate(sentences)
    ]
    return collate(made, VISUAL, 0)


def dropped(before, after) -> torch.Tensor:
    return before.pieces != after.pieces


def test_all_pieces_of_a_word_go_together_and_extra_text_stays(encoding, tiny_encoder):
    dropout = WordDropout.of(0.5, str(tiny_encoder), encoding.tokenizer, encoding)
    asked = batch(encoding, *SENTENCES, extras=[Extra("chain", ("a map of quark",))])
    sentence = torch.zeros_like(asked.pieces_mask)
    sentence[0, 1:9], sentence[1, 1] = True, True  # we saw q u a r k today; marlow
    torch.manual_seed(0)
    seen = []
    for _ in range(40):
        gone = dropped(asked, dropout(asked))
        assert not (gone & ~sentence).any()
        assert gone[0, 3:8].all() or not gone[0, 3:8].any()
        seen.append(gone)
    assert (torch.stack(seen).any(0) == sentence).all()  # each word at some time
    assert set(dropout(asked).pieces[dropped(asked, dropout(asked))].tolist()) <= {
        encoding.tokenizer.mask_token_id,
        *(asked.pieces.flatten().tolist()),
    }
    assert dropout(asked).places is asked.places


def test_the_share_is_that_of_the_words(encoding, tiny_encoder):
    dropout = WordDropout.of(0.2, str(tiny_encoder), encoding.tokenizer, encoding)
    asked = batch(encoding, *[LONG] * 30)  # in two windows each
    torch.manual_seed(0)
    hidden = [(dropout(asked).pieces.flatten()[asked.places] == dropout.piece).float().mean() for _ in range(5)]
    assert sum(hidden) / 5 == pytest.approx(0.2, abs=0.02)
    assert WordDropout.of(0.0, str(tiny_encoder), encoding.tokenizer, encoding) is None


def test_each_word_of_several_windows_is_hidden_by_itself_in_all_of_them(encoding, tiny_encoder):
    dropout = WordDropout.of(0.3, str(tiny_encoder), encoding.tokenizer, encoding)
    asked = batch(encoding, LONG)
    (example,) = [Example("0", encoding(LONG.split(), []), None)]
    assert len(example.text.windows) > 1
    torch.manual_seed(0)
    fates = set()
    for _ in range(30):
        gone = dropped(asked, dropout(asked))
        fate: dict[int, set[bool]] = {}
        for row, window in enumerate(example.text.windows):
            for place, token in enumerate(window.tokens, 1):
                fate.setdefault(token, set()).add(bool(gone[row, place]))
        assert {len(seen) for seen in fate.values()} == {1}
        fates.add(tuple(seen == {True} for seen in fate.values()))
    assert len(fates) == 30
    assert all(len({fate[token] for fate in fates}) == 2 for token in fate)  # alone, not as a window's end


def test_words_without_a_tokenizer_lose_their_letters_too():
    tokens = [sentence.split() for sentence in SENTENCES]
    vocabulary = Vocabulary.learn(tokens)
    dropout = WordDropout.of(0.5, "words", vocabulary, vocabulary)
    asked = batch(vocabulary, *SENTENCES)
    torch.manual_seed(1)
    after = dropout(asked)
    gone = dropped(asked, after)
    assert gone.any()
    assert not gone[:, 0].any()
    assert not (gone & ~asked.pieces_mask).any()
    assert (after.pieces[gone] == UNKNOWN).all()
    assert (after.characters[gone] == 0).all()
    assert torch.equal(after.characters[~gone], asked.characters[~gone])
    network = WordEncoder(vocabulary, Words(width=8))
    assert network(after.pieces, after.pieces_mask, after.characters).last_hidden_state.isfinite().all()


@pytest.mark.slow
def test_it_is_drawn_in_training_alone(tiny_encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = []
    original = WordDropout.__call__
    monkeypatch.setattr(WordDropout, "__call__", lambda self, batch: calls.append(self.share) or original(self, batch))
    params = training({"encoder": str(tiny_encoder), "heads": 2}, word_dropout=0.3, epochs=1)
    train_anew(run(), params, "tweets", places(tmp_path, prepare(tmp_path / "prepared")))
    assert calls == [0.3] * 3  # ten sentences in batches of four; dev is read without

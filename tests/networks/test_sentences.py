"""Sentences as vectors, and numbers of these that do not depend on who is encoded beside whom."""

import random
import zlib

import numpy as np
import pytest
import torch

from mmner.networks import sentences as module
from mmner.networks.sentences import ERROR, SentenceEncoder, cosine, is_clear
from mmner.rows.schemas import DECIMALS, round_floats

TEXTS = [
    "violin",
    "At Marlow Bakery tonight",
    "A photo of a band before a crowd in the rain.",
    "x " * 40,
    "町の市場",
    "y " * 300,
]


@pytest.fixture
def alone():
    sentences = SentenceEncoder()
    return np.stack([sentences.exact([text])[0] for text in TEXTS])


def test_a_text_has_the_same_vector_to_the_bit_beside_any_other_texts(alone):
    assert (SentenceEncoder().exact(TEXTS) == alone).all()
    assert (SentenceEncoder().exact([*TEXTS[::-1], *map(str, range(20))])[: len(TEXTS)] == alone[::-1]).all()
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-6)


def test_another_number_of_threads_changes_a_stored_float_by_one_in_its_last_digit_at_most():
    """The last bits of a vector may change, since sums are split among the threads; what is stored is rounded."""
    found, before = [], torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        try:
            sentences = SentenceEncoder()
            found.append((sentences(TEXTS), np.array(sentences.cosines(TEXTS, "a violin in the rain"))))
        finally:
            torch.set_num_threads(before)
    (one, near), (two, close) = found
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-5)
    np.testing.assert_allclose(round_floats(close), round_floats(near), rtol=0, atol=1.01 * 10**-DECIMALS)
    assert len(set(round_floats(near).tolist())) == len(TEXTS)


def test_no_text_is_no_vector():
    assert SentenceEncoder()([]).shape == (0, 384)


def test_vectors_beyond_the_limit_are_forgotten_oldest_first_and_made_again(alone, monkeypatch):
    monkeypatch.setattr(SentenceEncoder, "MAX_BYTES", 2 * 4 * alone.shape[1])
    sentences = SentenceEncoder()
    for encode, kept in ((sentences, sentences._vectors), (sentences.exact, sentences._exact)):
        np.testing.assert_allclose(encode(TEXTS), alone, rtol=0, atol=1e-6)
        assert len(kept) == 2
        np.testing.assert_allclose(np.stack([encode([text])[0] for text in TEXTS]), alone, rtol=0, atol=1e-6)
        assert [*kept] == TEXTS[-2:]


def test_an_encoder_of_few_positions_reads_the_beginning_of_a_longer_text(tiny_encoder):
    sentences = SentenceEncoder(str(tiny_encoder))  # 64 positions
    longer = "we saw marlow " * 50
    vectors = sentences([longer, longer + "today", "we saw marlow"])
    assert (vectors[0] == vectors[1]).all()
    assert (vectors[0] != vectors[2]).any()


WORDS = ("violin", "harbour", "mayor", "rain", "market", "band", "river", "street", "old", "blue", "crowd", "concert")


def some_texts():
    """Phrases, each twice in another case, which MiniLM does not see; and sentences."""
    draw = random.Random(3)
    phrases = [" ".join(draw.sample(WORDS, draw.randint(1, 4))) for _ in range(60)]
    queries = [" ".join(draw.choices(WORDS, k=draw.randint(3, 20))) for _ in range(6)]
    return list(dict.fromkeys([*phrases, *(phrase.title() for phrase in phrases)])), queries


def numbers(encoder, phrases, queries):
    """What is stored of cosines, and the order of the phrases by them, for each of `queries`."""
    found = {}
    for query in queries:
        settled = encoder.settled(
            phrases, lambda encode, some, q=query: [cosine(encode, t, q) for t in some], rounded=True
        )
        by_phrase = dict(zip(phrases, settled, strict=True))
        found[query] = {p: round_floats(by_phrase[p]) for p in sorted(phrases)}, sorted(phrases, key=by_phrase.get)
    return found


class Exact(SentenceEncoder):
    def __call__(self, texts):
        return self.exact(texts)


@pytest.fixture(scope="module")
def expected():
    return numbers(Exact(), *some_texts())


@pytest.mark.parametrize("tokens", [1, 100, 1024])
def test_shuffled_and_regrouped_texts_give_the_same_stored_numbers_in_the_same_order(expected, monkeypatch, tokens):
    monkeypatch.setattr(module, "TOKENS", {"cpu": tokens})
    phrases, queries = some_texts()
    encoder, draw = SentenceEncoder(), random.Random(tokens)
    texts = draw.sample([*phrases, *queries], len(phrases) + len(queries))
    while texts:
        size = draw.randint(1, 50)
        encoder(texts[:size])
        del texts[:size]
    assert numbers(encoder, phrases, queries) == expected
    vectors = np.array([encoder([text])[0] - encoder.exact([text])[0] for text in phrases])
    assert np.linalg.norm(vectors, axis=1).max() < ERROR / 2  # so that no cosine is farther off than ERROR


class Noisy(SentenceEncoder):
    """As on a device whose vectors differ more: each of the 384 numbers by 1e-8 or so."""

    def __call__(self, texts):
        draw = np.random.default_rng(zlib.crc32("\n".join(texts).encode()))
        return super().__call__(texts) + draw.normal(0, 2e-8, (len(texts), 384)).astype(np.float32)


def test_nor_do_vectors_that_differ_in_their_last_digits_change_what_is_stored(expected, monkeypatch):
    phrases, queries = some_texts()
    assert numbers(Noisy(), phrases, queries) == expected
    monkeypatch.setattr(module, "CLOSE", 0.0)  # without what the test is about, it fails
    monkeypatch.setattr(module, "ERROR", 0.0)
    assert numbers(Noisy(), phrases, queries) != expected


def test_what_is_unclear_is_what_is_near_to_another_or_to_a_border():
    assert is_clear([0.1, 0.2, 0.3], [0.15])
    assert not is_clear([0.1, 0.2, 0.200005])
    assert not is_clear([0.1, 0.2], [0.199995])
    assert module._unclear([0.5, 0.10005, 0.2, 0.7, 0.500001], [], True) == [0, 1, 4]
    assert module._unclear([], [0.5], True) == []

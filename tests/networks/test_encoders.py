"""Sentences as vectors."""

import numpy as np
import pytest
import torch

from mmner.networks.encoders import SentenceEncoder

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
    return np.stack([sentences([text])[0] for text in TEXTS])


def test_a_text_has_the_same_vector_to_the_bit_beside_any_other_texts(alone):
    assert (SentenceEncoder()(TEXTS) == alone).all()
    assert (SentenceEncoder()([*TEXTS[::-1], *map(str, range(20))])[: len(TEXTS)] == alone[::-1]).all()
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-6)


def test_and_on_any_number_of_threads(alone):
    before = torch.get_num_threads()
    torch.set_num_threads(2 if before == 1 else 1)
    try:
        assert (SentenceEncoder()(TEXTS) == alone).all()
    finally:
        torch.set_num_threads(before)


def test_no_text_is_no_vector():
    assert SentenceEncoder()([]).shape == (0, 384)

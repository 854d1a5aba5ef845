"""Sentences as vectors."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from mmner.base.errors import InputError
from mmner.networks.encoders import SentenceEncoder
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
    return np.stack([sentences([text])[0] for text in TEXTS])


def test_a_text_has_the_same_vector_to_the_bit_beside_any_other_texts(alone):
    assert (SentenceEncoder()(TEXTS) == alone).all()
    assert (SentenceEncoder()([*TEXTS[::-1], *map(str, range(20))])[: len(TEXTS)] == alone[::-1]).all()
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-6)


def test_another_number_of_threads_changes_a_stored_float_by_one_in_its_last_digit_at_most():
    """The last bits of a vector may change, since sums are split among the threads; what is stored is rounded."""
    found, before = [], torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        try:
            sentences = SentenceEncoder()
            found.append((sentences(TEXTS), sentences.similarity(TEXTS, "a violin in the rain")))
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
    assert (sentences(TEXTS) == alone).all()
    assert len(sentences._vectors) == 2
    assert (np.stack([sentences([text])[0] for text in TEXTS]) == alone).all()
    assert [*sentences._vectors] == TEXTS[-2:]


def test_an_encoder_of_few_positions_reads_the_beginning_of_a_longer_text(tiny_encoder):
    sentences = SentenceEncoder(str(tiny_encoder))  # 64 positions
    longer = "we saw marlow " * 50
    vectors = sentences([longer, longer + "today", "we saw marlow"])
    assert (vectors[0] == vectors[1]).all()
    assert (vectors[0] != vectors[2]).any()


BROKEN = [("num_attention_heads", -1), ("hidden_size", 0), ("num_hidden_layers", 10**9), ("num_hidden_layers", -1)]


@pytest.mark.parametrize(("key", "value"), BROKEN)
def test_a_config_of_no_network_is_named(tiny_encoder, tmp_path, key, value):
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, folder)
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    with pytest.raises(InputError, match="(?s)bad-config.*remedy: get config.json again") as caught:
        SentenceEncoder(str(folder))
    shutil.copy(tiny_encoder / "config.json", file)  # as the remedy says
    assert len(SentenceEncoder(str(folder))(["we saw marlow"])) == 1
    assert str(folder) in caught.value.where


def test_weights_that_are_no_numbers_are_named_before_a_text_is_compared(tiny_encoder, tmp_path):
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, folder)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {key: value * float("nan") for key, value in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(InputError, match="no-weights.*no finite numbers"):
        SentenceEncoder(str(folder))


def test_two_threads_may_be_the_first_to_load_a_tokenizer():
    code = """
from concurrent.futures import ThreadPoolExecutor
from mmner.networks import encoders
with ThreadPoolExecutor(2) as pool:
    print(*pool.map(lambda _: len(encoders.tokenizer(encoders.MINILM)), range(2)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "30522 30522\n", done.stderr[-500:]

"""Sentences as vectors."""

import json
import shutil
import subprocess
import sys

import pytest
from safetensors.torch import load_file, save_file

from mmner.base.errors import InputError
from mmner.networks.sentences import SentenceEncoder

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

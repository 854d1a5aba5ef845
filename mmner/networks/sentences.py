"""Sentences as vectors, and numbers made of these that no neighbour of a sentence can change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import TYPE_CHECKING, TypeVar

from mmner.networks import encoders, proof
from mmner.rows.schemas import DECIMALS

if TYPE_CHECKING:
    import numpy as np

Key = TypeVar("Key")
Encode = Callable[[Sequence[str]], "np.ndarray"]  # texts -> their unit vectors, (len(texts), d)

# How far a cosine may be from that of vectors of the fixed shape: with MiniLM on a CPU, 6e-7 at most in 360,000.
ERROR = 2e-6
CLOSE = 5 * ERROR  # two numbers, each made of a few cosines, that differ by more are in the same order either way
TOKENS = {"cpu": 512}  # of a batch, padding included: a core's cache is full; a GPU is given MANY_TOKENS
MANY_TOKENS = 16_384


class SentenceEncoder:
    """Sentences as unit vectors: of the encoder's last layer the mean, or the first piece where its folder says so.

    A call batches texts by their length, as many as suit the device. In other shapes a network computes in another
    order, so that the last digits of a text's vector depend on the texts beside it; `exact` gives vectors that don't:
    there the network sees ROWS texts, padded to one of LENGTHS by their own length alone. Who compares or stores
    numbers made of vectors takes `settled`, whose answers are those of `exact`, at the price of a call.
    """

    ROWS, LENGTHS = 4, (8, 16, 32, 64, 128)
    MAX_BYTES = 32_000_000  # of vectors that are kept, and as much of exact ones

    def __init__(self, encoder: str = encoders.MINILM):
        from mmner.networks import device

        self.tokenizer, self.network = encoders.tokenizer(encoder), encoders.network(encoder).eval()
        self.pooling = proof.pooling(encoders.locate(encoder))
        longest = encoders.max_length(self.network, self.tokenizer)
        proof.fits(self.network, self.tokenizer, longest, encoder)
        encoders.reads(self.network, self.tokenizer, encoder)
        self._device = device.best()
        self.network.to(self._device)
        self._lengths = [length for length in self.LENGTHS if length <= longest]
        self._vectors: dict[str, np.ndarray] = {}
        self._exact: dict[str, np.ndarray] = {}

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors of `texts`: float32 array (len(texts), d). Vectors of earlier calls are kept, the newest
        MAX_BYTES of them.
        """
        return self._known_or(texts, self._vectors, self._by_tokens)

    def exact(self, texts: Sequence[str]) -> np.ndarray:
        """As a call, to the same bit whatever the other texts are, on one machine with one number of threads."""
        return self._known_or(texts, self._exact, self._by_shape)

    def settled(
        self,
        keys: Sequence[Key],
        numbers: Callable[[Encode, Sequence[Key]], Iterable[float]],
        borders: Iterable[float] = (),
        *,
        rounded: bool = False,
    ) -> list[float]:
        """A number for each of `keys`: they are in the order, and on the sides of `borders`, of those of `exact`.

        numbers: makes them of the vectors that its first argument gives; each may be off by some ERRORs. rounded: they
        are cosines that are stored; rounded as `schemas.round_floats` does, they are those of `exact`, too.
        """
        values = [float(value) for value in numbers(self, keys)]
        unclear = _unclear(values, [*borders], rounded)
        if unclear:
            again = numbers(self.exact, [keys[place] for place in unclear])
            for place, value in zip(unclear, again, strict=True):
                values[place] = float(value)
        return values

    def cosines(self, texts: Sequence[str], query: str, borders: Iterable[float] = ()) -> list[float]:
        """Cosine of each of `texts` with `query`, in -1..1, settled."""
        return self.settled(texts, lambda encode, some: (cosine(encode, text, query) for text in some), borders)

    def _known_or(self, texts: Sequence[str], known: dict, batches: Callable) -> np.ndarray:
        import numpy as np

        if len(texts) == 1 and texts[0] in known:
            return known[texts[0]][None]
        # Looked up one by one: a set less the dict's keys would walk all that is kept.
        unknown = sorted({text for text in texts if text not in known})
        if unknown:
            pieces = self.tokenizer(unknown, truncation=True, max_length=self._lengths[-1])["input_ids"]
            for length, rows in batches(pieces):
                vectors = self._read([pieces[row] for row in rows], length)
                for row, vector in zip(rows, vectors, strict=True):
                    known.setdefault(unknown[row], vector)
        if not texts:
            return np.zeros((0, self.network.config.hidden_size), dtype=np.float32)
        stacked = np.stack([known[text] for text in texts])
        most = max(self.MAX_BYTES // (4 * self.network.config.hidden_size), 1)
        for text in list(islice(known, max(len(known) - most, 0))):
            del known[text]
        return stacked

    def _by_tokens(self, pieces: Sequence[list[int]]) -> Iterator[tuple[int, list[int]]]:
        """(length, places in `pieces`) of batches: neighbours in length, padded to the longest of them."""
        most, batch = TOKENS.get(self._device.type, MANY_TOKENS), []
        for row in sorted(range(len(pieces)), key=lambda row: len(pieces[row])):
            if batch and (len(batch) + 1) * len(pieces[row]) > most:
                yield len(pieces[batch[-1]]), batch
                batch = []
            batch.append(row)
        yield len(pieces[batch[-1]]), batch

    def _by_shape(self, pieces: Sequence[list[int]]) -> Iterator[tuple[int, list[int]]]:
        """As `_by_tokens`, of ROWS places each; some stand there more than once."""
        alike: dict[int, list[int]] = {}
        for row, ids in enumerate(pieces):
            alike.setdefault(min(length for length in self._lengths if length >= len(ids)), []).append(row)
        for length, rows in alike.items():
            for at in range(0, len(rows), self.ROWS):
                batch = rows[at : at + self.ROWS]
                yield length, [batch[place % len(batch)] for place in range(self.ROWS)]

    def _read(self, batch: Sequence[list[int]], length: int) -> np.ndarray:
        """Unit vectors of the texts with these pieces, padded to `length`: float32 array (len(batch), d)."""
        import torch

        pieces = torch.full((len(batch), length), self.tokenizer.pad_token_id)
        mask = torch.zeros(len(batch), length, dtype=torch.int64)
        for row, ids in enumerate(batch):
            pieces[row, : len(ids)] = torch.tensor(ids)
            mask[row, : len(ids)] = 1
        pieces, mask = pieces.to(self._device), mask.to(self._device)
        with torch.inference_mode():
            hidden = self.network(input_ids=pieces, attention_mask=mask).last_hidden_state  # (len(batch), length, d)
        mask = mask.unsqueeze(-1)
        pooled = hidden[:, 0] if self.pooling == "cls" else (hidden * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()


def cosine(encode: Encode, one: str, other: str) -> float:
    """Of the vectors of two texts."""
    return float(encode([one])[0] @ encode([other])[0])


def is_clear(values: Iterable[float], borders: Iterable[float] = ()) -> bool:
    """Whether no two of `values`, and none of them and of `borders`, are too close to be told apart."""
    return not _unclear([*values], [*borders], False)


def _unclear(values: list[float], borders: list[float], rounded: bool) -> list[int]:
    """Places in `values` of those that another way of computing could put elsewhere."""
    order = sorted(range(len(values)), key=values.__getitem__)
    unclear = {place for pair in pairwise(order) if values[pair[1]] - values[pair[0]] < CLOSE for place in pair}
    unclear |= {place for place, value in enumerate(values) if any(abs(value - border) < CLOSE for border in borders)}
    if rounded:
        steps = 10**DECIMALS
        unclear |= {place for place, value in enumerate(values) if abs(value * steps % 1 - 0.5) < ERROR * steps}
    return sorted(unclear)

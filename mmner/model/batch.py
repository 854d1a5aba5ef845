"""Examples as tensors, padded; what is padding or missing is masked, and its values never matter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch

from mmner.model.pixels import look
from mmner.model.region_pairs import Pair
from mmner.model.squares import Squares
from mmner.model.vector_file import StoredVisual
from mmner.model.visuals import Views, Visual
from mmner.networks.towers import Tower
from mmner.networks.windows import Encoded, Window


@dataclass(frozen=True)
class Example:
    """One example, ready for batching: with cached features, or with what a tower looks at.

    `tags`: label indices, n of them; None where nobody knows them. `pairs`: of its entities and regions, to learn from.
    """

    id: str
    text: Encoded
    visual: Visual | StoredVisual | Views
    tags: list[int] | None = None
    pairs: tuple[Pair, ...] = ()


@dataclass
class Batch:
    """Tensors of B examples; W windows in all, of L pieces.

    pieces, pieces_mask (W, L); token_of_piece (W, L): 1 + the number of its token, 0 outside of the sentence;
    example_of_window (W,). places (B, n): flat index window * L + piece of each token; mask
    (B, n). caption (B, c): flat indices; caption_mask (B, c). image (B, v), has_image (B,);
    regions (B, r, v), regions_mask (B, r); patches (B, p, v), patches_mask (B, p). tags (B, n) or None.
    characters: (W, L, c), zeros where none is; None but for an encoder of words.
    marks: (W, L, sources) of `mmner.model.token_evidence`, zeros outside the sentence; None where no source is on.
    pairs (P, 4): example, start, end, region; pair_features (P, f), pair_targets (P,): of `mmner.model.region_pairs`;
    None where there is nothing to learn about regions.
    pixels: None, or (k, 3, side, side) as in `mmner.model.pixels.PixelBatch`, of `wholes` images and then of regions;
    the model then makes image, regions and patches of them, which are zeros until then.
    asked (W, q): places in each window whose output of TVO eq. 1 is read ([CLS], tokens, caption), and some others.
    lengths (B,): tokens of each example; it stays on the CPU, where a BiLSTM wants it.
    """

    pieces: torch.Tensor
    pieces_mask: torch.Tensor
    token_of_piece: torch.Tensor
    example_of_window: torch.Tensor
    places: torch.Tensor
    mask: torch.Tensor
    caption: torch.Tensor
    caption_mask: torch.Tensor
    image: torch.Tensor
    has_image: torch.Tensor
    regions: torch.Tensor
    regions_mask: torch.Tensor
    patches: torch.Tensor
    patches_mask: torch.Tensor
    asked: torch.Tensor
    lengths: torch.Tensor
    tags: torch.Tensor | None
    pixels: torch.Tensor | None = None
    wholes: int = 0
    characters: torch.Tensor | None = None
    marks: torch.Tensor | None = None
    pairs: torch.Tensor | None = None
    pair_features: torch.Tensor | None = None
    pair_targets: torch.Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """The same batch with every tensor but `lengths` on `device`."""
        return self._with(lambda name, x: x if name == "lengths" else x.to(device, non_blocking=True))

    def pin_memory(self) -> Batch:
        """The same batch in memory that a GPU copies from by itself."""
        return self._with(lambda name, x: x if name == "lengths" else x.pin_memory())

    def _with(self, change: Callable[[str, torch.Tensor], torch.Tensor]) -> Batch:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        tensors = {name: x for name, x in values.items() if isinstance(x, torch.Tensor)}
        return Batch(**values | {name: change(name, x) for name, x in tensors.items()})


def collate(
    examples: Sequence[Example], visual_width: int, pad: int, tower: Tower | None = None, kept: Squares | None = None
) -> Batch:
    """`examples` as one Batch. visual_width: v of the features. pad: the tokenizer's padding id.

    `tower`: that of a model which sees pixels; the examples' images are read now, unless `kept` has them.
    """
    windows = [(number, window) for number, example in enumerate(examples) for window in example.text.windows]
    length = max(len(window.ids) for _, window in windows)
    pieces = torch.full((len(windows), length), pad)
    pieces_mask = torch.zeros(len(windows), length, dtype=torch.bool)
    token_of_piece = torch.zeros_like(pieces)
    for row, (_, window) in enumerate(windows):
        pieces[row, : len(window.ids)] = torch.tensor(window.ids)
        pieces_mask[row, : len(window.ids)] = True
        token_of_piece[row, 1 : 1 + len(window.tokens)] = torch.tensor(window.tokens) + 1
    example_of_window = torch.tensor([number for number, _ in windows])
    first = [
        int((example_of_window < number).sum()) for number in range(len(examples))
    ]  # row of each example's first window
    places = [
        [(start + window) * length + place for window, place in example.text.places]
        for start, example in zip(first, examples, strict=True)
    ]
    caption = [
        [start * length + place for place in range(*example.text.windows[0].caption)]
        for start, example in zip(first, examples, strict=True)
    ]
    places, mask = _pad(places)
    caption, caption_mask = _pad(caption)
    visual = _cached(examples, visual_width) if tower is None else _looked(examples, visual_width, tower, kept)
    known = all(example.tags is not None for example in examples)
    return Batch(
        pieces=pieces,
        pieces_mask=pieces_mask,
        token_of_piece=token_of_piece,
        example_of_window=example_of_window,
        places=places,
        mask=mask,
        caption=caption,
        caption_mask=caption_mask,
        asked=_asked(pieces_mask, places[mask], caption[caption_mask]),
        lengths=mask.sum(1),
        tags=_pad([example.tags for example in examples])[0] if known else None,
        characters=_characters([window for _, window in windows], length),
        marks=_marks([window for _, window in windows], length),
        **pair_tensors([example.pairs for example in examples]),
        **visual,
    )


def _asked(pieces_mask: torch.Tensor, places: torch.Tensor, caption: torch.Tensor) -> torch.Tensor:
    """(W, q). places, caption: flat indices of what is read."""
    wanted = torch.zeros_like(pieces_mask)
    wanted[:, 0] = True
    wanted.view(-1)[places] = True
    wanted.view(-1)[caption] = True
    count = int(wanted.sum(1).max())
    return wanted.long().argsort(dim=1, descending=True, stable=True)[:, :count]


def pair_tensors(of_examples: Sequence[Sequence[Pair]]) -> dict[str, torch.Tensor]:
    """The fields of a Batch about the pairs of its examples; targets where all are known. {} for no pair."""
    found = [(number, pair) for number, pairs in enumerate(of_examples) for pair in pairs]
    if not found:
        return {}
    places = [(number, pair.start, pair.end, pair.region) for number, pair in found]
    tensors = {"pairs": torch.tensor(places), "pair_features": torch.tensor([pair.features for _, pair in found])}
    if all(pair.target is not None for _, pair in found):
        tensors["pair_targets"] = torch.tensor([pair.target for _, pair in found])
    return tensors


def _characters(windows: Sequence[Window], length: int) -> torch.Tensor | None:
    if not any(window.characters for window in windows):
        return None
    longest = max(len(piece) for window in windows for piece in window.characters)
    values = torch.zeros(len(windows), length, max(longest, 1), dtype=torch.long)
    for row, window in enumerate(windows):
        for place, piece in enumerate(window.characters):
            values[row, place, : len(piece)] = torch.tensor(piece, dtype=torch.long)
    return values


def _marks(windows: Sequence[Window], length: int) -> torch.Tensor | None:
    """Each window's marks from its second piece on, behind [CLS]."""
    sources = max(len(window.marks[0]) if window.marks else 0 for window in windows)
    if not sources:
        return None
    values = torch.zeros(len(windows), length, sources, dtype=torch.long)
    for row, window in enumerate(windows):
        values[row, 1 : 1 + len(window.marks)] = torch.tensor(window.marks, dtype=torch.long)
    return values


def _cached(examples: Sequence[Example], width: int) -> dict[str, torch.Tensor]:
    seen = [example.visual.loaded() for example in examples]
    image = torch.zeros(len(examples), width)
    for row, visual in enumerate(seen):
        if visual.image is not None:
            image[row] = torch.tensor(visual.image)  # a copy: Arrow's memory is read-only
    regions, regions_mask = _stack([visual.regions for visual in seen], width)
    patches, patches_mask = _stack([visual.patches for visual in seen], width)
    return {
        "image": image,
        "has_image": torch.tensor([visual.image is not None for visual in seen]),
        "regions": regions,
        "regions_mask": regions_mask,
        "patches": patches,
        "patches_mask": patches_mask,
    }


def _looked(examples: Sequence[Example], width: int, tower: Tower, kept: Squares | None) -> dict[str, torch.Tensor]:
    seen = look([example.visual for example in examples], tower, kept)
    return {
        "image": torch.zeros(len(examples), width),
        "has_image": seen.has_image,
        "regions": torch.zeros(*seen.regions_mask.shape, width),
        "regions_mask": seen.regions_mask,
        "patches": torch.zeros(len(examples), 0, width),
        "patches_mask": torch.zeros(len(examples), 0, dtype=torch.bool),
        "pixels": seen.pixels,
        "wholes": int(seen.has_image.sum()),
    }


def _pad(rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ragged integers as (B, longest) with zeros, and the mask of what is real."""
    longest = max(map(len, rows))
    values = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for number, row in enumerate(rows):
        values[number, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[number, : len(row)] = True
    return values, mask


def _stack(rows: Sequence[np.ndarray], width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Ragged vectors [(r_i, v)] as (B, longest, v) with zeros, and the mask of what is real."""
    longest = max(map(len, rows))
    values = torch.zeros(len(rows), longest, width)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    for number, row in enumerate(rows):
        if len(row):
            values[number, : len(row)] = torch.from_numpy(np.asarray(row))
            mask[number, : len(row)] = True
    return values, mask

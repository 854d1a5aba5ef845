"""What is found about gold boxes while they are read: rows, errors, and what is unusual."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mmner.base.errors import InputError
from mmner.ner.boxes import corners

Placed = dict[str, dict[tuple[int, int], list[dict]]]  # id -> (start, end) in tokens -> boxes in 0..1


@dataclass
class Boxes:
    """Rows of artifact `boxes`, and what there is to know of them. Of each list, the entries are places, in words.

    refused: errors, of which stage `examples` raises the first. clipped: boxes that reached out of the image, cut at
    its edge. unmatched: names that are no entity of a sentence with that image, passed over. respelled: names that
    are one in other letters. shared: names of which the sentence has several entities, each of which gets all boxes.
    boxless: objects without a box, which can't be seen. doubled: boxes that an entity has already. without_image: posts
    with boxes whose image is not there. left_out: boxes that `violations: repair` leaves out.
    """

    rows: list[dict]
    refused: list[InputError] = field(default_factory=list)
    clipped: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    respelled: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    boxless: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    without_image: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    _seen: set[tuple] = field(default_factory=set)

    def notes(self) -> list[str]:
        """What was read all the same, and is unusual; a line each."""
        kinds = {
            "cut at the image's edge": self.clipped,
            "left out, whose names are no entity of their sentence": self.unmatched,
            "of names in other letters than the sentence's": self.respelled,
            "names without a bndbox, taken as not to be seen": self.boxless,
            "left out, which their entity has already": self.doubled,
            "left out by violations: repair": self.left_out,
        }
        return [f"boxes: {len(places)} {kind}, the first at {places[0]}" for kind, places in kinds.items() if places]

    def keep(self, box: dict, place: str, violations: str, *, outside: bool = False) -> bool:
        """Whether `box` has a size; else it is refused, or left out. outside: it had one, none of it in the image."""
        if not empty(box):
            return True
        if violations == "error":
            name, what = "empty-box", "a box of no width or no height"
            if outside:
                name, what = "box-outside", "a box outside of its image"
            remedy = "correct or delete it; `violations: repair` in the corpus's entry leaves such boxes out"
            self.refused.append(InputError(name, what, where=place, remedy=remedy))
        else:
            self.left_out.append(place)
        return False

    def add(self, placed: Placed, post: str, span: tuple[int, int], box: dict, place: str) -> None:
        """Put `box`, which stands at `place`, to those of the entity at `span` of `post`, unless they have it."""
        mark = (post, span, corners(box))
        if mark in self._seen:
            self.doubled.append(place)
        else:
            self._seen.add(mark)
            placed.setdefault(post, {}).setdefault(span, []).append(box)


def unreadable(path: Path, error: OSError) -> InputError:
    """`unreadable-boxes`: what the system says of the file at `path`."""
    return InputError("unreadable-boxes", str(error.strerror), where=str(path), remedy="mend that first")


def empty(box: dict) -> bool:
    """Whether `box` holds nothing."""
    return not (box["x0"] < box["x1"] and box["y0"] < box["y1"])

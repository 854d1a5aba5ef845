"""Pascal VOC XML, as GMNER's releases have it: a file an image, an `object` a box, whose `name` is an entity's text.

<annotation><size><width>600</width><height>450</height></size>
  <object><name>Mira Park</name><bndbox><xmin>41</xmin><ymin>105</ymin><xmax>99</xmax><ymax>379</ymax></bndbox>
  </object></annotation>
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from mmner.base.errors import InputError
from mmner.corpus.boxes import unreadable

REPAIR = "`violations: repair` in the corpus's entry leaves such files out"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
MAX_BYTES = 16 * 2**20  # of one file; an annotation of 1,000 boxes takes half a megabyte
Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels


@dataclass(frozen=True)
class Annotation:
    """What one XML file says. size: (width, height) in pixels; None where it has none, or 0.

    objects: (name, box, number of the object, 1-based), in the file's order; box None: an object without one.
    """

    size: tuple[float, float] | None
    objects: list[tuple[str, Box | None, int]]


class _NoDocumentType(ElementTree.TreeBuilder):
    """Refuses a document type before any of its entities is read: they may grow without end."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError(f"a document type, <!DOCTYPE {name}, which no annotation has")


def read(path: Path, file: str) -> Annotation:
    """The annotation at `path`, called `file` in messages.

    A name has its blanks folded; an object of several names is one of each. Bytes that are no UTF-8 are passed over:
    in GMNER's files they stand in paths. Errors: InputError `bad-xml`, `unreadable-boxes`.
    """
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > MAX_BYTES:
        what = f"more than {MAX_BYTES // 2**20} MiB, which no annotation has"
        raise InputError("bad-xml", what, where=file, remedy=f"get the file again, or delete it; {REPAIR}")
    try:
        root = _parsed(content)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # LookupError: an encoding that nobody knows
        raise InputError(
            "bad-xml", str(error), where=file, remedy=f"get the file again, or delete it; {REPAIR}"
        ) from error
    size = tuple(_number(root.findtext(f"size/{side}"), f"size/{side}", file) for side in ("width", "height"))
    objects = [
        (name, box, number)
        for number, one in enumerate(root.findall("object"), start=1)
        for name in _names(one, f"{file}: object {number}")
        for box in _boxes(one, f"{file}: object {number}")
    ]
    return Annotation(size if all(size) and min(size) > 0 else None, objects)


def _names(one: ElementTree.Element, place: str) -> list[str]:
    """Errors: InputError `bad-xml` where there is none."""
    names = [name for element in one.findall("name") if (name := " ".join((element.text or "").split()))]
    if not names:
        remedy = f"add it, or delete the object; {REPAIR}"
        raise InputError("bad-xml", "an object without its name", where=place, remedy=remedy)
    return names


def _boxes(one: ElementTree.Element, place: str) -> Iterator[Box | None]:
    """The boxes of an object; None where it has none. Errors: InputError `bad-xml`."""
    boxes = one.findall("bndbox")
    for box in boxes:
        corners = [_number(box.findtext(corner), corner, place) for corner in CORNERS]
        if None in corners:
            what = f"a bndbox without {CORNERS[corners.index(None)]}"
            raise InputError("bad-xml", what, where=place, remedy=f"add it, or delete the object; {REPAIR}")
        yield tuple(corners)
    if not boxes:
        yield None


def _parsed(content: bytes) -> ElementTree.Element:
    try:
        root = _tree(content)
    except ElementTree.ParseError:
        text = content.decode("utf-8", errors="ignore")
        if text.encode("utf-8") == content:  # it is UTF-8, and no XML
            raise
        root = _tree(text)
    if root.tag != "annotation":
        raise ValueError(f"<{root.tag[:100]}> where Pascal VOC has <annotation>")
    return root


def _tree(content: bytes | str) -> ElementTree.Element:
    return ElementTree.fromstring(content, ElementTree.XMLParser(target=_NoDocumentType()))


def _number(text: str | None, name: str, where: str) -> float | None:
    """`text` as a number; None where there is none. Errors: InputError `bad-xml`."""
    if text is None or not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        said = repr(text.strip()[:100])
        raise InputError("bad-xml", f"{name} is {said}", where=where, remedy=f"write pixels; {REPAIR}")
    return number

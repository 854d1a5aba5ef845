"""Pascal VOC XML, as GMNER's releases have it: a file an image, an `object` a box, whose `name` is an entity's text.

<annotation><size><width>600</width><height>450</height></size>
  <object><name>Mira Park</name><bndbox><xmin>41</xmin><ymin>105</ymin><xmax>99</xmax><ymax>379</ymax></bndbox>
  </object></annotation>
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from mmner.base.errors import InputError

REPAIR = "`violations: repair` in the corpus's entry leaves such files out"
CORNERS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True)
class Annotation:
    """What one XML file says. size: (width, height) in pixels; None where it has none, or 0.

    objects: (name, (left, top, right, bottom) in pixels, number of the object, 1-based), in the file's order.
    """

    size: tuple[float, float] | None
    objects: list[tuple[str, tuple[float, float, float, float], int]]


def read(path: Path, file: str) -> Annotation:
    """The annotation at `path`, called `file` in messages.

    A name has its blanks folded. Bytes that are no UTF-8 are passed over: in GMNER's files they stand in paths.
    Errors: InputError `bad-xml`, also for a document type, which may hold entities that grow without end.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        remedy = "mend that first"
        raise InputError("unreadable-boxes", str(error.strerror), where=str(path), remedy=remedy) from error
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        what = "a document type, which no annotation has"
        raise InputError("bad-xml", what, where=file, remedy=f"take out what begins with <!; {REPAIR}")
    try:
        root = _parsed(content)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # LookupError: an encoding that nobody knows
        raise InputError(
            "bad-xml", str(error), where=file, remedy=f"get the file again, or delete it; {REPAIR}"
        ) from error
    size = tuple(_number(root.findtext(f"size/{side}"), f"size/{side}", file) for side in ("width", "height"))
    objects = []
    for number, one in enumerate(root.findall("object"), start=1):
        place = f"{file}: object {number}"
        name = " ".join((one.findtext("name") or "").split())
        boxes = one.findall("bndbox")
        if not name or not boxes:
            what = f"an object without its {'bndbox' if name else 'name'}"
            raise InputError("bad-xml", what, where=place, remedy=f"add it, or delete the object; {REPAIR}")
        for box in boxes:
            corners = [_number(box.findtext(corner), corner, place) for corner in CORNERS]
            if None in corners:
                what = f"a bndbox without {CORNERS[corners.index(None)]}"
                raise InputError("bad-xml", what, where=place, remedy=f"add it, or delete the object; {REPAIR}")
            objects.append((name, tuple(corners), number))
    return Annotation(size if all(size) and min(size) > 0 else None, objects)


def _parsed(content: bytes) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        text = content.decode("utf-8", errors="ignore")
        if text.encode("utf-8") == content:  # it is UTF-8, and no XML
            raise
        root = ElementTree.fromstring(text)
    if root.tag != "annotation":
        raise ValueError(f"<{root.tag}> where Pascal VOC has <annotation>")
    return root


def _number(text: str | None, name: str, where: str) -> float | None:
    """`text` as a number; None where there is none. Errors: InputError `bad-xml`."""
    if text is None or not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError("bad-xml", f"{name} is {text.strip()!r}", where=where, remedy=f"write pixels; {REPAIR}")
    return number

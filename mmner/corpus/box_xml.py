"""Gold boxes as Pascal VOC XML, joined with the entities of posts by their texts."""

from __future__ import annotations

import html
import os
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

from mmner.base import image_files, image_size
from mmner.base.errors import InputError
from mmner.corpus import voc
from mmner.corpus.boxes import Boxes, Placed, empty
from mmner.corpus.params import Corpus

SAME_SHAPE = 0.01  # how much the sides of a scaled copy may differ in proportion: sides are whole pixels


def read(
    folder: Path, raw: Path, corpus: Corpus, examples: Sequence[dict], spans: dict[str, list], found: Boxes
) -> Placed:
    """The boxes of the files in `folder`. Errors: InputError `boxes-outside-folder`, `unreadable-boxes`."""
    files, pictures = image_files.Folder(folder), image_files.Folder(raw / str(corpus.images))

    @cache
    def objects(image: str) -> list[tuple[str, dict, str]] | None:
        """(name, box, place) of each box in the XML file of `image`; None where it has no file."""
        path = _file(files, image)
        if path is None:
            return None
        name = path.relative_to(raw).as_posix()
        try:
            return [*_boxes(voc.read(path, name), name, Path(pictures.resolve(image)), corpus, found)]
        except InputError as error:
            if error.name == "unreadable-boxes":
                raise
            if corpus.violations == "repair":
                found.left_out.append(f"{error.where} ({error.name})")
            else:
                found.refused.append(error)
            return []

    names: dict[tuple[str, str], str] = {}  # (image, name) -> its first place
    matched: set[tuple[str, str]] = set()
    placed: Placed = {}
    for example in examples:
        if example["image"] is None or not (there := objects(example["image"])):
            continue
        entities = _Entities(example, spans[example["id"]])
        for name, box, place in there:
            names.setdefault((example["image"], name), place)
            of_name = entities.named(name)
            for span in of_name:
                found.add(placed, example["id"], span, box, place)
            if of_name and (example["image"], name) not in matched:
                matched.add((example["image"], name))
                if name not in entities.texts:
                    found.respelled.append(f"{place}: {name} ({example['source']})")
        shown = {span for name, *_ in there for span in entities.named(name)}
        found.shared += [
            f"{text} ({example['source']})"
            for text, mentions in entities.texts.items()
            if len(mentions) > 1 and shown.issuperset(mentions)
        ]
    for (image, name), place in names.items():
        if (image, name) not in matched:
            _unmatched(name, place, corpus, found)
    images = [example["image"] for example in examples if example["image"]]
    if corpus.limit is None and not any(objects(image) is not None for image in images):
        found.refused.append(_no_file(folder, images))
    elif corpus.limit is None and names and not matched and not found.refused:
        found.refused.append(_no_name(names))
    return placed


class _Entities:
    """The entities of one sentence by their text, for names of boxes."""

    def __init__(self, example: dict, spans: Sequence[tuple[int, int, str]]):
        self.texts: dict[str, list[tuple[int, int]]] = {}
        self._keys: dict[str, list[tuple[int, int]]] = {}
        for start, end, _ in spans:
            text = " ".join(" ".join(example["tokens"][start:end]).split())
            self.texts.setdefault(text, []).append((start, end))
            self._keys.setdefault(_key(text), []).append((start, end))

    def named(self, name: str) -> list[tuple[int, int]]:
        """The spans of the entities called `name`; where there is none, of those that are in other letters."""
        return self.texts.get(name) or self._keys.get(_key(name), [])


def _key(text: str) -> str:
    """`text` without blanks, case, and what writes one character in several ways: AT&T for "at & amp ; t"."""
    return "".join(unicodedata.normalize("NFKC", html.unescape("".join(text.split()))).casefold().split())


def _no_file(folder: Path, images: Sequence[str]) -> InputError:
    """`no-match`: nothing in `folder` is called as one of `images`."""
    first = next((path.name for path in sorted(folder.rglob("*")) if path.suffix.lower() == ".xml"), None)
    what = f"no XML file of any post's image: {f'the first is {first}' if first else 'there is no XML at all'}"
    called = f"such as {images[0]}.xml" if images else "but no post names an image"
    remedy = f"call the files as the images, {called}; or take `boxes` out of the corpus's entry in params.yaml"
    return InputError("no-match", what, where=str(folder), remedy=remedy)


def _no_name(names: dict[tuple[str, str], str]) -> InputError:
    """`no-match`: none of `names`, (image, name) -> place, is an entity."""
    (_, name), place = next(iter(names.items()))
    what = f"none of {len(names)} names is an entity of its sentence, such as {name[:100]!r}"
    remedy = "write entities' texts as <name>, as the tokens have them; or take `boxes` out of the corpus's entry"
    return InputError("no-match", what, where=place, remedy=remedy)


def _unmatched(name: str, place: str, corpus: Corpus, found: Boxes) -> None:
    if name in corpus.names and corpus.violations == "error":
        what = f"{name} is a label, where the text of an entity belongs"
        remedy = "write the entity's text as <name>; `violations: repair` in the corpus's entry leaves such boxes out"
        found.refused.append(InputError("class-name", what, where=place, remedy=remedy))
    else:
        found.unmatched.append(f"{place}: {name}")


def _file(files: image_files.Folder, image: str) -> Path | None:
    """The XML file of `image`: <name>.xml, with or without the image's suffix.

    Errors: InputError `boxes-outside-folder`, `unreadable-boxes`.
    """
    for name in (f"{image}.xml", PurePosixPath(image).with_suffix(".xml").as_posix()):
        try:
            path = Path(files.resolve(name))
        except InputError as error:
            remedy = "copy the file there instead of linking to it"
            what = f"{name} is not in the folder of boxes {files.path}"
            raise InputError("boxes-outside-folder", what, where=name, remedy=remedy) from error
        try:
            if path.is_file():
                return path
        except OSError:  # a name that no file can have
            continue
        if os.path.lexists(path):
            what = "a folder, a pipe, or a link that leads nowhere, where an XML file belongs"
            raise InputError("unreadable-boxes", what, where=str(path), remedy="put the file there, or delete it")
    return None


def _boxes(
    annotation: voc.Annotation, file: str, picture: Path, corpus: Corpus, found: Boxes
) -> Iterator[tuple[str, dict, str]]:
    """(name, box in 0..1, place) of each box of `annotation`. Errors: InputError `no-size`, `size-differs`."""
    try:
        actual = image_size.size(picture)
    except image_files.ImageBroken:
        actual = None
    size = annotation.size or actual
    if size is None:
        what = "no <size>, and no image that says it"
        raise InputError("no-size", what, where=file, remedy="write <size> with width and height, or bring the image")
    if actual is not None and actual != size:
        scaled = abs(size[0] * actual[1] / (size[1] * actual[0]) - 1) <= SAME_SHAPE
        if corpus.violations == "error":
            what = f"<size> is {size[0]:g} x {size[1]:g}, the image {picture.name} has {actual[0]} x {actual[1]} pixels"
            remedy = "bring the image that was annotated, or delete the file; `violations: repair` in the corpus's "
            remedy += "entry " + ("keeps the boxes of a scaled copy, as this is" if scaled else "leaves its boxes out")
            raise InputError("size-differs", what, where=file, remedy=remedy)
        if not scaled:
            found.left_out.append(f"{file}: of another image's size")
            return
    for name, corners, number in annotation.objects:
        place = f"{file}: object {number}"
        if corners is None:
            found.boxless.append(f"{place}: {name}")
            continue
        left, top, right, bottom = corners
        box = {"x0": left / size[0], "y0": top / size[1], "x1": right / size[0], "y1": bottom / size[1]}
        clipped = {corner: min(max(share, 0.0), 1.0) for corner, share in box.items()}
        if not found.keep(clipped, place, corpus.violations, outside=not empty(box)):
            continue
        if clipped != box:
            found.clipped.append(place)
        yield name, clipped, place

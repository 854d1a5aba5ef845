"""Gold boxes as Pascal VOC XML, joined with the entities of posts by their texts."""

from __future__ import annotations

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
    files, pictures = image_files.Folder(folder), image_files.Folder(raw / str(corpus.images))

    @cache
    def objects(image: str) -> list[tuple[str, dict, str]]:
        """(name, box, place) of each box in the XML file of `image`."""
        path = _file(files, image)
        if path is None:
            return []
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

    named: dict[tuple[str, str], str] = {}  # (image, name) -> its first place
    matched = set()
    placed: Placed = {}
    for example in examples:
        image = example["image"]
        if image is None or not (there := objects(image)):
            continue
        texts: dict[str, list[tuple[int, int]]] = {}
        for start, end, _ in spans[example["id"]]:
            texts.setdefault(" ".join(" ".join(example["tokens"][start:end]).split()), []).append((start, end))
        for name, box, place in there:
            named.setdefault((image, name), place)
            if name in texts:
                matched.add((image, name))
            for span in texts.get(name, ()):
                placed.setdefault(example["id"], {}).setdefault(span, []).append(box)
        shown = {name for name, *_ in there}
        found.shared += [
            f"{name} ({example['source']})" for name, mentions in texts.items() if len(mentions) > 1 and name in shown
        ]
    for (image, name), place in named.items():
        if (image, name) not in matched:
            _unmatched(name, place, corpus, found)
    return placed


def _unmatched(name: str, place: str, corpus: Corpus, found: Boxes) -> None:
    if name in corpus.names and corpus.violations == "error":
        what = f"{name} is a label, where the text of an entity belongs"
        remedy = "write the entity's text as <name>; `violations: repair` in the corpus's entry leaves such boxes out"
        found.refused.append(InputError("class-name", what, where=place, remedy=remedy))
    else:
        found.unmatched.append(f"{place}: {name}")


def _file(files: image_files.Folder, image: str) -> Path | None:
    """The XML file of `image`: <name>.xml, with or without the image's suffix. Errors: `boxes-outside-folder`."""
    for name in (f"{image}.xml", PurePosixPath(image).with_suffix(".xml").as_posix()):
        try:
            path = Path(files.resolve(name))
        except InputError as error:
            remedy = "copy the file there instead of linking to it"
            what = f"{name} is not in the folder of boxes {files.path}"
            raise InputError("boxes-outside-folder", what, where=name, remedy=remedy) from error
        if path.is_file():
            return path
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
    for name, (left, top, right, bottom), number in annotation.objects:
        place = f"{file}: object {number}"
        box = {"x0": left / size[0], "y0": top / size[1], "x1": right / size[0], "y1": bottom / size[1]}
        clipped = {corner: min(max(share, 0.0), 1.0) for corner, share in box.items()}
        if not found.keep(clipped, place, corpus.violations, outside=not empty(box)):
            continue
        if clipped != box:
            found.clipped.append(place)
        yield name, clipped, place

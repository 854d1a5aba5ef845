"""The sample's image files: drawn scenes, crops of photographs that ship inside packages, and broken ones."""

from __future__ import annotations

import io
import random
from importlib.resources import files
from pathlib import Path

from PIL import Image, ImageEnhance

from mmner.sample import scenes
from mmner.sample.posts import Picture

PHOTOS = {
    "grace_hopper.jpg": ("matplotlib", "mpl-data/sample_data"),
    "china.jpg": ("sklearn.datasets", "images"),
    "flower.jpg": ("sklearn.datasets", "images"),
}
# What the photograph is of, in its pixels: where a post names somebody or some place, it is this.
SUBJECTS = {"grace_hopper.jpg": (12, 22, 512, 600), "china.jpg": (62, 30, 372, 418)}
Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in 0..1 of width and height, from the upper left corner


def write(folder: str | Path, pictures: list[Picture]) -> dict[str, Box]:
    """Write the files of `pictures` to `folder`; a missing one is left out.

    Returns where in each that is whole its sign is, or the subject of its photograph.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for picture in pictures:
        if picture.state == "missing":
            continue
        image, thing = _photo(picture) if picture.photo else _scene(picture)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=85)
        content = buffer.getvalue()
        keep = {"whole": len(content), "truncated": len(content) // 3, "empty": 0}[picture.state]
        (folder / picture.name).write_bytes(content[:keep])
        if picture.state == "whole" and thing:
            found[picture.name] = thing
    return found


def _scene(picture: Picture) -> tuple[Image.Image, Box]:
    image, sign = scenes.drawn(picture.scene, list(picture.lines), picture.name)
    return image, _share(sign, (0, 0, *image.size))


def _share(box: Box, within: Box, mirrored: bool = False) -> Box:
    """What of `box` is `within` another, as shares of that one."""
    left, top, right, bottom = within
    x0, x1 = ((min(max(x, left), right) - left) / (right - left) for x in box[::2])
    y0, y1 = ((min(max(y, top), bottom) - top) / (bottom - top) for y in box[1::2])
    return (1 - x1, y0, 1 - x0, y1) if mirrored else (x0, y0, x1, y1)


def _photo(picture: Picture) -> tuple[Image.Image, Box | None]:
    """A variation of the photograph: cropped, perhaps mirrored, lighter or darker."""
    package, inside = PHOTOS[picture.photo]
    rng = random.Random(picture.name)
    with Image.open(io.BytesIO((files(package) / inside / picture.photo).read_bytes())) as whole:
        image = whole.convert("RGB")
    width, height = image.size
    share = rng.uniform(0.8, 0.95)
    left, top = rng.uniform(0, 1 - share) * width, rng.uniform(0, 1 - share) * height
    part = (int(left), int(top), int(left + share * width), int(top + share * height))
    image = image.crop(part)
    image.thumbnail((360, 360))
    mirrored = rng.random() < 0.5
    if mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    subject = SUBJECTS.get(picture.photo)
    seen = subject and _share(subject, part, mirrored)
    return ImageEnhance.Brightness(image).enhance(rng.uniform(0.8, 1.2)), seen

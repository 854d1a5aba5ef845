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


def write(folder: str | Path, pictures: list[Picture]) -> None:
    """Write the files of `pictures` to `folder`; a missing one is left out."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        if picture.state == "missing":
            continue
        image = _photo(picture) if picture.photo else scenes.draw(picture.scene, list(picture.lines), picture.name)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=85)
        content = buffer.getvalue()
        keep = {"whole": len(content), "truncated": len(content) // 3, "empty": 0}[picture.state]
        (folder / picture.name).write_bytes(content[:keep])


def _photo(picture: Picture) -> Image.Image:
    """A variation of the photograph: cropped, perhaps mirrored, lighter or darker."""
    package, inside = PHOTOS[picture.photo]
    rng = random.Random(picture.name)
    with Image.open(io.BytesIO((files(package) / inside / picture.photo).read_bytes())) as whole:
        image = whole.convert("RGB")
    width, height = image.size
    share = rng.uniform(0.8, 0.95)
    left, top = rng.uniform(0, 1 - share) * width, rng.uniform(0, 1 - share) * height
    image = image.crop((int(left), int(top), int(left + share * width), int(top + share * height)))
    image.thumbnail((360, 360))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return ImageEnhance.Brightness(image).enhance(rng.uniform(0.8, 1.2))

"""Small real images for tests: drawn signs, the photographs of packages that we depend on, and damaged files."""

import hashlib
import os
import resource
from contextlib import contextmanager
from pathlib import Path

TEXT_BOX = (40, 60, 344, 100)  # pixels in which `sign` draws its text, of 384 x 384


def sign(path: Path, text: str, box: tuple[int, int, int, int] = TEXT_BOX) -> Path:
    """A JPEG at `path`, 384 x 384, of a board whose `text` lies in `box`."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    font = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    image = Image.new("RGB", (384, 384), (214, 205, 190))
    draw = ImageDraw.Draw(image)
    draw.rectangle([box[0] - 20, box[1] - 15, box[2] + 20, box[3] + 15], fill=(60, 40, 30))
    draw.text((box[0], box[1]), text, fill="white", font=ImageFont.truetype(str(font), 32))
    image.save(path, quality=95)
    return path


def photograph(name: str) -> Path:
    """One that ships inside a package: grace_hopper (matplotlib), china or flower (scikit-learn)."""
    import matplotlib
    import sklearn

    if name == "grace_hopper":
        return Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return Path(sklearn.__file__).parent / "datasets" / "images" / f"{name}.jpg"


def cut(path: Path, whole: Path) -> Path:
    """The first half of the file `whole`, at `path`."""
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


def item(path: Path, **fields) -> dict:
    """What a stage hands to a backend about the image at `path`, with `fields`."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    about = {"id": path.name, "image": path.name, "image_sha256": digest, "image_path": str(path), "skip": None}
    return about | {"sentence": "a sentence", "domain_cue": None} | fields


@contextmanager
def no_more_files():
    """A process that has as many files open as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(os.devnull) as last:
        resource.setrlimit(resource.RLIMIT_NOFILE, (last.fileno(), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

"""How long a browser takes to open a report of 3,000 posts with images: `python -m benchmarks.report_opening`.

The posts are made up, each with a photo-like image of its own that takes nearly all of the bytes a thumbnail may. Time
runs from the start of loading until the first posts stand on the page; the browser is Chromium, without a window.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from mmner.tools import report
from mmner.tools.report import thumbnails
from mmner.tools.report.gather import Prepared

TEXT = [
    "Fans",
    "of",
    "Mira",
    "Park",
    "met",
    "the",
    "Kelmont",
    "Rovers",
    "at",
    "Thornwick",
    "Marsh",
    "in",
    "Marlow",
    "!",
]


def made_up(folder: Path, count: int) -> list[dict]:
    """`count` posts, each with an image in `folder`."""
    draw = np.random.default_rng(1)
    posts = []
    for number in range(count):
        low = draw.integers(0, 255, (24, 32, 3), dtype=np.uint8)
        noise = draw.integers(-40, 40, (480, 640, 3))
        pixels = np.clip(np.asarray(Image.fromarray(low).resize((640, 480))) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.jpg", quality=80)
        box = {"expression": "a stage", "score": 0.5, "box": [0.1, 0.1, 0.6, 0.7]}
        fact = {"candidate": "Mira Park", "title": "Mira Park", "summary": "A singer. " * 20, "url": None}
        posts.append(
            {
                "id": f"post-{number}",
                "tokens": TEXT,
                "gap": 1,
                "image": f"{number}.jpg",
                "caption": "a stage with a singer",
                "facts": [fact | {"relevance": 0.4, "kept": True}],
                "regions": [box],
                "chain": [{"name": "types", "text": "Mira Park is a person. " * 5}],
                "candidates": ["Mira Park"],
                "gold": [[2, 4, "PER"]],
                "predicted": [[2, 4, "PER", 0.9]],
                "kinds": [],
                "labels": ["PER"],
                "parts": ["image"],
                "gate": 0.5,
                "fusion": {},
            }
        )
    return posts


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report_opening", description=__doc__)
    parser.add_argument("--posts", type=int, default=3000, help="default: %(default)s")
    parser.add_argument("--repeat", type=int, default=3, help="default: %(default)s")
    args = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no Chromium here: apt-get install chromium")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "images").mkdir()
        posts = made_up(folder / "images", args.posts)
        page = folder / "report.html"
        report.render(page, {"title": "made up"}, posts, Prepared("p", "c", {}, folder / "images"), None)
        times = []
        for _ in range(args.repeat):
            command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
            dom = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            times.append(int(re.search(r'data-ready="(\d+)"', dom)[1]) / 1000)
        size = page.stat().st_size / 1e6
        print(f"{args.posts} posts, {size:.1f} MB, thumbnails of {thumbnails.MAX_BYTES} bytes at most")
        print("open within", ", ".join(f"{seconds:.2f} s" for seconds in times))


if __name__ == "__main__":
    main()

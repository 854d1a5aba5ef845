"""The sample corpus: about 300 synthetic posts with images, and a knowledge archive.

Reads: fonts and photographs that ship inside packages (matplotlib, scikit-learn).
Writes: `<out>/train.txt dev.txt test.txt`, `<out>/images/`, `<out>/boxes.jsonl` (where in its image an entity is: the
sign that names it, the subject of a photograph), `<out>/knowledge.zim`. One post:

    IMGID:post-train-007.jpg
    Spotted<TAB>O
    Tessaly<TAB>B-PER

All sentences, names, signs and articles are invented. Names of dev and test don't occur in train. Of most
entities the type shows only in the image (words on a sign, a photograph) or only in the archive; sentences are
assigned to entities without regard to type. Difficult on purpose: posts without image, images missing, truncated,
empty, irrelevant or naming something else, no entity, one token, emoji, non-Latin text, names in the wrong case,
articles that match a name and not its sentence, ambiguous titles.
Texts and images are the same bytes at every run; the ZIM file differs in its identifier.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from mmner.base.atomic import atomic_write, os_errors_as_input_error


def write(out: str | Path) -> dict[str, int]:
    """Write the sample to the folder `out`, which is replaced at the end. Returns split -> number of posts."""
    from mmner.sample import boxes, pictures, zim_writer
    from mmner.sample.posts import corpus

    out = Path(out)
    sample = corpus()
    with os_errors_as_input_error(out), atomic_write(out) as folder:
        folder.mkdir()
        grounded = []
        for split, posts in sample.posts.items():
            (folder / f"{split}.txt").write_text("".join(map(_lines, posts)), encoding="utf-8", newline="\n")
            things = pictures.write(folder / "images", [post.picture for post in posts if post.picture])
            for number, post in enumerate(posts):
                name = post.picture and post.picture.name
                grounded += boxes.rows(f"{split}-{number}", post, things.get(name))
        (folder / "boxes.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in grounded), encoding="utf-8")
        zim_writer.write(folder / "knowledge.zim", sample.articles)
        shutil.rmtree(out, ignore_errors=True)
    return {split: len(posts) for split, posts in sample.posts.items()}


def _lines(post) -> str:
    head = f"IMGID:{post.picture.name}\n" if post.picture else ""
    return head + "".join(f"{token}\t{tag}\n" for token, tag in zip(post.tokens, post.tags, strict=True)) + "\n"

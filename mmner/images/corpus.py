"""A copy of a corpus in which posts name the images that were found for them.

Lines are copied, not parsed and written anew: tags stay what they were, whatever the corpus calls them.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus import conll, json_posts, split_files
from mmner.corpus.params import Corpus, load
from mmner.rows import command, parquet
from mmner.rows.stages import STAGES

FOLDER = "images"  # in the new corpus


def make(
    content: dict, corpus: str, raw: Path, examples: str | Path, candidates: str | Path, artifact: Path, out: Path
) -> None:
    """Find images for the posts of `raw` and write the corpus that has them, called `corpus`, to folder `out`.

    content: of params.yaml. examples, candidates: artifacts of the corpus in `raw`. artifact: where `images` goes;
    a copy of it lies beside the images: it says who made them. Errors: those of `chosen`, `command.run` and `write`.
    """
    source, variant = chosen(content, corpus)
    artifacts = {"examples": examples, "candidates": candidates}
    backend, _ = command.run(STAGES["images"], corpus, variant, artifacts, artifact, {}, raw)
    rows = parquet.read(artifact, "images")
    write(raw, source, parquet.read(examples, "examples"), rows, backend, out)
    shutil.copyfile(artifact, out / artifact.name)


def chosen(everything: dict, name: str) -> tuple[Corpus, dict]:
    """The corpus that is copied into the new corpus `name`, and the variant by which its images are found.

    `everything`: content of params.yaml. Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`.
    """
    variant = dict(params.entry(everything, "images", name))
    where = f"params.yaml: images.{name}"
    if lacking := [key for key in ("corpus", "preparation") if key not in variant]:
        remedy = "name the corpus that gets images, and a preparation of it that has its candidates"
        raise InputError("bad-params", f"no {' and no '.join(lacking)}", where=where, remedy=remedy)
    corpus, preparation = variant.pop("corpus"), variant.pop("preparation")
    if params.entry(everything, "preparations", preparation).get("corpus") != corpus:
        remedy = "name a preparation of that corpus"
        raise InputError("bad-params", f"{preparation} is no preparation of {corpus}", where=where, remedy=remedy)
    source = load(everything, corpus)
    _check(source, load(everything, name), name)
    return source, variant


def _check(source: Corpus, new: Corpus, name: str) -> None:
    """Errors: InputError `bad-params` where params.yaml's entry `new` does not describe what `write` writes."""
    wanted = {"splits": source.splits, "images": FOLDER, "image_suffix": "", "scheme": source.scheme}
    wrong = [f"{key} should be {_shown(value)}" for key, value in wanted.items() if getattr(new, key) != value]
    if wrong:
        remedy = "everything else is as in the corpus that gets the images"
        raise InputError("bad-params", "; ".join(wrong), where=f"params.yaml: corpora.{name}", remedy=remedy)


def write(raw: Path, source: Corpus, examples: list[dict], rows: list[dict], backend, out: Path) -> None:
    """Write the new corpus to folder `out`: the split files of corpus `source`, in folder `raw`, with images' names.

    `examples`: rows of that artifact, made from these files. `rows`: those of `images`, whose files `backend` has.
    An image that a post had before is copied, under a name made of its content too.
    Errors: InputError `image-gone`, of `backend.restore`.
    """
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    images: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for example, row in zip(examples, rows, strict=True):
        name = row["image"]
        if name:
            backend.restore(row)
            backend.shelf.copy(name, out / FOLDER)
        elif has_image(example):
            name = example["image_sha256"] + Path(example["image"]).suffix.lower()
            shutil.copyfile(raw / source.images / example["image"], out / FOLDER / name)
        images[example["split"]].append((example["source"], name))
    for split, file in source.splits:
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        copied = _copied(split_files.open_split(raw / file, file), images[split])
        (out / file).write_bytes("\n".join(copied).encode())


def _copied(file: split_files.SplitFile, images: list[tuple[str, str | None]]) -> list[str]:
    """The lines of `file` with other images. `images`: (file:line, image) of each of its posts."""
    if file.form:
        return json_posts.with_images(file.text, file.file, file.form, [name for _, name in images])
    lines = {int(place.rpartition(":")[2]): name for place, name in images}
    return conll.with_images(file.text.split("\n"), file.dialect, lines)


def has_image(example: dict) -> bool:
    """Whether the post has an image that can be read."""
    return bool(example["image"]) and not example["error"]


def _shown(value: object) -> str:
    return json.dumps(value if isinstance(value, str) else vars(value))

"""A copy of a corpus in which posts name the images that stage `images` found for them.

Lines are copied, not parsed: tags stay as they are, whatever their inventory.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

from mmner.base import params, sharing
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

    content: of params.yaml. examples, candidates: artifacts of the corpus in `raw`. artifact: the path of artifact
    `images`, which is also copied to `out`, since it has the images' authors and licences.
    Errors: those of `source_and_variant`, `command.run` and `write`; `missing-split`.
    """
    source, variant = source_and_variant(content, corpus)
    for file in source.splits.files().values():
        split_files.check_there(raw / file)
    artifacts = {"examples": examples, "candidates": candidates}
    backend, _ = command.run(STAGES["images"], corpus, variant, artifacts, artifact, {}, raw)
    rows = parquet.read(artifact, "images")
    write(raw, source, parquet.read(examples, "examples"), rows, backend, out)
    shutil.copyfile(artifact, out / artifact.name)


def source_and_variant(content: dict, name: str) -> tuple[Corpus, dict]:
    """The corpus that the new corpus `name` copies, and the variant of stage `images` that finds its images.

    `content`: of params.yaml. Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`, `remote-differs`.
    """
    variant = dict(params.entry(content, "images", name))
    entry_name = f"params.yaml: images.{name}"
    if lacking := [key for key in ("corpus", "preparation") if key not in variant]:
        remedy = "name the corpus that gets images, and a preparation of it that has its candidates"
        raise InputError("bad-params", f"no {' and no '.join(lacking)}", where=entry_name, remedy=remedy)
    corpus, preparation = variant.pop("corpus"), variant.pop("preparation")
    variant.pop(params.REMOTE, None)
    if params.entry(content, "preparations", preparation).get("corpus") != corpus:
        remedy = "name a preparation of that corpus"
        raise InputError("bad-params", f"{preparation} is no preparation of {corpus}", where=entry_name, remedy=remedy)
    sharing.check(content, "images", name)
    source = load(content, corpus)
    if source.limit is not None:
        remedy = f"write `limit: null` in corpora.{corpus}: the new corpus has all its posts"
        raise InputError("bad-params", "the corpus that gets images has a limit", where=entry_name, remedy=remedy)
    _check(source, load(content, name), name)
    return source, variant


def _check(source: Corpus, new: Corpus, name: str) -> None:
    """Check that `new`, the entry of the new corpus in params.yaml, describes the files that `write` writes.

    Errors: InputError `bad-params`.
    """
    required = {
        "splits": source.splits,
        "images": FOLDER,
        "image_suffix": "",
        "scheme": source.scheme,
        params.REMOTE: source.remote,
    }
    wrong = [f"{key} should be {_as_json(value)}" for key, value in required.items() if getattr(new, key) != value]
    if wrong:
        remedy = "everything else is as in the corpus that gets the images"
        raise InputError("bad-params", "; ".join(wrong), where=f"params.yaml: corpora.{name}", remedy=remedy)


def write(raw: Path, source: Corpus, examples: list[dict], image_rows: list[dict], backend, out: Path) -> None:
    """Write the new corpus to folder `out`: the split files of corpus `source`, in folder `raw`, with images' names.

    `examples`: rows of that artifact, made from these files. `image_rows`: rows of artifact `images`; `backend` has
    their files. An image that a post had before is copied, and named by the digest of its content, too.
    Errors: InputError `image-gone`, also of `backend.restore`.
    """
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    images: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for example, row in zip(examples, image_rows, strict=True):
        name = row["image"]
        if name:
            backend.restore(row)
            backend.image_store.copy(name, out / FOLDER)
        elif has_image(example):
            name = example["image_sha256"] + Path(example["image"]).suffix.lower()
            here = raw / source.images / example["image"]
            if not here.is_file():
                remedy = "put it back, or make the examples again: dvc repro examples"
                raise InputError("image-gone", "the image of a post is gone", where=str(here), remedy=remedy)
            shutil.copyfile(here, out / FOLDER / name)
        images[example["split"]].append((example["source"], name))
    for split, file in source.splits.files().items():
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


def _as_json(value: object) -> str:
    return json.dumps(value if value is None or isinstance(value, str) else vars(value))

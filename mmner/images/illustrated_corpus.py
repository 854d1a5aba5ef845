"""A copy of a corpus in which posts name the images that stage `images` found for them.

Lines are copied, not parsed: tags stay as they are, whatever their inventory.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus import columns
from mmner.corpus.params import Corpus, load
from mmner.corpus.posts import text
from mmner.rows import command, parquet
from mmner.rows.stages import STAGES

FOLDER = "images"  # in the new corpus


def make(
    content: dict, corpus: str, raw: Path, examples: str | Path, candidates: str | Path, artifact: Path, out: Path
) -> None:
    """Find images for the posts of `raw` and write the corpus that has them, called `corpus`, to folder `out`.

    content: of params.yaml. examples, candidates: artifacts of the corpus in `raw`. artifact: the path of artifact
    `images`, which is also copied to `out`, since it has the images' authors and licences.
    Errors: those of `source_and_variant`, `command.run` and `write`.
    """
    source, variant = source_and_variant(content, corpus)
    artifacts = {"examples": examples, "candidates": candidates}
    backend, _ = command.run(STAGES["images"], corpus, variant, artifacts, artifact, {}, raw)
    rows = parquet.read(artifact, "images")
    write(raw, source, parquet.read(examples, "examples"), rows, backend, out)
    shutil.copyfile(artifact, out / artifact.name)


def source_and_variant(content: dict, name: str) -> tuple[Corpus, dict]:
    """The corpus that the new corpus `name` copies, and the variant of stage `images` that finds its images.

    `content`: of params.yaml. Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`.
    """
    variant = dict(params.entry(content, "images", name))
    entry_name = f"params.yaml: images.{name}"
    if lacking := [key for key in ("corpus", "preparation") if key not in variant]:
        remedy = "name the corpus that gets images, and a preparation of it that has its candidates"
        raise InputError("bad-params", f"no {' and no '.join(lacking)}", where=entry_name, remedy=remedy)
    corpus, preparation = variant.pop("corpus"), variant.pop("preparation")
    if params.entry(content, "preparations", preparation).get("corpus") != corpus:
        remedy = "name a preparation of that corpus"
        raise InputError("bad-params", f"{preparation} is no preparation of {corpus}", where=entry_name, remedy=remedy)
    source = load(content, corpus)
    _check(source, load(content, name), name)
    return source, variant


def _check(source: Corpus, new: Corpus, name: str) -> None:
    """Check that `new`, the entry of the new corpus in params.yaml, describes the files that `write` writes.

    Errors: InputError `bad-params`.
    """
    required = {"splits": source.splits, "images": FOLDER, "image_suffix": ""}
    wrong = [f"{key} should be {_as_json(value)}" for key, value in required.items() if getattr(new, key) != value]
    if wrong:
        remedy = "everything else is as in the corpus that gets the images"
        raise InputError("bad-params", "; ".join(wrong), where=f"params.yaml: corpora.{name}", remedy=remedy)


def write(raw: Path, source: Corpus, examples: list[dict], image_rows: list[dict], backend, out: Path) -> None:
    """Write the new corpus to folder `out`: the split files of corpus `source`, in folder `raw`, with images' names.

    `examples`: rows of that artifact, made from these files. `image_rows`: rows of artifact `images`; `backend` has
    their files. An image that a post had before is copied, and named by the digest of its content, too.
    Errors: InputError `image-gone`, of `backend.restore`.
    """
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    image_of_line: dict[str, dict[int, str | None]] = defaultdict(dict)
    for example, row in zip(examples, image_rows, strict=True):
        name = row["image"]
        if name:
            backend.restore(row)
            backend.image_store.copy(name, out / FOLDER)
        elif has_image(example):
            name = example["image_sha256"] + Path(example["image"]).suffix.lower()
            shutil.copyfile(raw / source.images / example["image"], out / FOLDER / name)
        file, _, line = example["source"].rpartition(":")
        image_of_line[file][int(line)] = name
    for _, file in source.splits:
        lines = text(raw / file, file).split("\n")
        copied = (_jsonl_lines if file.endswith(".jsonl") else _conll_lines)(lines, image_of_line[file])
        (out / file).parent.mkdir(parents=True, exist_ok=True)
        (out / file).write_bytes("\n".join(copied).encode())


def has_image(example: dict) -> bool:
    """Whether the post has an image that can be read."""
    return bool(example["image"]) and not example["error"]


def _conll_lines(lines: list[str], image_of_line: dict[int, str | None]) -> list[str]:
    """`lines` with the new images' IMGID lines. `image_of_line`: number of a post's first line (1-based) -> image."""
    copied, in_header = [], False
    for number, line in enumerate(lines, start=1):
        if number in image_of_line:
            in_header = True
            copied += [f"IMGID:{image_of_line[number]}"] if image_of_line[number] else []
        header = columns.header_of(line.rstrip(columns.BLANKS)) if in_header else None
        in_header = header is not None
        if not header or header[0] != "IMGID":
            copied.append(line)
    return copied


def _jsonl_lines(lines: list[str], image_of_line: dict[int, str | None]) -> list[str]:
    return [
        json.dumps(json.loads(line) | {"image": image_of_line[number]}, ensure_ascii=False)
        if number in image_of_line
        else line
        for number, line in enumerate(lines, start=1)
    ]


def _as_json(value: object) -> str:
    return json.dumps(value if isinstance(value, str) else vars(value))

"""Doubts as files: a line a post, and a page that draws them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmner.base import atomic
from mmner.base.errors import InputError
from mmner.ner import iob
from mmner.rows import parquet


def read(prepared: Path, splits: Sequence[str]) -> list[dict]:
    """{id, split, source, tokens, tags} of all posts of train, and of `splits`. Errors: InputError of the artifacts."""
    found = parquet.read_aligned(prepared, ("examples", "gold"))
    rows = []
    for row, gold in zip(found["examples"], found["gold"], strict=True):
        if row["split"] in ("train", *splits):
            known = {name: row[name] for name in ("id", "split", "source", "tokens")}
            rows.append(known | {"tags": iob.repair(gold["tags"])})
    return rows


def judged(rows: Sequence[dict], splits: Sequence[str], where: str) -> list[dict]:
    """Those of `rows` that are of `splits`. where: the folder they are from.

    Errors: InputError `no-split` where there is none; `one-tag` where gold has nothing that could be confused.
    """
    chosen = [row for row in rows if row["split"] in splits]
    of, remedy = " or ".join(splits), "leave --split out, or name a split with posts and entities"
    if not chosen:
        raise InputError("no-split", f"no post of {of}", where=where, remedy=remedy)
    tags = {tag for row in chosen for tag in row["tags"]}
    if len(tags) < 2:
        what = f"fewer than two tags in gold of {of}: {', '.join(tags) or 'none'}"
        raise InputError("one-tag", what, where=where, remedy=remedy)
    return chosen


def write(lines: Sequence[dict[str, Any]], out: Path) -> None:
    atomic.write_text(out, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def draw(lines: Sequence[dict[str, Any]], preparation: str, out: Path) -> int:
    """Write a page as of `report` to `out`: gold beside what is suggested, with image and evidence; how many posts."""
    from mmner.tools import report
    from mmner.tools.report import analysis, gather

    prepared = gather.preparation(preparation)
    posts = []
    for line in lines:
        spans = iob.spans(line["suggested"])
        row = {name: line[name] for name in ("id", "tokens")} | {"gold": line["tags"], "predicted": line["suggested"]}
        row |= {"scores": [1 - line["quality"]] * len(spans), "parts": [], "gate": None, "fusion": []}
        posts.append(gather.post(prepared, row, analysis.outcomes(row["gold"], row["predicted"])))
    return report.render(out, {"title": f"{preparation}: tags of gold in doubt"}, posts, prepared, None)

"""A run in one HTML file that a researcher reads after it: scores, errors, evidence, every post.

Reads: `data/runs/<run>/predictions.parquet` and `metrics.json`, the run's preparation, the corpus's images.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mmner.base import project
from mmner.base.atomic import write_text
from mmner.base.errors import InputError
from mmner.evaluate import report
from mmner.ner import iob
from mmner.predict import PARTS, repository
from mmner.tools.report import analysis, gather, thumbnails
from mmner.train.params import select

TEMPLATES = Path(__file__).parent / "page"
TOTALS = ("f1", "low", "high", "precision", "recall", "default_f1", "sentences", "entities")
GATES = {"gate": "the text's share g of TVO eq. 4", "vae": "v_t", "global": "v_img", "regions": "v_obj"}


def write(run: str, out: Path, *, split: str = "dev", against: str | None = None, images: Path | None = None) -> int:
    """Write the report of `run` on `split` to the file `out`; returns how many posts it shows.

    against: another run, to see what got mended and what broke. images: a folder for larger pictures, beside `out`.
    Errors: InputError `unknown-entry`, `not-scored`, `other-sentences`; those of artifacts.
    """
    everything = project.load(repository.PARAMS)
    prepared = gather.preparation(select(everything.of_run(run), run)[0].preparation)
    rows = gather.predictions(run, split)
    found = [analysis.outcomes(row["gold"], row["predicted"]) for row in rows]
    posts = [gather.post(prepared, row, outcomes) for row, outcomes in zip(rows, found, strict=True)]
    grounded = gather.grounded(run, split)
    for post in posts:
        if post["id"] in grounded:
            gather.with_regions(post, grounded[post["id"]])
    if against is not None:
        select(everything.of_run(against), against)
        _compare(posts, rows, found, against, split)
    context = {
        "title": f"{run} on {split}",
        "run": run,
        "split": split,
        "against": against,
        "scores": _scores(run, split),
        "other": _scores(against, split) if against else None,
        "regions": _regions(run, split, [*grounded.values()]),
        "box_kinds": analysis.BOX_KINDS,
        "types": _types(found),
        "parts": _parts(rows),
        "confusion": analysis.confusion(found),
        "calibration": _calibration(rows, found),
        "weights": _weights(rows),
        "kinds": Counter(one.kind for of_post in found for one in of_post),
    }
    return render(out, context, posts, prepared, images)


def gallery(preparation: str, out: Path, *, split: str = "train", count: int = 20) -> int:
    """Write `count` posts of `preparation` with their evidence, and nobody's answers, to the file `out`; how many."""
    prepared = gather.preparation(preparation)
    rows = gather.of_split(prepared, split, count)
    if not rows:
        raise InputError("empty-split", f"no example in {split}", where=preparation, remedy="choose another split")
    posts = [gather.post(prepared, row, None) for row in rows]
    return render(out, {"title": f"{preparation}: {split}"}, posts, prepared, None)


def render(
    out: Path, context: dict[str, Any], posts: list[dict], prepared: gather.Prepared, images: Path | None
) -> int:
    """Write `posts`, as `gather.post` makes them, under what `context` says of the run, to `out`; how many they are.

    context: `title`, and all that page/report.html.j2 shows above the posts, where it has a `run`.
    """
    from jinja2 import Environment, FileSystemLoader
    from jinja2.utils import htmlsafe_json_dumps

    if out.is_dir():
        raise InputError("artifact-read-only", "a folder", where=str(out), remedy="name a file, such as report.html")
    pictures = _pictures(posts, prepared, out, images)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = lambda value: "" if value is None else f"{100 * value:.1f}"
    environment.filters["inline"] = lambda value: htmlsafe_json_dumps(value, dumps=_compact)
    page = environment.get_template("report.html.j2")
    write_text(out, page.render(posts=posts, pictures=pictures, parts_names=PARTS, **context))
    return len(posts)


def _compact(value: Any, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pictures(posts: list[dict], prepared: gather.Prepared, out: Path, images: Path | None) -> dict[str, str]:
    """Number of a picture -> base64, each image once; posts get it as `picture`, and a link to the `large` one."""
    names = list(dict.fromkeys(post["image"] for post in posts if post["image"]))
    paths = [str(prepared.images / name) for name in names] if prepared.images else []
    number = {name: at for at, name in enumerate(names)}
    made = dict(enumerate(thumbnails.all_small(paths)))
    for post in posts:
        at = number.get(post["image"]) if post["image"] else None
        post["picture"] = at if at is not None and made.get(at) else None
        if images is not None and post["picture"] is not None:
            # By its content: another report may have its images in the same folder.
            file = images / f"{prepared.rows[post['id']]['image_sha256']}.jpg"
            if file.is_file() or thumbnails.large(paths[at], file):
                post["large"] = quote(os.fsencode(Path(os.path.relpath(file, out.parent)).as_posix()))
    return {str(at): content for at, content in made.items() if content}


def _scores(run: str, split: str) -> dict[str, Any]:
    """The totals of `run` on `split`, as its metrics have them."""
    file = repository.RUNS / run / "metrics.json"
    try:
        metrics = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("not-scored", str(error), where=str(file), remedy=project.repro("evaluate", run)) from error
    prefix = "" if split == "test" else f"{split}_"
    return {name: metrics.get(f"{prefix}{name}") for name in TOTALS}


def _regions(run: str, split: str, grounded: list[dict]) -> dict[str, Any] | None:
    """How many entities have the right region: scores, and errors by kind, on predicted and on gold spans.

    None where the corpus names no boxes.
    """
    known = [row for row in grounded if row["gold"] is not None]
    if not known:
        return None
    whole = json.loads((repository.RUNS / run / "grounding.json").read_text(encoding="utf-8"))
    kinds = {
        f"on {spans} spans": Counter(
            kind for row in known for kind, _ in analysis.region_outcomes(row[column], row["gold"])
        )
        for spans, column in (("predicted", "predicted"), ("gold", "gold"))
    }
    return {"scores": whole[split], "threshold": whole["threshold"], "kinds": kinds}


def _types(found: list[list[analysis.Outcome]]) -> list[dict[str, Any]]:
    rows = []
    for label, kinds in analysis.errors_by_type(found).items():
        gold = sum(one.gold is not None and one.gold[2] == label for of_post in found for one in of_post)
        said = sum(one.predicted is not None and one.predicted[2] == label for of_post in found for one in of_post)
        right = kinds[analysis.RIGHT]
        f1 = 2 * right / (gold + said) if gold + said else 0.0
        rows.append({"label": label, "f1": f1, "support": gold, "predicted": said, "kinds": kinds})
    return rows


def _parts(rows: list[dict]) -> list[dict[str, Any]]:
    return [{"part": part, **groups} for part, groups in report.parts(rows).items()]


def _calibration(rows: list[dict], found: list[list[analysis.Outcome]]) -> dict[str, Any]:
    scored = []
    for row, outcomes in zip(rows, found, strict=True):
        right = {one.predicted for one in outcomes if one.kind == analysis.RIGHT}
        scored += [
            (score, span in right) for span, score in zip(iob.spans(row["predicted"]), row["scores"], strict=True)
        ]
    bins, error = analysis.calibration(scored)
    return {"bins": bins, "error": error}


def _weights(rows: list[dict]) -> list[dict[str, Any]]:
    """Of the gate and each fusion weight: its mean, and a histogram over posts."""
    values: dict[str, list[float]] = {}
    for row in rows:
        if row["gate"] is not None:
            values.setdefault("gate", []).append(row["gate"])
        for one in row["fusion"]:
            values.setdefault(one["kind"], []).append(one["weight"])
    return [
        {"name": name, "means": GATES.get(name, ""), "mean": sum(of) / len(of), "histogram": analysis.histogram(of)}
        for name, of in values.items()
    ]


def _compare(
    posts: list[dict], rows: list[dict], found: list[list[analysis.Outcome]], against: str, split: str
) -> None:
    """Say of each post what run `against` predicted, and whether something got mended or broke since."""
    others = {row["id"]: row for row in gather.predictions(against, split)}
    for post, row, outcomes in zip(posts, rows, found, strict=True):
        other = others.get(row["id"])
        if other is None or other["gold"] != row["gold"] or other["tokens"] != row["tokens"]:
            what = f"{against} was scored on other sentences, or against other gold tags: {row['id']}"
            raise InputError("other-sentences", what, remedy=project.repro("evaluate", against))
        theirs = analysis.outcomes(other["gold"], other["predicted"])
        mended, broke = analysis.changed(outcomes, theirs)
        post["other"] = iob.spans(other["predicted"])
        post["change"] = [name for name, there in (("mended", mended), ("broke", broke)) if there]

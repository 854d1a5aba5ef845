"""An overlay of corrections: gold as a person would have it, beside gold as it was published, which stays.

A line a post, JSON:

    {"id": "test-12", "tags": ["B-ORG", "O"], "was": ["B-LOC", "O"], "reason": "the club, not the town"}

`was` may be left out; where it stands, it has to be what gold has, so that an overlay is not laid over another edition
of the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmner.base import jsonl
from mmner.base.errors import InputError
from mmner.ner import iob
from mmner.tag.matching import Post
from mmner.tools.score.gold import Gold

KEYS = {"id", "tags", "was", "reason"}


def corrected(gold: Gold, file: Path) -> tuple[Gold, int]:
    """`gold` with the corrections of `file` that are about its posts, and how many these are.

    Errors: InputError `missing-file`, `bad-json`, `bad-correction`, `repeated-post`, `other-gold`, `no-correction`.
    """
    if not file.is_file():
        raise InputError("missing-file", "no file to be read from", where=str(file), remedy="correct its name")
    known = {post.id: post for post in gold.posts}
    found: dict[str, Post] = {}
    for number, row in jsonl.objects(jsonl.decode(file.read_bytes(), str(file)), str(file)):
        where = f"{file}:{number}"
        _check(row, where)
        if row["id"] not in known:
            continue  # of another split
        if row["id"] in found:
            what = f"a second correction of {row['id']}"
            raise InputError("repeated-post", what, where=where, remedy="make them one")
        found[row["id"]] = _post(known[row["id"]], row, {*gold.corpus.labels}, where)
    if not found:
        remedy = f"write one with an id of {gold.split}, such as {gold.posts[0].id}, or choose --split"
        raise InputError("no-correction", f"no correction is about {gold.split}", where=str(file), remedy=remedy)
    return replace(gold, posts=[found.get(post.id, post) for post in gold.posts]), len(found)


def _check(row: dict, where: str) -> None:
    """Errors: InputError `bad-correction`."""
    lists = all(_texts(row[key]) for key in ("tags", "was") if key in row)
    reason = row.get("reason")
    wrong = None
    if row.keys() - KEYS:
        wrong = f"unknown keys: {', '.join(sorted(row.keys() - KEYS))}"
    elif not isinstance(row.get("id"), str) or "tags" not in row or not lists:
        wrong = "id is a text, tags a list with one for each token, and was another such list or not there"
    elif not isinstance(reason, str) or not reason.strip():
        wrong = f"no reason for the correction of {row['id']}"
    if wrong:
        remedy = 'write {"id": ..., "tags": [...], "reason": "why gold is wrong"}'
        raise InputError("bad-correction", wrong, where=where, remedy=remedy)


def _post(post: Post, row: dict, labels: set[str], where: str) -> Post:
    tags: Sequence[str] = row["tags"]
    if "was" in row and row["was"] != post.tags:
        what = f"gold of {post.id} is {' '.join(post.tags)}, not what the correction says it was"
        raise InputError("other-gold", what, where=where, remedy="look at the post again, then write its tags as `was`")
    odd = [tag for tag in tags if tag != "O" and (tag[:2] not in ("B-", "I-") or tag[2:] not in labels)]
    wrong = f"{odd[0]} is no tag of the corpus" if odd else None
    if len(tags) != len(post.tokens):
        wrong = f"{len(tags)} tags, and {post.id} has {len(post.tokens)} tokens"
    elif not odd and iob.violations(tags):
        wrong = f"{tags[iob.violations(tags)[0]]} continues nothing"
    if wrong:
        raise InputError("bad-correction", wrong, where=where, remedy="write IOB2, a tag for each token")
    return replace(post, tags=list(tags))


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)

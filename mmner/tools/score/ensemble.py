"""Several runs or systems as one: an entity counts where more than half of them have it.

Reads: `predictions.parquet` of each run. Writes one CoNLL file, IOB2, with the posts' ids, as `score` reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mmner.base import atomic
from mmner.base.errors import InputError
from mmner.evaluate import scored
from mmner.ner import iob, schemes
from mmner.predict.answers import Answer
from mmner.predict.formats import as_conll

LEAST = 3  # of two, both would have to agree


def write(names: Sequence[str], folder: Path, split: str, out: Path) -> int:
    """Write to `out` what more than half of `names` say of each post of `split`; how many posts these are.

    names: of runs or systems. folder: where runs lie.
    Errors: InputError `too-few-runs`; `named-twice`; those of `scored.place` and `scored.the_same`.
    """
    if len({*names}) < LEAST:
        what = f"{len({*names})} different runs have no majority"
        raise InputError("too-few-runs", what, remedy=f"name {LEAST} or more, an odd number")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise InputError("named-twice", f"{twice[0]} would have two votes", remedy="name each run once")
    runs = [rows for _, rows in scored.the_same({name: scored.place(name, folder) for name in names}, split)]
    posts = zip(*runs, strict=True)
    answers = (
        Answer(id=rows[0]["id"], tokens=rows[0]["tokens"], tags=majority([row["predicted"] for row in rows]))
        for rows in posts
    )
    atomic.write_text(out, "".join(map(as_conll, answers)))
    return len(runs[0])


def majority(sequences: Sequence[Sequence[str]]) -> list[str]:
    """IOB2 tags of the entities, borders and label, that more than half of `sequences` have, tags of one sentence.

    No two of these overlap: some sequence would have to have both.
    """
    votes = Counter(span for tags in sequences for span in iob.spans(tags))
    chosen = [span for span, count in votes.items() if 2 * count > len(sequences)]
    return schemes.written(len(sequences[0]), (schemes.Chunk(*span) for span in chosen))

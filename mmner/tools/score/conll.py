"""What was scored as CoNLL, gold and predictions apart, for scorers that are not ours: SeqScore, conlleval, nervaluate.

Reads: `predictions.parquet` of a run or a system. Writes two files a split, `<token><TAB><tag>`, IOB2, an empty line
behind each post.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.base import atomic
from mmner.base.errors import InputError
from mmner.predict.answers import Answer
from mmner.predict.formats import as_conll
from mmner.rows import parquet


def write(name: str, folder: Path, out: Path, splits: Sequence[str]) -> list[tuple[Path, int]]:
    """Write the files of each of `splits` that is scored in `folder`; returns them with their numbers of posts.

    folder: of the run or system `name`. Tags of gold are as the corpus's files have them, labels renamed.
    Errors: InputError `missing-artifact`, `not-scored` where none of `splits` is.
    """
    path = folder / "predictions.parquet"
    rows = parquet.read(path, "predictions")
    written = []
    for split in splits:
        of_split = [row for row in rows if row["split"] == split]
        for column in ("gold", "predicted") if of_split else ():
            file = out / f"{name}.{split}.{column}.conll"
            answers = (Answer(id=row["id"], tokens=row["tokens"], tags=row[column]) for row in of_split)
            atomic.write_text(file, "".join(map(as_conll, answers)))
            written.append((file, len(of_split)))
    if not written:
        there = sorted({row["split"] for row in rows})
        remedy = f"--split {there[0]}" if there else f"dvc repro evaluate@{name}"
        raise InputError("not-scored", f"no post of {', '.join(splits)}", where=str(path), remedy=remedy)
    return written

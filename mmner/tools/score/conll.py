"""What was scored as CoNLL, gold and predictions apart, for scorers that are not ours: SeqScore, conlleval, nervaluate.

Reads: `predictions.parquet` of a run or a system. Writes two files a split, `<token><TAB><tag>`, IOB2, an empty line
behind each post.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.base import atomic
from mmner.evaluate import scored
from mmner.predict.answers import Answer
from mmner.predict.formats import as_conll


def write(name: str, folder: Path, out: Path, splits: Sequence[str]) -> list[tuple[Path, int]]:
    """Write the files of each of `splits` that is scored in `folder`; returns them with their numbers of posts.

    folder: of the run or system `name`. Tags of gold are as the corpus's files have them, labels renamed.
    Errors: those of `scored.by_split`.
    """
    written = []
    for split, rows in scored.by_split(folder, splits).items():
        for column in ("gold", "predicted"):
            file = out / f"{name}.{split}.{column}.conll"
            answers = (Answer(id=row["id"], tokens=row["tokens"], tags=row[column]) for row in rows)
            atomic.write_text(file, "".join(map(as_conll, answers)))
            written.append((file, len(rows)))
    return written

"""What was scored as CoNLL, gold and predictions apart, for scorers that are not ours: SeqScore, conlleval, nervaluate.

Reads: `predictions.parquet` of a run or a system. Writes two files a split, `<token><TAB><tag>`, IOB2, an empty line
behind each post. What a system predicted and no token shows stands behind the post's tokens, as a token UNPLACED.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.base import atomic
from mmner.evaluate import scored
from mmner.evaluate.systems import extended
from mmner.predict.answers import Answer
from mmner.predict.formats import as_conll

UNPLACED = "[unplaced]"


def write(name: str, folder: Path, out: Path, splits: Sequence[str]) -> list[tuple[Path, int]]:
    """Write the files of each of `splits` that is scored in `folder`; returns them with their numbers of posts.

    folder: of the run or system `name`. Tags of gold are as the corpus's files have them, labels renamed.
    Errors: those of `scored.by_split` and `scored.unplaced`.
    """
    written, unplaced = [], scored.unplaced(folder)
    for split, rows in scored.by_split(folder, splits).items():
        posts = [_whole(row, unplaced.get(row["id"], ())) for row in rows]
        for column in ("gold", "predicted"):
            file = out / f"{name}.{split}.{column}.conll"
            answers = (Answer(id=row["id"], tokens=row["tokens"], tags=row[column]) for row in posts)
            atomic.write_text(file, "".join(map(as_conll, answers)))
            written.append((file, len(posts)))
    return written


def _whole(row: dict, unplaced: Sequence[str]) -> dict:
    """`row` of predictions with a token more for each label of `unplaced`."""
    gold, predicted = extended(row["gold"], row["predicted"], unplaced)
    return {"id": row["id"], "tokens": row["tokens"] + [UNPLACED] * len(unplaced), "gold": gold, "predicted": predicted}

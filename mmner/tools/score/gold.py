"""What predictions are scored against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus.params import Corpus
from mmner.corpus.params import load as load_corpus
from mmner.evaluate import scored
from mmner.evaluate.report import Evaluation
from mmner.ner import text
from mmner.rows import parquet
from mmner.tag.matching import Post
from mmner.train.params import select

BOOTSTRAP = 1000  # resamples, where no run says how many


@dataclass(frozen=True)
class Gold:
    """The posts of `split`. predicted: the run's tags of each; None without a run. bootstrap: resamples behind the
    intervals."""

    split: str
    posts: list[Post]
    corpus: Corpus
    predicted: list[list[str]] | None
    bootstrap: int


def of_run(name: str, split: str, content: dict, runs: Path) -> Gold:
    """What run `name` was scored against. content: params.yaml's. Errors: those of `scored.of_split`."""
    run, _ = select(content, name)
    corpus = load_corpus(content, params.corpus_of(content, run.preparation))
    chosen = params.build(Evaluation, params.entry(content, "evaluate", run.evaluate), f"evaluate.{run.evaluate}")
    rows = scored.of_split(runs / name, split)
    posts = [_post(row, row["gold"], corpus.language) for row in rows]
    return Gold(split, posts, corpus, [row["predicted"] for row in rows], chosen.bootstrap)


def of_preparation(name: str, split: str, content: dict, prepared: Path) -> Gold:
    """The gold of preparation `name`. Errors: InputError `no-split`, `missing-artifact`, those of params.yaml."""
    corpus = load_corpus(content, params.corpus_of(content, name))
    artifacts = parquet.read_aligned(prepared / name, ("examples", "gold"))
    pairs = [pair for pair in zip(*artifacts.values(), strict=True) if pair[0]["split"] == split]
    there = sorted({row["split"] for row in artifacts["examples"]} - {"train", split})
    if not pairs:
        remedy = f"--split {there[0]}" if there else "name its file in the corpus's splits"
        raise InputError("no-split", f"no post of {split}", where=str(prepared / name), remedy=remedy)
    posts = [_post(row, tags["as_written"] or tags["tags"], row["language"]) for row, tags in pairs]
    return Gold(split, posts, corpus, None, BOOTSTRAP)


def _post(row: dict, tags: list[str], language: str) -> Post:
    return Post(row["id"], row["tokens"], tags, text.sentence(row["tokens"], language))

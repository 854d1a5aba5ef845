"""The proof that dev and test are two: their digests, and what of dev stands in test, kept with each run's metrics.

Whoever has the same files can compute the digests again (`corpus lint` prints them), and so see which files a score is
about: with test in place of dev, a checkpoint is chosen on test.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmner.ner import duplicates
from mmner.rows import parquet

SPLITS = ("dev", "test")
SAME = "dev and test are the same posts: weights that dev chooses are chosen on test"


def of_rows(rows: Sequence[dict]) -> dict[str, str | int]:
    """digest_dev, digest_test: of the splits that are there; with both, how many posts of dev have a text that test
    has too (same_texts), or nearly (near_texts), or its image to the byte (same_images). rows: of `examples`.
    """
    posts = {split: [row for row in rows if row["split"] == split] for split in SPLITS}
    found: dict[str, str | int] = {
        f"digest_{split}": duplicates.digest_of(of_split) for split, of_split in posts.items() if of_split
    }
    if len(found) == len(SPLITS):
        both = duplicates.shared(*posts.values())
        found |= {"same_texts": both.same, "near_texts": both.near, "same_images": both.images}
    return found


def read(prepared: Path) -> dict[str, str | int]:
    """`of_rows` of the preparation in folder `prepared`. Errors: InputError of the artifact."""
    return of_rows(list(parquet.stream(prepared / "examples.parquet", "examples", ("split", "tokens", "image_sha256"))))


def same(found: dict[str, str | int]) -> bool:
    """Whether dev and test are the same posts; found: of `of_rows`."""
    return "digest_dev" in found and found["digest_dev"] == found.get("digest_test")


def line(found: dict[str, str | int]) -> str | None:
    """What to warn of; None where nothing of dev stands in test."""
    if same(found):
        return f"evaluate: {SAME}"
    shared = {name: found.get(name, 0) for name in ("same_texts", "near_texts", "same_images")}
    if not any(shared.values()):
        return None
    told = "{same_texts} with a text of test, {near_texts} with nearly one, {same_images} with its image"
    return f"evaluate: posts of dev that stand in test: {told.format(**shared)}"

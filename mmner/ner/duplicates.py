"""Texts that stand twice, to the letter or nearly, and the digest of a split.

A text is compared without what a copy loses: case, blanks, punctuation, # and @, addresses of the web, forms of
Unicode. Two texts are nearly the same where the Jaccard index of their shingles, all runs of SHINGLE characters, is at
least NEAR. The join is exact, not MinHash: a text's rarest shingles are looked up in an index of the others' (prefix
filter, Chaudhuri et al. 2006), which is quick enough for corpora of this size, and misses nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmner.ner import letters

SHINGLE = 4  # characters
NEAR = 0.8
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")


@dataclass(frozen=True)
class Pair:
    """Text `first` of one list, `second` of the other; similarity: 1 where they are the same as compared."""

    first: int
    second: int
    similarity: float


def normal(tokens: Iterable[str]) -> str:
    """What is compared of a text; what has no letter or digit is compared as it is, without blanks."""
    text = _ADDRESS.sub(" ", unicodedata.normalize("NFKC", " ".join(tokens)).casefold())
    return "".join(letters.words(text)) or "".join("".join(tokens).split())


def pairs(first: Sequence[str], second: Sequence[str], least: float = NEAR) -> list[Pair]:
    """All pairs of texts, as `normal` makes them, whose similarity is `least` (above 0) or more."""
    shingled = [[_shingles(text) for text in texts] for texts in (first, second)]
    counts = Counter(shingle for texts in shingled for text in texts for shingle in text)
    rarest = [[sorted(text, key=lambda one: (counts[one], one)) for text in texts] for texts in shingled]
    index: dict[str, list[int]] = defaultdict(list)
    for number, shingles in enumerate(rarest[1]):
        for one in _prefix(shingles, least):
            index[one].append(number)
    found = []
    for number, shingles in enumerate(rarest[0]):
        others = {other for one in _prefix(shingles, least) for other in index.get(one, ())}
        for other in sorted(others):
            common = len(shingled[0][number] & shingled[1][other])
            similarity = common / (len(shingled[0][number]) + len(shingled[1][other]) - common)
            if similarity >= least:
                same = first[number] == second[other]
                found.append(Pair(number, other, 1.0 if same else min(similarity, math.nextafter(1, 0))))
    return found


@dataclass(frozen=True)
class Shared:
    """What posts of one split have in common with another. same, near: posts whose text the other has too, or nearly;
    images: whose image it has, to the byte. pairs: of each such text with its nearest, the most alike first."""

    same: int
    near: int
    images: int
    pairs: list[Pair]


def shared(first: Sequence[dict], second: Sequence[dict], least: float = NEAR) -> Shared:
    """What `first` shares with `second`, rows of `examples` both; least: as in `pairs`."""
    best: dict[int, Pair] = {}
    for pair in pairs(*([normal(row["tokens"]) for row in rows] for rows in (first, second)), least):
        if pair.first not in best or pair.similarity > best[pair.first].similarity:
            best[pair.first] = pair
    images = {row["image_sha256"] for row in second} - {None}
    alike = sorted(best.values(), key=lambda pair: (-pair.similarity, pair.first))
    same = sum(pair.similarity == 1 for pair in alike)
    return Shared(same, len(alike) - same, sum(row["image_sha256"] in images for row in first), alike)


def digest_of(rows: Sequence[dict]) -> str:
    """`digest` of rows of `examples`."""
    return digest((row["tokens"], row["image_sha256"]) for row in rows)


def digest(posts: Iterable[tuple[Sequence[str], str | None]]) -> str:
    """SHA-256 of a split's posts, (tokens, sha256 of the image) each, whatever their order and their ids."""
    lines = sorted(json.dumps([list(tokens), image], ensure_ascii=False) for tokens, image in posts)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _shingles(text: str) -> frozenset[str]:
    return frozenset(text[at : at + SHINGLE] for at in range(max(len(text) - SHINGLE + 1, 1)))


def _prefix(shingles: Sequence[str], least: float) -> Sequence[str]:
    """So many of the rarest that a text with enough of all has one of them."""
    return shingles[: len(shingles) - math.ceil(least * len(shingles) - 1e-9) + 1]

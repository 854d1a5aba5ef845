"""Rows per second and requests of the backends that ask a server: a real MediaWiki, and a real language model's server.

Both are those of `make test-engines`, which installs them.
"""

from __future__ import annotations

import os
import random
import tempfile
import zlib
from pathlib import Path

from benchmarks.backends import per_second
from benchmarks.figures import Figure

TITLES, AMBIGUOUS, MEANINGS = 0.8, 0.1, 4  # of the names: are a title; of these, list so many meanings
POSTS = 500


def measure(tweets: Path | None, rows: int) -> list[Figure]:
    """The figures of both. `tweets`: a column file with gold tags; None: the MediaWiki is not measured."""
    with tempfile.TemporaryDirectory() as name:
        os.environ["MMNER_STORE"] = str(Path(name) / "store")
        return (wikipedia(Path(name) / "wiki", names(tweets)) if tweets else []) + llm(Path(name), rows)


def names(file: Path) -> list[dict]:
    """Items of POSTS posts drawn from `file`, whose candidates are the gold's own spans."""
    from mmner.corpus import split_files
    from mmner.ner import iob

    items = []
    for number, post in enumerate(random.Random(1).sample(list(split_files.read(file, file.name)), POSTS)):
        spans = [" ".join(post.tokens[start:end]) for start, end, _ in iob.spans(post.tags)]
        sentence = " ".join(post.tokens)
        items.append({"id": str(number), "sentence": sentence, "candidates": list(dict.fromkeys(spans))})
    return items


def pages(names: list[str]) -> dict[str, str]:
    """Wikitext by title for a share TITLES of `names`, which a hash of the name chooses."""
    texts = {}
    for name in names:
        chance = zlib.crc32(name.encode()) / 2**32
        title = name[:1].upper() + name[1:]
        if chance >= TITLES or set(title) & set("#<>[]|{}"):
            continue
        texts[title] = f"'''{name}''' is known for being posted about. It has a page."
        if chance < TITLES * AMBIGUOUS:
            meanings = [f"{title} ({letter})" for letter in "abcdefgh"[:MEANINGS]]
            texts[title] = f"'''{name}''' may refer to:\n" + "".join(f"* [[{meaning}]]\n" for meaning in meanings)
            texts |= dict.fromkeys(meanings, f"'''{name}''' is a thing that is posted about. Really.")
    return texts


def wikipedia(folder: Path, items: list[dict]) -> list[Figure]:
    """Requests a post, with and without full-text search, each from an empty store; posts a second of the former."""
    from mmner.knowledge.wikipedia import Wikipedia
    from mmner.networks.encoders import MINILM
    from tests.engines import mediawiki

    folder.mkdir()
    unique = sorted({name for item in items for name in item["candidates"]})
    site = pages(unique)
    shared = {"contact": "benchmark@example.org", "scheme": "http", "path": "/", "encoder": MINILM, "max_kept": 1}
    shared |= {"max_results": 3, "max_meanings": 10, "max_sentences": 2, "min_relevance": 0.15, "without_name": True}
    figures = []
    with mediawiki.serving(folder, site) as host:
        for search in (True, False):
            params = Wikipedia.Params(host=host, batch_size=128, search=search, as_of=str(search), **shared)
            backend = Wikipedia(params)
            rate = per_second(backend, items, warm=0)
            note = f"{len(unique)} names in {len(items)} posts, {TITLES:.0%} of them titles, search: {search}"
            goal = Figure("wikipedia: requests", backend.requests / len(items), "a post", 0.2, note=note)
            figures += [goal, Figure("wikipedia", rate, "rows / s", note=f"the same, {len(site)} pages")]
    return figures


def llm(folder: Path, rows: int) -> list[Figure]:
    """Expressions and chains of `rows` posts, one request at a time."""
    from mmner.chains.llm import Chains
    from mmner.expressions.llm import Expressions
    from tests.chains.posts import post
    from tests.engines import llm_server

    items = [post(f"Mira plays at Marlow number {number}", ["Mira"], "A photo of a violin.") for number in range(rows)]
    with llm_server.serving(folder) as server:
        common = {"base_url": server.url, "model": llm_server.MODEL, "key_env": None, "timeout": 600.0}
        common |= {"concurrency": 1, "constrain": "json_object_schema", "max_tokens": 120}
        figures = []
        for title, kind in (("expressions (llm)", Expressions), ("chains (llm), four requests", Chains)):
            rate = per_second(kind(kind.Params(**common)), items, warm=1)
            note = f"Gemma 3 270M, 4 bits, llama-cpp-python, {rows} posts, at most 120 tokens an answer"
            figures.append(Figure(title, rate, "rows / s", note=note))
        return figures

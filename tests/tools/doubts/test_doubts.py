"""Doubts about gold: out-of-fold predictions of a real tiny tagger, cleanlab's ranking, and the page."""

import builtins
import json
import random

import numpy as np
import pytest
import yaml

from mmner.__main__ import main
from mmner.base import interpreter, params
from mmner.base.errors import InputError
from mmner.candidates.tagger import fold
from mmner.ner import iob
from mmner.rows import parquet
from mmner.tools.doubts import out_of_fold, pages, ranking

LABELS = {"PER": "a person", "LOC": "a place"}
INVENTORY = iob.tags(LABELS)
RIGHT = {"marlow": "B-PER", "tessaly": "B-LOC"}
COMMON = {"domain": "x", "language": "en", "image": None, "image_sha256": None, "error": None}
WRONG = "p5"  # whose only entity is tagged as a place


def sentences() -> list[dict]:
    """40 posts: marlow is a person, tessaly a place, in sentences of other words; in WRONG marlow is a place."""
    source, rows = random.Random(1), []
    for number in range(40):
        name, label = ("marlow", "PER") if number % 2 else ("tessaly", "LOC")
        words = source.choices(["we", "saw", "today", "with", "the", "shop", "map"], k=4)
        at = source.randint(0, 4)
        tokens, tags = [*words[:at], name, *words[at:]], ["O"] * 5
        tags[at] = f"B-{'LOC' if f'p{number}' == WRONG else label}"
        split = "train" if number < 32 else "test"
        rows.append({"id": f"p{number}", "split": split, "source": f"x:{number}", "tokens": tokens, "tags": tags})
    return rows


def sure(tags: list[str], sureness: float = 0.9) -> np.ndarray:
    """A distribution for each token that is so sure of its tag."""
    other = (1 - sureness) / (len(INVENTORY) - 1)
    return np.array([[sureness if one == tag else other for one in INVENTORY] for tag in tags])


def test_a_tag_that_nobody_else_would_give_is_in_doubt_and_the_worst_comes_first():
    pytest.importorskip("cleanlab")
    rows = sentences()
    right = [
        ["B-PER" if token == "marlow" else "B-LOC" if token == "tessaly" else "O" for token in row["tokens"]]
        for row in rows
    ]
    rows[8]["tags"] = ["O"] * 5  # and a place is missed
    said = [sure(tags, 0.99 if row["id"] == WRONG else 0.9) for row, tags in zip(rows, right, strict=True)]
    lines = ranking.ranked(rows, said, INVENTORY)
    assert [line["id"] for line in lines] == [WRONG, "p8"]
    (doubt,) = lines[0]["doubts"]
    assert (doubt["text"], doubt["given"], doubt["suggested"], doubt["quality"]) == ("marlow", "B-LOC", "B-PER", 0.0025)
    assert lines[0]["suggested"] == right[5]
    assert lines[0]["quality"] == 0.0025 < lines[1]["quality"] == 0.025


def test_without_cleanlab_the_error_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("cleanlab"):
            raise ImportError("No module named 'cleanlab'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError) as caught:
        ranking.check()
    assert (caught.value.name, caught.value.remedy) == ("missing-package", interpreter.pip_install('"mmner[doubts]"'))


def tiny(encoder, **changes) -> dict:
    settings = {"folds": 2, "epochs": 8, "batch_size": 4, "lr_encoder": 1e-3, "lr_head": 1e-2, "seed": 1}
    return {"backend": "tagger", "encoder": str(encoder), "precision": "float32"} | settings | changes


@pytest.mark.slow
def test_no_post_is_judged_by_a_tagger_that_was_taught_it(tiny_encoder, monkeypatch):
    from mmner.candidates import tagger_network

    taught = []
    real = tagger_network.train
    monkeypatch.setattr(
        tagger_network, "train", lambda examples, *rest: taught.append(examples) or real(examples, *rest)
    )
    chosen = out_of_fold.tagger_of({"candidates": {"tiny": tiny(tiny_encoder, epochs=1)}}, "x", "tiny")
    rows = [*sentences(), {**sentences()[0], "id": "twin", "split": "test"}]
    said = out_of_fold.probabilities(rows, INVENTORY, chosen)
    assert [one.shape for one in said] == [(5, len(INVENTORY))] * len(rows)
    assert all(np.allclose(one.sum(1), 1) for one in said)
    assert len(taught) == 3
    held = [{tuple(row["tokens"]) for row in rows[:32] if fold(row["id"], 2) == number} for number in (0, 1)]
    for examples, unseen in zip(taught, [*held, {tuple(row["tokens"]) for row in rows[32:]}], strict=True):
        assert unseen
        assert not unseen & {tuple(tokens) for tokens, _ in examples}
    of_test = out_of_fold.probabilities(rows, INVENTORY, chosen, ["test"])
    assert len(taught) == 4  # one, and none for the folds of train
    assert all(np.array_equal(one, other) for one, other in zip(of_test, said[32:], strict=True))


def test_a_split_without_a_post_or_with_one_tag_alone_is_refused():
    rows = sentences()
    assert pages.judged(rows, ["test"], "x") == rows[32:]
    for row in rows[32:]:
        row["tags"] = ["O"] * 5
    for split, name, what in (("dev", "no-split", "no post of dev"), ("test", "one-tag", "in gold of test: O")):
        with pytest.raises(InputError, match=what) as caught:
            pages.judged(rows, [split], "data/prepared/x")
        assert (caught.value.name, caught.value.where) == (name, "data/prepared/x")
    assert pages.judged(rows, ["train", "test"], "x") == rows


@pytest.mark.slow
def test_the_command_finds_the_wrong_tag_and_draws_its_post(tiny_encoder, tmp_path, monkeypatch, capsys):
    pytest.importorskip("cleanlab")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").touch()
    corpus = {"splits": {"train": "t"}, "language": "en", "labels": LABELS}
    content = {"corpora": {"mine": corpus}, "preparations": {"mine": {"corpus": "mine", "candidates": "tiny"}}}
    content["candidates"] = {"tiny": tiny(tiny_encoder, epochs=16, lr_head=3e-2)}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content))
    rows = sentences()
    known = [{name: row[name] for name in ("id", "split", "source", "tokens")} | COMMON for row in rows]
    folder = tmp_path / "data/prepared/mine"
    parquet.write(folder / "examples.parquet", "examples", known)
    gold = [{"id": row["id"], "tags": row["tags"], "as_written": None} for row in rows]
    parquet.write(folder / "gold.parquet", "gold", gold)
    monkeypatch.setattr("sys.argv", ["mmner", "corpus", "doubts", "mine", "--split", "dev"])
    with pytest.raises(InputError, match=r"error\[no-split\] data/prepared/mine: no post of dev"):
        main()
    monkeypatch.setattr("sys.argv", ["mmner", "corpus", "doubts", "mine", "--page", "p.html"])
    main()
    assert capsys.readouterr().out.startswith("data/doubts/mine.jsonl: ")
    lines = [json.loads(line) for line in (tmp_path / "data/doubts/mine.jsonl").read_text().splitlines()]
    assert lines[0]["id"] == WRONG
    assert lines[0]["doubts"][0]["given"] == "B-LOC"
    page = (tmp_path / "p.html").read_text()
    assert "tags of gold in doubt" in page
    assert WRONG in page


def test_a_preparation_without_a_tagger_says_how_to_name_one():
    content = {"preparations": {"mine": {"candidates": "none"}}, "candidates": {"none": {"backend": "none"}}}
    with pytest.raises(InputError) as caught:
        out_of_fold.tagger_of(content, "mine", None)
    assert caught.value.name == "no-tagger"
    assert params.entry(content, "candidates", "none")


def test_posts_of_train_are_read_in_any_case(tmp_path):
    rows = [
        row | {"domain": "x", "language": "en", "image": None, "image_sha256": None, "error": None}
        for row in sentences()
    ]
    gold = [{"id": row["id"], "tags": row.pop("tags"), "as_written": None} for row in rows]
    parquet.write(tmp_path / "examples.parquet", "examples", rows)
    parquet.write(tmp_path / "gold.parquet", "gold", gold)
    assert len(pages.read(tmp_path, ["test"])) == 40
    assert len(pages.read(tmp_path, ["dev"])) == 32

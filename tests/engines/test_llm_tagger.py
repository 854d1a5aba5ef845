"""A system that asks a real OpenAI-compatible server, by the stage's own script: the form of its answers, and its sums.

So small a model tags poorly. What it answers has to be of the corpus's labels, scored, counted, and asked for once.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.ner import iob
from mmner.rows import parquet
from tests.engines import llm_server
from tests.engines.test_llm_server import PRICES, UNFIT, served

ROOT = Path(__file__).resolve().parents[2]
LABELS = {"PER": "a person", "LOC": "a place"}
POSTS = [
    ("train", "Ana Lund sings", "B-PER I-PER O"),
    ("train", "in Marlow", "O B-LOC"),
    ("dev", "Bo is in Tessaly", "B-PER O O B-LOC"),
    ("test", "Mira Fern plays at Marlow", "B-PER I-PER O O B-LOC"),
    ("test", "nothing to see", "O O O"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with llm_server.serving(tmp_path_factory.mktemp("llm")) as server:
        yield server


@pytest.mark.parametrize("shots", [None, {"k": 1, "seed": 1}], ids=["zero-shot", "few-shot"])
def test_a_language_model_is_scored_with_what_fits_and_asked_once(server, tmp_path, shots):
    about = {"domain": "town", "language": "en", "image": None, "image_sha256": None, "source": "x:1", "error": None}
    examples = [about | {"id": f"p{n}", "split": post[0], "tokens": post[1].split()} for n, post in enumerate(POSTS)]
    gold = [{"id": f"p{n}", "tags": post[2].split(), "as_written": None} for n, post in enumerate(POSTS)]
    parquet.write(tmp_path / "prepared" / "examples.parquet", "examples", examples)
    parquet.write(tmp_path / "prepared" / "gold.parquet", "gold", gold)
    gemma = {"corpus": "mine", "preparation": "mine", "remote": None, "evaluate": "strict", "backend": "llm"}
    gemma |= {"base_url": server.url, "model": llm_server.MODEL, "key_env": None, "system_role": False}
    gemma |= {"concurrency": 1, "timeout": 900.0, "retries": 0, "max_tokens": 80, "prices": PRICES, "shots": shots}
    chosen = {
        "corpora": {"mine": {"labels": LABELS}},
        "preparations": {"mine": {"corpus": "mine"}},
        "evaluate": {"strict": {"bootstrap": 100, "splits": ["dev", "test"]}},
        "systems": {"gemma": gemma | {"constrain": "json_object_schema"}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(chosen))
    line = "--corpus mine --variant gemma --raw . --examples prepared/examples.parquet --gold prepared/gold.parquet"
    command = [sys.executable, str(ROOT / "stages" / "tag.py"), *line.split(), "--out", "system/tag.parquet"]

    def run() -> tuple[int, str]:
        alone = os.environ | {"MMNER_STORE": str(tmp_path / "store")}
        done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True)
        return done.returncode, done.stderr

    status, said = run()
    if status:  # so small a model may miss the form in each of so few rows
        assert "error[all-failed] system/tag.parquet: all 3 rows" in said
        return
    rows = {row["id"]: row for row in parquet.read(tmp_path / "system" / "tag.parquet", "tag")}
    assert sorted(rows) == ["p2", "p3", "p4"]
    for row in rows.values():
        assert row["error"] is None or UNFIT.match(row["error"]), row
        assert {label for *_, label in iob.spans(row["tags"] or [])} <= set(LABELS)
    scores = json.loads((tmp_path / "system" / "metrics.json").read_text())
    assert scores["unanswered"] == sum(row["error"] is not None for row in rows.values())
    assert {"f1", "dev_f1", "digest_test"} <= scores.keys()
    book = parquet.read(tmp_path / "system" / "tag.rows.parquet", "rows")
    assert all(1e-6 * row["tokens"] < row["money"] < 2e-6 * row["tokens"] for row in book)
    before = served(server)
    assert "3 reused, 0 computed" in run()[1]
    assert served(server) == before

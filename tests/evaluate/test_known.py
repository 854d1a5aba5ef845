"""Predictions are computed once: found by their key, whatever the gold says."""

import json
from pathlib import Path

import pytest

from mmner import predict
from mmner.evaluate.report import Evaluation, write
from mmner.predict import known
from mmner.rows import parquet
from mmner.rows.store import Store
from tests.train.committed import commit
from tests.train.preparation import SENTENCES, places, prepare, run, training

OUT = Path("data/runs/mine/predictions.parquet")


@pytest.fixture
def trained(tmp_path, own_store, monkeypatch, tiny_encoder):
    """(model folder, folder of the preparation), in a folder with a DVC cache and store of its own."""
    from mmner.train.run import train

    (tmp_path / "clone" / ".dvc").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "clone")
    where = places(Path("data/runs"), prepare(tmp_path / "prepared"))
    params = training({"encoder": str(tiny_encoder), "heads": 2, "latent": 4}, lr_head=0.1, epochs=4)
    train(run(), params, "tweets", where)
    return where.model, where.prepared


@pytest.fixture
def evaluated(trained, monkeypatch):
    """evaluated(prepared=...) -> (how often predictions were computed, their rows, their key), with OUT written."""
    model, preparation = trained
    original, computed = predict.compute, []

    def compute(*arguments):
        computed.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(predict, "compute", compute)

    def evaluated(prepared: Path = preparation):
        computed.clear()
        rows, key = known.apply(model, prepared, ["test"], None, OUT)
        write(OUT.parent, rows, Evaluation(bootstrap=0, splits=["test"]), key)
        known.remember(key, OUT)
        return len(computed), parquet.read(OUT, "predictions"), key

    return evaluated


def test_committed_predictions_are_read_and_written_to_the_same_bytes(evaluated):
    count, rows, key = evaluated()
    assert count == 1
    before = OUT.read_bytes()
    assert evaluated()[0] == 1  # not in DVC's cache yet
    commit(OUT)
    assert evaluated() == (0, rows, key)
    assert OUT.read_bytes() == before
    Path("dvc.lock").unlink()
    assert evaluated() == (0, rows, key)


def test_a_colleague_finds_them_by_the_lock(evaluated, monkeypatch, tmp_path):
    evaluated()
    commit(OUT)
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "colleague"))
    assert evaluated()[0] == 0


def test_predictions_stay_where_gold_is_mended(evaluated, tmp_path):
    _, rows, _ = evaluated()
    commit(OUT)
    mended = prepare(tmp_path / "mended", sentences=[(text, "O " * len(text.split())) for text, _ in SENTENCES])
    count, others, _ = evaluated(mended)
    assert count == 0
    assert [row["predicted"] for row in others] == [row["predicted"] for row in rows]
    assert all(set(row["gold"]) == {"O"} for row in others)


def test_other_tokens_are_predicted(evaluated, tmp_path):
    evaluated()
    commit(OUT)
    assert evaluated(prepare(tmp_path / "fewer", sentences=SENTENCES[1:]))[0] == 1


@pytest.mark.parametrize("file", ["model.safetensors", "encoder/tokenizer.json"])
def test_other_files_of_the_model_change_the_key(file, trained):
    model, prepared = trained
    found = predict.read(model, prepared, None)
    before = known.prediction_key(model, found, {"test": found.of("test")})
    with (model / file).open("ab") as content:
        content.write(b" ")
    assert known.prediction_key(model, found, {"test": found.of("test")}) != before


def test_the_name_of_the_run_does_not_change_the_key(trained):
    model, prepared = trained
    found = predict.read(model, prepared, None)
    before = known.prediction_key(model, found, {"test": found.of("test")})
    about = json.loads((model / "model.json").read_text())
    about["training"]["run"] |= {"preparation": "q", "evaluate": "f"}
    (model / "model.json").write_text(json.dumps(about))
    assert known.prediction_key(model, found, {"test": found.of("test")}) == before


@pytest.mark.parametrize("garbage", ["", "[]", "{}", '{"md5": 7}', '{"md5": "../../x"}'])
def test_a_mark_that_is_none_is_forgotten_and_made_again(evaluated, garbage):
    _, rows, key = evaluated()
    commit(OUT)
    Path("dvc.lock").unlink()
    with Store().writing() as db:
        db.execute("UPDATE marks SET value = ? WHERE key LIKE 'predicted:%'", (garbage,))
    assert evaluated() == (1, rows, key)
    assert evaluated() == (0, rows, key)

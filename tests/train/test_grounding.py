"""A run that learns grounding: from train's boxes to scores of the regions of each entity, said and gold."""

from pathlib import Path

import numpy as np
import pytest

from mmner import predict
from mmner.base.errors import InputError
from mmner.evaluate import grounding, report
from mmner.predict import known
from mmner.rows import parquet
from tests.train.committed import commit
from tests.train.preparation import BARE, places, prepare, run, train_anew, training

BOXES = [{"x0": 0.0, "y0": 0.0, "x1": 0.4, "y1": 0.4}, {"x0": 0.5, "y0": 0.5, "x1": 1.0, "y1": 1.0}]
LEARNS = BARE | {"global": True, "regions": True, "grounding": True}


@pytest.fixture
def prepared(tmp_path):
    """Each post has two regions without telling words; the one whose vector is large shows its entities."""
    folder = prepare(tmp_path / "prepared")
    gold, chance = parquet.read(folder / "gold.parquet", "gold"), np.random.default_rng(0)
    named = [
        {"expression": text, "label": text, "score": 0.5, "box": box} for text, box in zip("xy", BOXES, strict=True)
    ]
    rows = {"boxes": [], "regions": [], "features": []}
    for row in gold:
        shown = int(chance.integers(2))
        spans = grounding.iob.spans(row["tags"])
        entities = [{"start": start, "end": end, "boxes": [BOXES[shown]]} for start, end, _ in spans]
        vectors = [np.eye(4, dtype="float32")[0 if at == shown else 1] * 3 for at in range(2)]
        rows["boxes"].append({"id": row["id"], "entities": entities})
        rows["regions"].append({"id": row["id"], "regions": named, "error": None})
        rows["features"].append(
            {"id": row["id"], "image": vectors[0], "regions": vectors, "patches": None, "error": None}
        )
    for name, of_name in rows.items():
        parquet.write(folder / f"{name}.parquet", name, of_name)
    return folder


def test_what_vectors_show_and_words_do_not_is_learnt(prepared, tmp_path, tiny_encoder, own_store, monkeypatch):
    monkeypatch.chdir(tmp_path)
    where = places(Path("runs"), prepared)
    params = training({"encoder": str(tiny_encoder), "heads": 2, "latent": 4, "dropout": 0.0}, epochs=12)
    train_anew(run(switches=LEARNS), params, "tweets", where)
    learnt: dict = {}
    rows, key = known.apply(where.model, prepared, ["dev"], None, Path("predictions.parquet"), regions=learnt)
    assert set(learnt) == {row["id"] for row in rows}
    gold = {row["id"]: grounding.iob.spans(row["gold"]) for row in rows}
    assert all(span[:2] in learnt[name] for name, spans in gold.items() for span in spans)
    by_model = grounding.ground(rows, prepared, 0, learnt).scores["dev"]["gold_spans"]["groundable"]
    by_words = grounding.ground(rows, prepared, 0).scores["dev"]["gold_spans"]["groundable"]
    assert by_model["recall"] > 0.9 > by_words["recall"]
    again = predict.compute(where.model, predict.read(where.model, prepared, None), {"dev": [10]})
    assert again[0].regions.keys() == learnt["dev-0"].keys()
    _known_with_the_regions_scores(where.model, prepared, rows, key, learnt, monkeypatch)


def _known_with_the_regions_scores(model, prepared, rows, key, learnt, monkeypatch) -> None:
    """Once committed, predictions of that model and its regions' scores are read; gold's new spans are not known."""
    Path(".dvc").mkdir()
    out = Path("predictions.parquet")
    report.write(
        out.parent, rows, report.Evaluation(bootstrap=0), key, None, grounding.ground(rows, prepared, 0, learnt)
    )
    known.remember(key, out)
    commit(out, out.with_name(known.GROUNDED))
    written = {name: Path(name).read_bytes() for name in (out, known.GROUNDED)}
    computed = []
    compute = predict.compute
    monkeypatch.setattr(predict, "compute", lambda *arguments: computed.append(1) or compute(*arguments))

    def again() -> tuple[int, dict]:
        computed.clear()
        found: dict = {}
        said, _ = known.apply(model, prepared, ["dev"], None, out, regions=found)
        report.write(
            out.parent, said, report.Evaluation(bootstrap=0), key, None, grounding.ground(said, prepared, 0, found)
        )
        return len(computed), found

    assert again() == (0, learnt)
    Path("dvc.lock").unlink()
    assert again() == (0, learnt)
    assert {name: Path(name).read_bytes() for name in written} == written
    gold = parquet.read(prepared / "gold.parquet", "gold")
    gold[10]["tags"] = ["B-ORG", "O", "O", "O"]
    parquet.write(prepared / "gold.parquet", "gold", gold, {"labels": "PER ORG"})
    count, found = again()
    assert count == 1
    assert (0, 1) in found["dev-0"]


def test_boxes_that_are_not_there_are_missed(prepared, tmp_path, tiny_encoder):
    rows = [{"id": row["id"], "entities": None} for row in parquet.read(prepared / "boxes.parquet", "boxes")]
    parquet.write(prepared / "boxes.parquet", "boxes", rows)
    params = training({"encoder": str(tiny_encoder), "heads": 2, "latent": 4})
    with pytest.raises(InputError, match="no-boxes"):
        train_anew(run(switches=LEARNS), params, "tweets", places(tmp_path, prepared))

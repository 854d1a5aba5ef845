"""A model that looks at evidence on tokens gets it wherever it predicts."""

import pytest

from mmner import predict
from mmner.model.params import SOURCES, Architecture, Switches
from mmner.predict.recipe import read_by_model
from mmner.rows import parquet
from tests.train.preparation import BARE, places, prepare, run, training

EVERY = {"tokens": dict.fromkeys(SOURCES, True)}


def steps(row: dict) -> list[dict]:
    return [{"name": "a", "text": f"1. {row['tokens'][-1]} (person)"}]


def write_chains(prepared, of) -> None:
    rows = [
        {"id": row["id"], "steps": of(row), "error": None}
        for row in parquet.read(prepared / "examples.parquet", "examples")
    ]
    parquet.write(prepared / "chains.parquet", "chains", rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, module_store, tiny_encoder):
    """(model folder, folder of the preparation)."""
    from mmner.train.run import train

    folder = tmp_path_factory.mktemp("trained")
    where = places(folder, prepare(folder / "prepared"))
    write_chains(where.prepared, steps)
    ids = [row["id"] for row in parquet.read(where.prepared / "examples.parquet", "examples")]
    region = {"expression": "marlow", "label": "x", "score": 1.0, "box": dict.fromkeys(("x0", "y0", "x1", "y1"), 0.5)}
    regions = [{"id": name, "regions": [region], "error": None} for name in ids]
    parquet.write(where.prepared / "regions.parquet", "regions", regions)
    sizes = {"encoder": str(tiny_encoder), "heads": 2, "latent": 4}
    train(run(switches=BARE | EVERY), training(sizes, epochs=1), "tweets", where)
    return where.model, where.prepared


def test_predictions_from_artifacts_depend_on_the_marks(trained):
    model, prepared = trained
    with_chains = predict.apply(model, prepared, "dev")
    write_chains(prepared, lambda row: [])
    without = predict.apply(model, prepared, "dev")
    write_chains(prepared, steps)
    assert predict.apply(model, prepared, "dev") == with_chains
    moved = [one["confidence"] != other["confidence"] for one, other in zip(with_chains, without, strict=True)]
    assert moved == [row["tokens"][-1] != "." for row in with_chains]  # no chain can name a full stop


def test_the_stages_that_mark_tokens_run_for_new_posts():
    sizes = Architecture(encoder="x")
    none = Switches.model_validate(BARE)
    assert read_by_model(none, sizes) == set()
    every = {"candidates", "knowledge", "captions", "chains", "regions"}
    assert read_by_model(Switches.model_validate(BARE | EVERY), sizes) == every
    stage = {"facts": "knowledge", "chain": "chains", "caption": "captions"}
    for source in SOURCES[:-1]:
        one = Switches.model_validate(BARE | {"tokens": {source: True}})
        assert read_by_model(one, sizes) == {stage.get(source, source)}
    assert read_by_model(Switches.model_validate(BARE | {"chain": "findings"}), sizes) == {"chains"}

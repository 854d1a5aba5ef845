"""A finished model is found by its key, copied, and trained again where it is gone."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mmner.base.dvc_files import cache_folder, cache_path
from mmner.base.paths import file_digest
from mmner.model import description
from mmner.rows import store as row_store
from mmner.rows.store import Store
from mmner.train import finished, history, seen_words
from mmner.train.inputs import read
from mmner.train.loop import Trainer
from mmner.train.run import train
from tests.train.committed import commit
from tests.train.preparation import places, prepare, run, training

HERE = Path("data/runs")


@pytest.fixture
def params(tiny_encoder):
    return training({"encoder": str(tiny_encoder), "heads": 2, "latent": 4})


@pytest.fixture
def start(tmp_path, own_store, monkeypatch, params):
    """start(name=..., prepared=..., **run) -> (steps trained, model folder), in a folder with a DVC cache and store of
    its own."""
    (tmp_path / "clone" / ".dvc").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "clone")
    preparation, original, steps = prepare(tmp_path / "prepared"), Trainer.step, []

    def step(self, group):
        steps.append(group)
        return original(self, group)

    monkeypatch.setattr(Trainer, "step", step)

    def start(name: str = "mine", prepared: Path = preparation, **other) -> tuple[int, Path]:
        where = places(HERE, prepared, name=name)
        shutil.rmtree(where.model, ignore_errors=True)  # as DVC does before it runs a stage
        steps.clear()
        train(run(**other), params, "tweets", where)
        return len(steps), where.model

    return start


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def marks() -> dict[str, dict]:
    db = Store().db
    return {
        key: json.loads(value) for key, value in db.execute("SELECT key, value FROM marks WHERE key LIKE 'trained:%'")
    }


def states() -> list[Path]:
    return list((row_store.folder() / "resume").glob("*.pt"))


def test_a_committed_model_is_copied_and_the_same_to_the_byte(start):
    steps, model = start()
    assert steps == 6
    before, plots = contents(model), contents(HERE / "mine/live")
    commit(model)
    assert start()[0] == 0
    assert contents(model) == before
    assert contents(HERE / "mine/live/plots") == {
        path.removeprefix("plots/"): content for path, content in plots.items() if path.startswith("plots/")
    }
    assert all(path.stat().st_nlink == 1 and not path.is_symlink() for path in model.rglob("*") if path.is_file())


def test_without_the_lock_the_mark_finds_it_and_without_the_mark_the_lock(start, monkeypatch, tmp_path):
    _, model = start()
    commit(model)
    lock = Path("dvc.lock").read_text()
    Path("dvc.lock").unlink()
    assert start("other")[0] == 0
    assert not states()
    Path("dvc.lock").write_text(lock)
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "colleague"))
    assert start("other")[0] == 0


def test_a_model_with_a_file_missing_in_the_cache_is_trained_again(start):
    _, model = start()
    commit(model)
    assert start()[0] == 0  # the state is gone now
    weights = max((path for path in cache_folder().rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    weights.unlink()
    assert start()[0] == 6


def test_until_it_is_committed_the_state_of_a_training_makes_the_model_again(start):
    _, model = start()
    before = contents(model)
    assert states()
    assert start()[0] == 0
    assert contents(model) == before
    commit(model)
    assert start()[0] == 0
    assert not states()


def test_a_models_description_says_whose_run_it_is(start):
    _, model = start()
    commit(model)
    steps, other = start("other", evaluate="f", preparation="q")
    assert steps == 0
    about = json.loads((other / "model.json").read_text())
    assert (about["training"]["run"]["evaluate"], about["training"]["run"]["preparation"]) == ("f", "q")
    assert {**contents(other), "model.json": b""} == {**contents(model), "model.json": b""}


def test_shots_name_the_posts_of_this_preparation(start, params, tmp_path, tiny_encoder):
    drawn = {"shots": {"k": 2, "seed": 3}}
    params = training({"encoder": str(tiny_encoder), "heads": 2}, choose="last")
    where = places(HERE, tmp_path / "prepared")
    train(run(**drawn), params, "tweets", where)
    commit(where.model)
    renamed = tmp_path / "renamed"
    shutil.copytree(tmp_path / "prepared", renamed)
    _rename_posts(renamed)
    again = places(HERE, renamed, name="again")
    assert read(run(**drawn), params, "tweets", again).key == read(run(**drawn), params, "tweets", where).key
    train(run(**drawn), params, "tweets", again)
    ids = [json.loads((one.model / "shots.json").read_text())["ids"] for one in (where, again)]
    assert ids[1] == [f"{name}-x" for name in ids[0]]


def _rename_posts(folder: Path) -> None:
    from mmner.rows import parquet

    labels = " ".join(parquet.labels(folder / "gold.parquet"))
    for path in folder.glob("*.parquet"):
        rows = [row | {"id": f"{row['id']}-x"} for row in parquet.read(path, path.stem)]
        parquet.write(path, path.stem, rows, {"labels": labels} if path.stem == "gold" else None)


def test_a_model_of_another_format_is_trained_again(start):
    _, model = start()
    commit(model)
    assert start()[0] == 0
    about = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(about | {"version": 0}))
    commit(model)
    with Store().writing() as db:
        db.execute("DELETE FROM marks WHERE key LIKE 'trained:%'")
    assert start()[0] == 6


def test_a_forgotten_model_is_trained_and_then_known_again(start, params):
    _, model = start()
    commit(model)
    (key,) = (name.removeprefix("trained:") for name in marks())
    finished.forget(Store(), key)
    assert start()[0] == 6
    assert start()[0] == 0  # of its state: what the lock knows is the model of before
    commit(model)
    assert start()[0] == 0


def test_words_of_test_change_nothing_of_the_description(start, tmp_path):
    from mmner.rows import parquet

    _, model = start()
    before = (model / "model.json").read_bytes()
    commit(model)
    other = tmp_path / "other"
    shutil.copytree(tmp_path / "prepared", other)
    rows = parquet.read(other / "examples.parquet", "examples")
    strange = [row | {"tokens": ["Ω"] * len(row["tokens"])} if row["split"] == "test" else row for row in rows]
    parquet.write(other / "examples.parquet", "examples", strange)
    assert start(prepared=other)[0] == 0
    assert (model / "model.json").read_bytes() == before


def test_the_history_is_what_live_was_told(start):
    _, model = start()
    told = history.read(model)
    assert [entry["name"] for entry in told] == ["dev/f1", "epoch"] * 2
    assert [entry["step"] for entry in told] == [3, 3, 6, 6]


@pytest.mark.parametrize("garbage", ["", "{", "[]", "{}", '{"files": [], "description": {}, "resume": "a.pt"}'])
def test_a_mark_that_is_none_is_forgotten_and_made_again(start, garbage):
    _, model = start()
    commit(model)
    Path("dvc.lock").unlink()
    with Store().writing() as db:
        db.execute("UPDATE marks SET value = ? WHERE key LIKE 'trained:%'", (garbage,))
    start()  # from the state in `resume/`, which nothing swept
    assert [sorted(mark) for mark in marks().values()] == [["description", "files", "resume"]]
    assert start("other")[0] == 0


def test_a_model_that_is_put_into_dvcs_cache_beside_dvc_is_known(start):
    steps, model = start()
    (key,) = [mark.removeprefix("trained:") for mark in marks()]
    finished.into_cache(Store(), key, model)
    assert steps > 0
    before = contents(model)
    again, model = start(name="other")
    assert again == 0
    assert {name: before[name] for name in before if name not in finished.MADE_ANEW} == {
        name: content for name, content in contents(model).items() if name not in finished.MADE_ANEW
    }
    kept = [path for path in (cache_folder() / "files").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o444}


def killed(start, monkeypatch, after: int) -> None:
    """Start, and be killed at that step."""
    original, steps = Trainer.step, []

    def step(self, group):
        if len(steps) == after:
            raise KeyboardInterrupt
        steps.append(group)
        return original(self, group)

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "step", step)
        with pytest.raises(KeyboardInterrupt):
            start()


@pytest.fixture
def saved_at_once(params, monkeypatch):
    monkeypatch.setitem(params.__dict__, "save_minutes", 0.0)


def test_a_killed_retraining_goes_on(start, monkeypatch, saved_at_once):
    _, model = start()
    commit(model)
    assert start()[0] == 0
    finished.forget(Store(), description.read(model)["training"]["key"])
    killed(start, monkeypatch, after=4)
    assert start()[0] == 2


def test_a_training_goes_on_where_fewer_gpus_are_seen(start, monkeypatch, saved_at_once):
    killed(start, monkeypatch, after=4)
    (file,) = states()
    state = torch.load(file, weights_only=True)
    state["ranks"][0]["cuda"] = state["cuda"] = [torch.Generator().get_state()] * 2
    torch.save(state, file)
    assert start()[0] == 2


def test_a_finished_state_of_other_weights_is_put_aside_whatever_was_narrowed(start, monkeypatch):
    monkeypatch.setattr(seen_words, "WORTH_IT", 1.0)
    start()
    (file,) = states()
    state = torch.load(file, weights_only=True)
    del state["model"]["emit.bias"]
    torch.save(state, file)
    assert start()[0] == 6


def test_a_model_that_only_a_lock_knows_is_put_into_the_cache_as_it_is(start, monkeypatch, tmp_path):
    _, model = start()
    commit(model)
    key = description.read(model)["training"]["key"]
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "colleague"))
    steps, other = start("other")
    assert steps == 0
    finished.into_cache(Store(), key, other)
    assert finished.find(Store(), key, Path("nowhere"), Path("no.lock")) is not None


def test_a_model_that_differs_from_what_is_marked_is_stored_under_its_own_digest(start):
    _, model = start()
    commit(model)
    key = description.read(model)["training"]["key"]
    start()
    shutil.rmtree(cache_folder() / "files")
    weights = bytearray((model / "model.safetensors").read_bytes())
    weights[-1] ^= 1  # a colleague's, trained on another machine
    (model / "model.safetensors").write_bytes(bytes(weights))
    commit(model)
    _, other = start("other")
    finished.into_cache(Store(), key, other)
    files = marks()["trained:" + key]["files"]
    assert {name: file_digest(cache_path(md5), "md5") for name, md5 in files.items()} == files


def test_a_model_is_known_by_the_lock_of_its_run_wherever_it_is_written(start, monkeypatch, tmp_path, params):
    _, model = start()
    commit(model)
    Path("experiments/e").mkdir(parents=True)
    Path("dvc.lock").rename("experiments/e/dvc.lock")
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "colleague"))
    where = places(HERE, tmp_path / "prepared", name="elsewhere")
    train(run(), params, "tweets", replace(where, locked=model))
    assert contents(where.model).keys() == contents(model).keys()
    assert not states()

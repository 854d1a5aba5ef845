"""On the real dvc.yaml: what trains a run again, and what does not."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest
import yaml

from tests.pipeline.project import ROWS, RUN

CHILD = "child"  # starts from RUN
ALL = f"evaluate@{RUN}", f"evaluate@{CHILD}"
SCORES = "metrics", "parts", "types", "grounding"
BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.8, "y1": 0.8}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def trained(prepared, tiny_encoder, tmp_path_factory):
    """A project with RUN and CHILD trained and scored, regions from a file and a tiny encoder, committed."""
    project = prepared.copy(tmp_path_factory.mktemp("trained") / "project")
    shutil.copytree(tiny_encoder, project.folder / "encoder")
    project.params["train"]["minilm"] |= {"epochs": 2, "batch_size": 4, "dev_every": 1}
    architecture = project.params["train"]["minilm"]["architecture"]
    architecture |= {"encoder": "encoder", "heads": 2, "latent": 4}
    project.params["runs"][CHILD] = project.params["runs"][RUN] | {"from": RUN, "seed": 5}
    project.params["regions"]["file"] = {
        "backend": "precomputed",
        "file": "regions.jsonl",
        "key": "image",
    }
    project.params["preparations"]["sample"]["regions"] = "file"
    project.write_params()
    _write_regions(project, BOX)
    assert _steps(project) > 0
    project.commit("trained")
    return project


@pytest.fixture
def project(trained, tmp_path):
    return trained.copy(tmp_path / "project")


def _write_regions(project, first_box: dict) -> None:
    """A region for each image, of the same box; `first_box`: that of the first image that train uses."""
    corpus = project.folder / "data/raw/tiny"
    images = [path.name for path in sorted((corpus / "images").iterdir())]
    names = re.findall(r"IMGID:(\S+)", (corpus / "train.txt").read_text(encoding="utf-8"))
    first = next(name for name in names if name in images and (corpus / "images" / name).stat().st_size)
    region = {"expression": "a", "label": "a", "score": 0.5}
    rows = [{"image": name, "regions": [region | {"box": first_box if name == first else BOX}]} for name in images]
    (corpus / "regions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _add_post(project, split: str, sentence: str) -> None:
    project.add_post(split, sentence)
    _write_regions(project, BOX)


def _steps(project, *targets: str) -> int:
    """Run `dvc repro`; returns how many steps were trained."""
    project.make(*(targets or ALL))
    return len(project.calls("asked", "train"))


def _edit(project, module: str) -> None:
    """A comment at the end of `module`."""
    with (project.folder / module).open("a", encoding="utf-8") as file:
        file.write("# a comment\n")


def _model(project, run: str = RUN) -> dict[str, bytes]:
    folder = project.folder / "data/runs" / run / "model"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _outs(project) -> dict[str, str]:
    """md5 by path of what training and scoring wrote, as dvc.lock knows it."""
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    outs = [out for stage in lock.values() for out in stage["outs"]]
    return {out["path"]: out["md5"] for out in outs if out["path"].startswith("data/runs/")}


def _states(project) -> list:
    return list((project.folder / ".dvc/mmner/resume").glob("*.pt"))


def test_a_second_repro_trains_nothing_and_leaves_no_state(project):
    assert _steps(project) == 0
    assert not _states(project)


def test_a_comment_in_a_shared_module_trains_and_predicts_nothing(project):
    before = _outs(project)
    _edit(project, "mmner/base/jsonl.py")
    made = project.make(*ALL)
    assert "captions" in made
    assert not any(made.values())
    assert not project.calls("asked", "train")
    assert not project.calls("asked", "evaluate")
    assert _outs(project) == before


def test_a_comment_predicts_nothing_of_a_run_that_learnt_grounding(project):
    run = project.params["runs"][RUN]
    project.params["runs"] = {"grounded": run | {"switches": run["switches"] | {"grounding": True}}}
    project.write_params()
    assert _steps(project, "evaluate@grounded") > 0
    assert project.calls("asked", "evaluate")
    before = _outs(project)
    for module in ("mmner/evaluate/grounding.py", "mmner/predict/known.py"):
        _edit(project, module)
        assert _steps(project, "evaluate@grounded") == 0
        assert not project.calls("asked", "evaluate")
        assert _outs(project) == before


def test_a_test_post_trains_nothing_and_is_predicted(project):
    before = _outs(project)
    _add_post(project, "test", "Ada met the mayor by the river")
    assert _steps(project, "features@sample", *ALL) == 0
    assert len(project.calls("asked", "evaluate")) == 2
    after = _outs(project)
    assert {path for path in after if after[path] != before[path]} == {
        f"data/runs/{run}/{name}"
        for run in (RUN, CHILD)
        for name in (*("predictions.parquet", "grounded.parquet"), *(f"{one}.json" for one in SCORES))
    }


def test_a_renamed_image_trains_nothing(project):
    corpus = project.folder / "data/raw/tiny"
    train = (corpus / "train.txt").read_text(encoding="utf-8")
    name = next(name for name in re.findall(r"IMGID:(\S+)", train) if (corpus / "images" / name).is_file())
    (corpus / "images" / name).rename(corpus / "images" / "renamed.jpg")
    for file in ("train.txt", "regions.jsonl"):
        text = (corpus / file).read_text(encoding="utf-8")
        (corpus / file).write_text(text.replace(name, "renamed.jpg"), encoding="utf-8")
    assert _steps(project) == 0


def test_a_parameter_there_and_back_with_an_edit_between_trains_once_each(project):
    model, child = _model(project), _model(project, CHILD)
    for seed, trains in ((2, True), (1, False), (2, False)):
        project.params["runs"][RUN]["seed"] = seed
        project.write_params()
        assert (_steps(project) > 0) == trains
        _edit(project, "mmner/train/data.py")
        assert (_model(project) == model) == (seed == 1)
        assert (_model(project, CHILD) == child) == (seed == 1)


def test_branches_with_edits_train_once_each(project):
    models = {"main": _model(project)}
    project.run("git", "checkout", "-q", "-b", "other")
    project.params["train"]["minilm"]["lr_head"] = 5e-4
    project.write_params()
    assert _steps(project) > 0
    project.commit("another rate")
    models["other"] = _model(project)
    assert models["other"] != models["main"]
    for branch in ("main", "other"):
        project.run("git", "checkout", "-q", branch)
        project.run("dvc", "checkout", "-q", "--force", *(f"train@{run}" for run in (RUN, CHILD)))
        _edit(project, "mmner/model/text.py")
        assert _steps(project) == 0
        assert _model(project) == models[branch]
        project.run("git", "checkout", "-q", ".")


def test_another_name_of_the_run_trains_nothing(project):
    project.params["runs"] = {"renamed": project.params["runs"][RUN]}
    project.write_params()
    before = _model(project)
    assert _steps(project, "evaluate@renamed") == 0
    assert not project.calls("asked", "evaluate")
    assert _model(project, "renamed") == before
    plots = [project.folder / "data/runs" / run / "live/plots/metrics/dev/f1.tsv" for run in (RUN, "renamed")]
    assert plots[0].read_bytes() == plots[1].read_bytes()


def test_a_colleagues_clone_trains_nothing_after_dvc_pull(project, tmp_path):
    project.run("dvc", "remote", "add", "--default", "shared", str(tmp_path / "remote"))
    project.run("dvc", "push")
    project.commit("shared")
    colleague = project.clone(tmp_path / "colleague")
    targets = [f"{stage}@{run}" for run in (RUN, CHILD) for stage in ("train", "evaluate")]
    prepared = [f"{stage}@sample" for stage in ROWS]
    colleague.run("dvc", "pull", "examples@sample", *prepared, *targets)
    _edit(colleague, "mmner/train/data.py")
    assert _steps(colleague, "--single-item", *targets) == 0
    assert not colleague.calls("asked", "evaluate")
    assert _outs(colleague) == _outs(project)


def test_a_kill_between_training_and_commit_costs_no_epoch(project):
    project.params["runs"][RUN]["seed"] = 3
    project.write_params()
    lock = (project.folder / "dvc.lock").read_bytes()
    project.forget_calls()
    _kill_after_training(project)
    assert project.calls("asked", "train")
    assert (project.folder / "dvc.lock").read_bytes() == lock
    assert _states(project)
    assert _steps(project, f"evaluate@{RUN}") == 0
    assert not _states(project)


def _kill_after_training(project) -> None:
    """Kill `dvc repro` of RUN as soon as the stage has marked that it is trained: DVC has yet to commit it."""
    before = _marks(project)
    command = ["dvc", "repro", f"train@{RUN}"]
    running = subprocess.Popen(command, cwd=project.folder, env=project.environment, start_new_session=True)
    try:
        while _marks(project) == before:
            assert running.poll() is None, "the stage was committed before it could be killed"
            time.sleep(0.005)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def _marks(project) -> set[str]:
    """Keys of the trainings that the store knows."""
    with contextlib.closing(sqlite3.connect(project.folder / ".dvc/mmner/rows.sqlite", timeout=10)) as store:
        return {key for (key,) in store.execute("SELECT key FROM marks WHERE key LIKE 'trained:%'")}


def test_models_of_before_there_were_keys_are_trained_once_more(project):
    for run in (RUN, CHILD):
        path = project.folder / "data/runs" / run / "model/model.json"
        about = json.loads(path.read_text(encoding="utf-8"))
        del about["training"]["key"]
        path.unlink()
        path.write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    project.run("dvc", "commit", "-q", "--force", f"train@{RUN}", f"train@{CHILD}")
    with contextlib.closing(sqlite3.connect(project.folder / ".dvc/mmner/rows.sqlite", timeout=10)) as store, store:
        store.execute("DELETE FROM marks WHERE key LIKE 'trained:%'")
    for trains in (True, False):
        _edit(project, "mmner/train/data.py")
        assert (_steps(project) > 0) == trains


def test_retrain_trains_and_later_starts_do_not(project):
    project.forget_calls()
    project.run("python", "-m", "mmner", "retrain", RUN)
    assert project.calls("asked", "train")
    for force in ([], ["--force", "--single-item"]):
        assert _steps(project, *force, f"train@{RUN}") == 0


def test_two_trainings_of_one_run_over_one_store_train_it_once(project, tmp_path):
    project.params["runs"][RUN]["seed"] = 4
    project.write_params()
    other = project.copy(tmp_path / "other")
    for one in (project, other):
        one.forget_calls()
        one.run("dvc", "config", "--local", "cache.dir", str(tmp_path / "shared" / "cache"))
    shutil.copytree(project.folder / ".dvc/cache", tmp_path / "shared/cache")
    shutil.copytree(project.folder / ".dvc/mmner", tmp_path / "shared/mmner")
    command = ["dvc", "repro", "--single-item", f"train@{RUN}"]
    running = [subprocess.Popen(command, cwd=one.folder, env=one.environment) for one in (project, other)]
    assert [one.wait() for one in running] == [0, 0]
    assert sorted(len(one.calls("asked", "train")) for one in (project, other)) == [0, 6]  # two epochs of three batches
    assert _model(project) == _model(other)


def test_another_seed_trains(project):
    project.params["runs"][CHILD]["seed"] = 6
    project.write_params()
    assert _steps(project, f"train@{RUN}") == 0
    assert _steps(project, f"train@{CHILD}") > 0


def test_a_renamed_label_trains(project):
    corpus = project.folder / "data/raw/tiny"
    for split in ("train", "dev", "test"):
        text = (corpus / f"{split}.txt").read_text(encoding="utf-8")
        (corpus / f"{split}.txt").write_text(re.sub(r"\t([BI])-ORG\b", r"\t\1-GROUP", text), encoding="utf-8")
    labels = project.params["corpora"]["tiny"]["labels"]
    project.params["corpora"]["tiny"]["labels"] = {
        "GROUP" if name == "ORG" else name: definition for name, definition in labels.items()
    }
    project.write_params()
    assert _steps(project, f"train@{RUN}") > 0


def test_another_tokenizer_file_trains(project):
    path = project.folder / "encoder/tokenizer.json"
    tokenizer = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["we"], vocabulary["in"] = vocabulary["in"], vocabulary["we"]
    path.write_text(json.dumps(tokenizer), encoding="utf-8")
    assert _steps(project, "--force", "--single-item", f"train@{RUN}") > 0


def test_a_region_moved_by_a_pixel_trains(project):
    _write_regions(project, BOX | {"x0": 0.11})
    assert _steps(project, f"train@{RUN}") > 0


def test_a_plan_says_which_runs_would_be_trained(project):
    outs = _outs(project)
    assert _plan(project) == {RUN: "known: nothing to train", CHILD: "known: nothing to train"}
    project.params["runs"][CHILD]["seed"] = 6
    project.write_params()
    assert _plan(project) == {RUN: "known: nothing to train", CHILD: "will be trained"}
    project.params["runs"][RUN]["seed"] = 2
    project.write_params()
    _add_sentence(project, "test", "Ada")
    first = f"unknown: {RUN}, from which it starts, will be trained first"
    assert _plan(project) == {RUN: "will be trained", CHILD: first}
    _add_sentence(project, "train", "Bob")
    assert set(_plan(project).values()) == {"unknown: its rows are not computed yet"}
    assert not project.calls("asked", "train")
    assert _outs(project) == outs


def _add_sentence(project, split: str, name: str) -> None:
    """A post without an image: with another file of regions, all of its rows would count as new."""
    with (project.folder / "data/raw/tiny" / f"{split}.txt").open("a", encoding="utf-8") as file:
        file.write(f"\n{name}\tB-PER\nsells\tO\nbread\tO\n")


def _plan(project) -> dict[str, str]:
    """What `costs --plan` says of each run."""
    project.forget_calls()
    return dict(re.findall(r"^train@(\S+): (.*)$", project.run("python", "-m", "mmner", "costs", "--plan"), re.M))

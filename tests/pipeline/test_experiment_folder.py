"""An experiment as a folder, run by DVC: what trains, what is known again, what tools see of it."""

import json
import shutil
import sys

import pytest
import yaml

RUN, OTHER = "tvo2-sample-full-s1", "tvo2-sample-wo-vae-s1"
FOLDER = "experiments/tvo2/dvc.yaml"

pytestmark = pytest.mark.slow


def mmner(project, *arguments: str) -> str:
    return project.run(sys.executable, "-m", "mmner", *arguments)


@pytest.fixture(scope="module")
def experiment(prepared, tiny_encoder, tmp_path_factory):
    """A project in which the root's run and one run of an experiment were trained, for an epoch of a tiny encoder."""
    project = prepared.with_tiny_encoder(tmp_path_factory.mktemp("experiment") / "project", tiny_encoder, epochs=1)
    project.params["train"]["tvo-sample"] = project.params["train"]["minilm"]
    project.write_params()
    project.repro()
    mmner(project, "experiments", "add", "tvo2", "--row", "full", "--seed", "1")
    project.of_root = project.repro()
    project.first = project.repro(FOLDER)
    return project


def test_the_root_s_repro_does_not_train_an_experiment_and_its_own_does(experiment):
    assert experiment.of_root == set()
    assert experiment.first == {
        "experiments/preparations/dvc.yaml:code",
        "experiments/tvo2/dvc.yaml:settings",
        "experiments/tvo2/dvc.yaml:train",
        "experiments/tvo2/dvc.yaml:evaluate",
    }
    assert experiment.repro(FOLDER) == set()
    assert experiment.repro() == set()


def test_dvc_and_our_tools_see_it_from_the_root(experiment):
    shown = json.loads(experiment.run("dvc", "metrics", "show", "--json"))
    assert f"data/runs/{RUN}/metrics.json" in str(shown)
    assert f"data/runs/{RUN}/model" in experiment.run("dvc", "data", "status", "--json", "--unchanged")
    assert "1 scored" in next(line for line in mmner(experiment, "experiments", "list").splitlines() if "tvo2" in line)
    assert f"train@{RUN}: known" in mmner(experiment, "costs", "--plan")
    assert "posts" in mmner(experiment, "report", "--run", RUN)


def test_one_run_more_trains_that_one_alone(experiment, tmp_path):
    project = experiment.copy(tmp_path / "project")
    mmner(project, "experiments", "add", "tvo2", "--row", "wo-vae", "--seed", "1")
    printed = project.run("dvc", "repro", FOLDER)
    ran = [line for line in printed.splitlines() if line.startswith("Running stage")]
    assert [line.split("'")[1].rpartition(":")[2] for line in ran] == [
        "settings",
        f"train@{OTHER}",
        f"evaluate@{OTHER}",
    ]


def test_an_edit_of_code_of_another_stage_reruns_no_run(experiment, tmp_path):
    project = experiment.copy(tmp_path / "project")
    with (project.folder / "mmner/captions/tags.py").open("a") as file:
        file.write("# edited\n")
    ran = project.repro(FOLDER)
    assert "experiments/preparations/dvc.yaml:code" in ran
    assert "experiments/tvo2/dvc.yaml:train" not in ran


def test_deleting_the_folder_removes_it(experiment, tmp_path):
    project = experiment.copy(tmp_path / "project")
    shutil.rmtree(project.folder / "experiments/tvo2")
    assert project.repro() == set()
    assert RUN not in project.run("dvc", "metrics", "show")


def test_what_params_yaml_had_moves_to_a_folder_and_nothing_is_trained_again(experiment, tmp_path):
    project = experiment.copy(tmp_path / "project")
    runs = yaml.safe_load((project.folder / "experiments/tvo2/params.yaml").read_text(encoding="utf-8"))
    shutil.rmtree(project.folder / "experiments")
    for section, entries in runs.items():
        project.params[section] |= entries
    project.write_params()
    assert "known, no epoch trained" in project.run("dvc", "repro")
    mmner(project, "experiments", "move")
    assert "tvo2" not in (project.folder / "params.yaml").read_text(encoding="utf-8")
    shutil.rmtree(project.folder / ".dvc/mmner")  # as for a colleague, who has the files and no store
    project.forget_calls()
    project.run("dvc", "repro", FOLDER)
    assert not project.calls("asked", "train")
    assert project.repro() == set()

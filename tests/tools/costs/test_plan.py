"""costs where a stage reads what others make: a system another preparation's posts, experiments their small files."""

import json
import re
from contextlib import contextmanager

import pytest
import yaml

from mmner.rows.stages import PREPARED
from tests.fakes.llm_server import Reply, Server
from tests.pipeline.project import POSTS, Project

pytestmark = pytest.mark.slow

FOLDER = "experiments/preparations"


@pytest.fixture(scope="module")
def server():
    with Server(lambda body, number: Reply(json.dumps({"entities": []}))) as server:
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory, server):
    """A project with a system on `sample`, and with `other`, a preparation of experiments/; both were made."""
    project = Project(tmp_path_factory.mktemp("project"))
    prices = {"input": 10.0, "output": 50.0}
    asked = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": None, "prices": prices}
    of_sample = {"corpus": "tiny", "preparation": "sample", "remote": None, "evaluate": "strict"}
    project.params["systems"] = {"gpt": of_sample | asked}
    project.params["runs"] = {}
    project.write_params()
    folder = project.folder / FOLDER
    folder.mkdir(parents=True)
    none = {stage: {"none": {"backend": "none"}} for stage in PREPARED}
    other = {"corpus": "tiny", "remote": None, **dict.fromkeys(PREPARED, "none"), "captions": "made"}
    captions = {"made": {"backend": "precomputed", "file": "captions.jsonl", "key": "id"}}
    content = {"corpora": {"tiny": project.params["corpora"]["tiny"]}, "preparations": {"other": other}}
    (folder / "params.yaml").write_text(yaml.safe_dump(content | none | {"captions": captions}))
    made = project.folder / "data/raw/tiny/captions.jsonl"
    names = [f"{split}-{number}" for split, posts in POSTS.items() for number in range(posts)]
    made.write_text("".join(f'{{"id": "{name}", "caption": "A photo."}}\n' for name in names))
    project.run("python", "-m", "mmner", "experiments", "refresh")
    project.repro("tag@gpt", f"{FOLDER}/dvc.yaml")
    return project


def planned(project, preparation: str) -> dict[str, str]:
    """{stage: new rows} as `costs --plan` says of `preparation`."""
    told = project.run("python", "-m", "mmner", "costs", "--plan", "--preparation", preparation)
    return dict(re.findall(rf"^{re.escape(preparation)} +(\w+) +\d+ +(\d+) ", told, re.M))


def test_costs_tells_what_a_system_cost(project):
    told = project.run("python", "-m", "mmner", "costs")
    (line,) = re.findall(r"^systems.gpt +tag .*$", told, re.M)
    assert line.split()[2:7] == ["6", "|", "0", "6", "0"]
    assert [part.split()[-1] for part in line.split("|")[1:]] == ["0.012000"] * 2
    assert re.search(r"^all artifacts here.* 0.012000 money$", told, re.M)


def test_a_plan_sees_a_change_of_an_experiments_params_and_of_code(project):
    nothing = dict.fromkeys(PREPARED, "0")
    assert planned(project, "other") == nothing
    posts = str(sum(POSTS.values()))
    with edited(project.folder / FOLDER / "params.yaml", "key: id", "key: id\n    splits: {valid: dev}"):
        assert planned(project, "other") == nothing | {"captions": posts}
    with edited(project.folder / "mmner/rows/precomputed.py", "VERSION = 1", "VERSION = 2"):
        assert planned(project, "other") == nothing | {"captions": posts}
    assert planned(project, "other") == nothing


@contextmanager
def edited(file, old: str, new: str):
    """Within the block `file` has `new` in place of `old`."""
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new))
    try:
        yield
    finally:
        file.write_text(before)


def test_a_plan_counts_the_posts_that_a_system_is_asked_anew(project, server):
    assert planned(project, "systems.gpt") == {"tag": "0"}
    project.add_post("test", "Ada met the mayor")
    project.add_post("train", "Bo met the mayor")  # is not scored
    before = len(server.asked)
    assert planned(project, "systems.gpt") == {"tag": "1"}
    assert len(server.asked) == before
    project.repro("tag@gpt")
    assert len(server.asked) == before + 1

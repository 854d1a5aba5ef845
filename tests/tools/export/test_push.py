"""An export goes to a hub, and comes back as it was."""

import json
import os
import re
import subprocess
import sys

import pytest

from mmner.base.errors import InputError
from mmner.tools import export
from tests.fakes import hub

FILES = {
    "pipeline.json": b"{}",
    "README.md": b"# a card",
    "files/knowledge.archive/a.zim": bytes(range(256)),
    "evil.bin": b"a pickle",
}
PUSH = "from pathlib import Path; from mmner.tools import export; print(export.push(Path('made'), 'me/mine'))"
LOAD = "from mmner.predict import exported; print(exported.download('me/mine'))"


@pytest.fixture
def run(tmp_path):
    """run(code, hub) -> what a process prints that knows no other hub."""

    def run(code, server):
        env = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
        env |= {
            "HF_ENDPOINT": server.address,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_TOKEN": "hf_secret",
            "NO_PROXY": "*",
        }
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else done.stderr

    return run


def test_labels_that_begin_as_a_path_does_stay(tmp_path):
    about = {"labels": ["/person/other", "/location/other"], "training": {"encoder": "/home/me/encoder"}}
    (tmp_path / "model").mkdir()
    for name in export.MODEL:
        (tmp_path / "model" / name).write_text(json.dumps(about))
    (tmp_path / "made").mkdir()
    export._copy_model(tmp_path / "model", tmp_path / "made")
    written = json.loads((tmp_path / "made" / "model.json").read_text())
    assert written == {"labels": about["labels"], "training": {"encoder": "encoder"}}


@pytest.mark.parametrize("other", [".git", "LICENSE", "notes.md"])
def test_files_beside_an_export_are_not_lost_to_the_next(tmp_path, other):
    for name in ("pipeline.json", "model.json", "README.md"):
        (tmp_path / name).write_text("{}")
    export._check_place(tmp_path)
    export._check_place(tmp_path / "new")
    (tmp_path / other).mkdir()
    with pytest.raises(InputError, match=rf"folder-in-use.*other files: {re.escape(other)}"):
        export._check_place(tmp_path)
    (tmp_path / "pipeline.json").unlink()
    with pytest.raises(InputError, match=r"folder-in-use.*model.json"):
        export._check_place(tmp_path)


def test_what_is_pushed_comes_back_without_pickles(run, tmp_path):
    for name, content in FILES.items():
        (tmp_path / "made" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "made" / name).write_bytes(content)
    with hub.running() as server:
        assert f"{server.address}/me/mine" in run(PUSH, server)
        assert server.files["me/mine"] == FILES
        assert server.tokens == {"Bearer hf_secret"}
        folder = tmp_path / run(LOAD, server)
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert found == {name: content for name, content in FILES.items() if name != "evil.bin"}


def test_a_hub_without_the_model_or_that_is_gone_is_named(run):
    with hub.running() as server:
        assert "InputError: error[no-weights] me/mine" in run(LOAD, server)
        server.files["me/mine"] = {"config.json": b"{}"}
        assert "no pipeline.json in it: not a model that mmner exported" in run(LOAD, server)
    assert "error[no-weights] me/mine" in run(LOAD, server)

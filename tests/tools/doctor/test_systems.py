"""The doctor looks at each system that tags posts of what it is asked about, and at those that nobody has posts for."""

from pathlib import Path

import pytest

from mmner.base import params
from mmner.base.project import Place, Project
from mmner.tools import doctor
from tests.tools.doctor.places import closed

ROOT = Path(__file__).resolve().parents[3]
FILES = {"backend": "precomputed", "files": {"test": "theirs.conll"}}


@pytest.fixture
def told(tmp_path, monkeypatch):
    """told(preparations, **preparation of each system) -> what is said of systems."""
    monkeypatch.chdir(tmp_path)

    def look(preparations, **chosen):
        content = params.load(ROOT / "params.yaml")
        common = FILES | {"corpus": "sample", "remote": None, "evaluate": "strict"}
        content["systems"] = {name: common | {"preparation": preparation} for name, preparation in chosen.items()}
        project = Project([Place(Path("params.yaml"), content)])
        findings = doctor.examine(project, preparations, [], raw=Path("data/raw"), timeout=1.0, hub=closed())
        return [finding.line(about) for about, finding in findings if about.startswith("systems.")]

    return look


def test_a_system_on_posts_of_a_preparation_is_looked_at_with_it(told):
    (line,) = told(["sample"], theirs="sample")
    assert "systems.theirs: error[missing-file] data/raw/sample/theirs.conll: no such file" in line
    assert told([], theirs="sample") == []


@pytest.mark.parametrize("wrong", ["samples", None, ["sample"]])
def test_a_system_on_posts_that_nobody_has_is_named(told, wrong):
    (line,) = told(["sample"], theirs=wrong)
    assert line.startswith("FAIL  systems.theirs: error[")
    assert told([], theirs=wrong) == []  # when all were not asked for

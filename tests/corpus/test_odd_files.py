"""Each odd file is read for what it holds, or refused at its line, and the remedy leads out; lint says the same."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from mmner.rows import parquet
from tests import in_process
from tests.corpus.folder import MAPPING
from tests.corpus.odd import READ, REFUSED
from tests.corpus.odd.cases import LABELS
from tests.fakes.tiny_models import roberta

SPLITS = ("train", "dev", "test")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> str:
    """A small encoder, by whose pieces lint measures."""
    return str(roberta(tmp_path_factory.mktemp("encoder")))


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    """A folder where commands run as a user types them: project.put(content, suffix, changes), project.run(command)."""
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").touch()
    return Project(tmp_path, monkeypatch, capsys)


class Project:
    def __init__(self, folder, monkeypatch, capsys):
        self.raw, self._monkeypatch, self._capsys = folder / "data" / "raw" / "mine", monkeypatch, capsys
        self.raw.mkdir(parents=True)

    def put(self, content: str | bytes, suffix: str, changes: dict) -> None:
        splits = {split: f"{split}.{suffix}" for split in SPLITS}
        for file in splits.values():
            (self.raw / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        self.describe({"splits": splits} | changes)

    def describe(self, changes: dict) -> None:
        mapping = MAPPING | {"labels": LABELS, "images": "images"} | changes
        params = yaml.safe_dump({"corpora": {"mine": mapping}}, sort_keys=False)
        Path("params.yaml").write_text(params, encoding="utf-8")

    def run(self, script: str, *arguments: str) -> tuple[int, str]:
        """The status of the command and all that it prints."""
        status = in_process.run(script, arguments, self._monkeypatch)
        return status, "".join(self._capsys.readouterr())

    def examples(self) -> tuple[int, str]:
        return self.run(
            "stages/examples.py", "--corpus", "mine", "--raw", str(self.raw), "--examples", "out/examples.parquet",
            "--gold", "out/gold.parquet",
        )  # fmt: skip

    def posts(self) -> list[tuple[list[str], list[str]]]:
        """Tokens and tags of test, as it is scored where nothing is repaired."""
        rows = parquet.read_aligned("out", ["examples", "gold"])
        pairs = zip(rows["examples"], rows["gold"], strict=True)
        return [(row["tokens"], gold["tags"]) for row, gold in pairs if row["split"] == "test"]

    def images(self) -> list[str | None]:
        return [row["image"] for row in parquet.read("out/examples.parquet", "examples") if row["split"] == "test"]


@pytest.mark.parametrize("name", READ)
def test_it_is_read_for_what_it_holds(project, encoder, name):
    case = READ[name]
    project.put(case.content, case.suffix, case.changes)
    status, printed = project.examples()
    assert status == 0, printed
    assert project.posts() == case.posts
    if case.images:
        assert project.images() == case.images
    assert case.note in printed
    status, report = project.run("mmner/__main__.py", "corpus", "lint", "mine", "--encoder", encoder)
    assert status == 0, report
    assert f"scheme {case.changes.get('scheme', 'iob2')}; the tags look like" in report


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_at_its_line_and_the_remedy_leads_out(project, encoder, name):
    case = REFUSED[name]
    project.put(case.content, case.suffix, case.changes)
    status, printed = project.examples()
    assert status == 1, printed
    assert re.search(rf"error\[{case.error}\] train\.{case.suffix}:{case.line}\b", printed.replace("test.", "train."))
    assert "Traceback" not in printed
    assert not Path("out").exists()
    remedy = printed.partition("remedy: ")[2].strip()
    assert case.remedy in remedy
    status, report = project.run("mmner/__main__.py", "corpus", "lint", "mine", "--encoder", encoder)
    assert status == 1
    assert f"error[{case.error}]" in report
    follow(project, case, remedy)
    status, printed = project.examples()
    assert status == 0, printed
    assert project.posts() == case.posts


def follow(project: Project, case, remedy: str) -> None:
    """What a user does who reads the remedy."""
    if case.command:
        command = re.search(r"(mv|iconv|awk) .*?(> new.txt|mv utf8.tmp \S+|\.old > \S+)", remedy)[0]
        for split in SPLITS:
            told = command.replace(f"train.{case.suffix}", f"{split}.{case.suffix}").replace("new.txt", f"{split}.new")
            subprocess.run(told, shell=True, check=True, cwd=project.raw)
        if "new.txt" in command:
            project.describe({"splits": {split: f"{split}.new" for split in SPLITS}})
    elif isinstance(case.way, dict):
        (project.raw / "new.txt").write_bytes((project.raw / f"test.{case.suffix}").read_bytes())
        splits = {"splits": {split: f"{split}.{case.suffix}" for split in SPLITS}}
        project.describe(case.changes | splits | case.way)
    elif case.way is not None:
        project.put(case.way, case.suffix, case.changes)
    else:
        lines = case.content.splitlines(keepends=True)
        for split in SPLITS:
            kept = "".join(line for line in lines if line != lines[case.line - 1]).replace("ID:a\n", f"ID:{split}\n")
            (project.raw / f"{split}.{case.suffix}").write_text(kept, encoding="utf-8")

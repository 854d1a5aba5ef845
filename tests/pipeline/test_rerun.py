"""What `dvc repro` runs on the real dvc.yaml, with the real stages on a corpus of a few posts."""

import json
import os
import re
import signal
import subprocess
import time

import pytest
import yaml

from mmner.rows import parquet
from tests.pipeline.project import RUN, Project

pytestmark = pytest.mark.slow

ALL = {"sample", "examples", "captions", "candidates", "knowledge", "expressions", "regions", "chains", "features"}
ALL |= {"train", "evaluate"}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The pipeline, killed while captions are made and then brought to its end; `printed` is what that said."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.repro("sample", "examples@sample")
    _kill_in_captions(project)
    project.printed = project.run("dvc", "repro")
    return project


def _kill_in_captions(project: Project) -> None:
    command = ["dvc", "repro", "captions@sample"]
    running = subprocess.Popen(command, cwd=project.folder, env=project.environment, start_new_session=True)
    try:
        while project.stored("captions") < 2:
            assert running.poll() is None, "captions ended before it could be killed"
            time.sleep(0.02)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert not (project.folder / "data/prepared/sample/captions.parquet").exists()


def test_rows_finished_before_a_kill_are_reused(project):
    reused, computed = map(
        int, re.search(r"captions: \d+ rows in, (\d+) reused, (\d+) computed", project.printed).groups()
    )
    assert reused >= 1
    assert computed >= 1


def test_a_second_repro_runs_nothing(project):
    assert project.repro() == set()


CHANGES = {  # section: (stage that reads it, entry, key, other value, whether what it writes changes)
    "corpora": ("examples", "tiny", "max_failed", 0.95, False),
    "captions": ("captions", "tags", "max_words", 2, True),
    "candidates": ("candidates", "minilm", "seed", 2, True),
    "knowledge": ("knowledge", "sample-zim", "batch_size", 5, False),
    "expressions": ("expressions", "phrases", "batch_size", 5, False),
    "regions": ("regions", "boxes", "batch_size", 5, False),
    "chains": ("chains", "steps", "batch_size", 5, False),
    "features": ("features", "efficientnet", "batch_size", 5, False),
    "train": ("train", "minilm", "lr_head", 5e-4, True),
    "evaluate": ("evaluate", "strict", "bootstrap", 10, True),
    "runs": ("train", RUN, "seed", 7, True),
}
READ_MAX_FAILED = {"examples", "captions", "regions", "features"}


@pytest.mark.parametrize("section", CHANGES)
def test_a_changed_parameter_reruns_its_stage_and_what_then_reads_other_bytes(project, section):
    stage, entry, key, value, changes_bytes = CHANGES[section]
    before = project.inputs()
    assert project.params[section][entry].get(key) != value
    project.params[section][entry][key] = value
    project.write_params()
    ran = project.repro()
    after = project.inputs()
    assert ran == {name for name in ALL if before[name] != after[name]}
    direct = READ_MAX_FAILED if section == "corpora" else {stage}
    assert direct <= ran
    assert changes_bytes or ran == direct


def test_a_preparation_that_names_another_variant_reruns_that_stage(project, tmp_path):
    project = project.copy(tmp_path / "project")  # a region's variant is another test's change
    project.params["regions"]["none"] = {"backend": "none"}
    project.params["preparations"]["sample"]["regions"] = "none"
    project.write_params()
    ran = project.repro()
    assert {"regions", "features"} <= ran
    assert ran <= {"regions", "features", "train", "evaluate"}


def test_a_change_and_its_undoing_compute_no_row_again(project):
    captions = project.params["captions"]["tags"]
    kept = captions["max_tags"]
    for value in (kept + 1, kept):
        captions["max_tags"] = value
        project.write_params()
        project.run("dvc", "repro", "captions@sample")
    assert not re.search(
        r", [1-9]\d* computed", project.run("dvc", "repro", "--force", "--single-item", "captions@sample")
    )


PIXELS = {"train", "evaluate"}  # of a vision tower; image_sha256 of `examples` stands for them


def test_every_file_that_a_stage_reads_is_a_dep_or_an_out_of_it(project):
    """DVC starts no stage whose deps are unchanged: a file that it reads and doesn't list is edited in vain."""
    reads = project.reads()
    assert set(reads) >= ALL - {"sample"}
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    for stage, paths in reads.items():
        known = [
            entry["path"]
            for name, locked in lock.items()
            if name.split("@")[0] == stage
            for kind in ("deps", "outs")
            for entry in locked.get(kind, ())
        ]
        assert known
        unlisted = [
            path for path in sorted(paths) if not any(path == one or path.startswith(f"{one}/") for one in known)
        ]
        assert unlisted == [], stage


def test_every_path_of_a_command_is_a_dep_or_an_out_or_leads_to_pixels(project):
    stages = yaml.safe_load((project.folder / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert set(stages) >= ALL
    for name, stage in stages.items():
        stanza = stage.get("do", stage)
        entries = [entry for kind in ("deps", "outs", "metrics", "plots") for entry in stanza.get(kind, ())]
        listed = [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]
        options = re.findall(r"--([\w-]+) (data/\S+)", stanza["cmd"])
        assert options
        for option, path in options:
            folder_of_listed = any(one.startswith(f"{path}/") for one in listed)
            pixels = name in PIXELS and option == "corpora"
            assert path in listed or folder_of_listed or pixels, (name, option)


def test_an_edited_file_that_somebody_made_reruns_its_stage(project, tmp_path):
    mine = project.copy(tmp_path / "mine")
    examples = parquet.read(mine.folder / "data/prepared/sample/examples.parquet", "examples")
    file = mine.folder / "data/raw/tiny/candidates.jsonl"

    def write(end: int) -> None:
        rows = [{"id": row["id"], "spans": [{"start": 0, "end": min(end, len(row["tokens"]))}]} for row in examples]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def widths() -> set[int]:
        rows = parquet.read(mine.folder / "data/prepared/sample/candidates.parquet", "candidates")
        return {span["end"] - span["start"] for row in rows for span in row["spans"]}

    mine.params["candidates"]["made"] = {"backend": "precomputed", "file": "candidates.jsonl", "key": "id"}
    mine.params["preparations"]["sample"]["candidates"] = "made"
    mine.write_params()
    write(1)
    mine.repro("candidates@sample")
    assert widths() == {1}
    write(2)
    assert "candidates" in mine.repro("candidates@sample")
    assert max(widths()) == 2  # a post of one word has no more

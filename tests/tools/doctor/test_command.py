"""`python -m mmner doctor`: what it looks at, what it says, and its status."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from mmner.base import params
from mmner.base.errors import InputError
from mmner.rows.store import Store
from mmner.tools import catalogue
from mmner.tools.catalogue import merge
from mmner.tools.costs import graph
from mmner.tools.doctor import dvc_state
from mmner.tools.doctor.collector import Collector
from tests.tools.doctor.places import closed

ROOT = Path(__file__).resolve().parents[3]
SECRET = "sk-never-to-be-seen"


def doctor(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OPENAI_API_KEY": SECRET}
    command = [sys.executable, "-m", "mmner", "doctor", "--timeout", "1", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path):
    """A folder with the params.yaml and dvc.yaml that ship, and nothing else."""
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def test_a_fresh_clone_is_well(clone):
    done = doctor(clone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "corpora.sample: data/raw/sample: not here yet, `dvc repro` makes it" in done.stdout
    assert "0 warn, 0 FAIL" in done.stdout


def test_all_that_the_papers_preparation_lacks_is_told_at_once_and_no_key_shown(clone):
    entry = catalogue.load("papers")
    merge.into_file(clone / "params.yaml", entry.fragment, entry.choose())
    content = params.load(clone / "params.yaml")
    for section in ("captions", "expressions", "chains"):
        for variant in content[section].values():
            if variant["backend"] == "llm":
                variant["base_url"] = closed() + "/v1"
    content["knowledge"]["papers-wikipedia"] |= {"scheme": "http", "host": closed().removeprefix("http://")}
    (clone / "params.yaml").write_text(yaml.safe_dump(content))
    done = doctor(clone, "--run", "papers-tvo", "--run", "papers-iac")
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert done.returncode == 1
    for about in (
        "corpora.twitter2017: error[missing-corpus]",
        "captions.papers-minigpt: http",
        "captions.papers-blip2: error[no-weights] Salesforce/blip2-opt-2.7b",
        "candidates.papers-roberta",
        "knowledge.papers-wikipedia: http",
        "expressions.papers-gpt4o: http",
        "regions.papers-grounding-dino: error[no-weights] IDEA-Research/grounding-dino-base",
        "features.papers-vit: error[no-weights] google/vit-base-patch32-224-in21k",
    ):
        assert any(about in line for line in failed), about
    assert all("remedy: " in line for line in failed)
    assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda all: all["captions"]["tags"].update(backend="tag"), "error[unknown-backend]"),
        (
            lambda all: all["captions"]["tags"].update(max_tag=1),
            "error[bad-params] params.yaml: captions.tags: max_tag",
        ),
        (lambda all: all["chains"].update(steps={"backend": "llm", **LLM, "steps": ["dream"]}), "error["),
        (
            lambda all: all["chains"].update(steps={"backend": "llm", **LLM, "extra": {"until": date(2020, 1, 1)}}),
            "error[bad-params] params.yaml: chains.steps: extra: until is a date",
        ),
        (lambda all: all["preparations"]["sample"].update(regions="grounded"), "no entry grounded"),
        (lambda all: all["preparations"]["sample"].pop("regions"), "no regions"),
        (lambda all: all["runs"]["sample-full"].update(train="big"), "no entry big"),
        (lambda all: all["runs"]["sample-full"]["switches"].update(captoin=True), "captoin: unknown key"),
        (lambda all: all["runs"]["sample-full"].update(preparation="samples"), "no entry samples"),
        (lambda all: all["features"].update(efficientnet={"backend": "none"}), "error[no-features]"),
        (lambda all: all["corpora"]["sample"]["splits"].pop("dev"), "error[empty-split] the run needs dev"),
        (lambda all: all["corpora"]["sample"]["splits"].pop("test"), "error[empty-split] the run needs test"),
    ],
)
def test_what_a_stage_would_refuse_is_refused(clone, monkeypatch, change, told):
    monkeypatch.chdir(clone)
    content = params.load("params.yaml")
    change(content)
    collector = Collector(content, Path("data/raw"))
    for name in content["runs"]:
        collector.run(name)
    for name in content["preparations"]:
        collector.preparation(name)
    lines = [finding.line(about) for about, finding in collector.findings]
    assert any(told in line for line in lines), lines
    assert all(line.startswith("FAIL") and "\n" not in line for line in lines)


LLM = {"base_url": "http://localhost:1/v1", "model": "m", "key_env": None}


def test_a_run_that_trains_a_vision_tower_needs_its_weights_and_no_features(clone, monkeypatch):
    monkeypatch.chdir(clone)
    content = params.load("params.yaml")
    content["features"]["efficientnet"] = {"backend": "none"}
    content["train"]["minilm"]["architecture"]["vision"] = {"weights": "google/vit"}
    content["train"]["minilm"]["lr_vision"] = 1.0e-5
    collector = Collector(content, Path("data/raw"))
    collector.run("sample-full")
    assert collector.findings == []
    towers = [requirement for requirement in collector.users if getattr(requirement, "place", None) == "google/vit"]
    assert [requirement.use for requirement in towers] == ["train"]


def test_a_run_on_a_corpus_without_its_images_can_have_no_features(clone, context):
    (clone / "data" / "sample").mkdir(parents=True)
    collector = Collector(params.load(clone / "params.yaml"), clone / "data")
    for name in ("sample-text", "sample-full"):
        collector.run(name)
    assert [about for about, _ in collector.findings] == ["runs.sample-full"]


def test_an_unknown_name_is_told(context):
    collector = Collector(params.load(ROOT / "params.yaml"), Path("data/raw"))
    collector.preparation("smaple")
    collector.run("smaple-full")
    assert [about for about, _ in collector.findings] == ["preparations.smaple", "runs.smaple-full"]


@pytest.mark.parametrize(
    ("file", "content", "error"),
    [("dvc.lock", "", "error[dvc-lock] dvc.lock"), (".dvc/tmp/rwlock", "{", "error[dvc-rwlock]")],
)
def test_what_a_kill_left_of_dvcs_files_is_told_beside_all_else(clone, file, content, error):
    (clone / ".dvc" / "tmp").mkdir(parents=True)
    (clone / file).write_text(content, encoding="utf-8")
    done = doctor(clone)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert done.returncode == 1
    assert len(failed) == 1
    assert error in failed[0]
    assert "corpora.sample" in done.stdout


BROKEN_YAML = {
    "unclosed": "stages: {a: [\n",
    "list": "- 1\n",
    "latin-1": b"stages: {\xf6: 1}\n",
    "stages-list": "stages: [1]\n",
    "stage-null": "stages:\n  a:\n",
    "outs-number": "stages:\n  a:\n    cmd: x\n    outs: 3\n",
    "conflict": "stages:\n<<<<<<< HEAD\n  a: {cmd: x}\n",
}


@pytest.mark.parametrize("name", BROKEN_YAML)
def test_a_broken_dvc_yaml_is_a_finding_beside_all_else(clone, name):
    (clone / ".dvc").mkdir()
    content = BROKEN_YAML[name]
    (clone / "dvc.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    done = doctor(clone)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("FAIL  machine: error[dvc-yaml]")
    assert "dvc.yaml" in lines[0]
    assert "remedy: correct dvc.yaml, or git checkout dvc.yaml" in lines[0]
    assert any("corpora.sample" in line for line in lines)


def test_a_copy_without_git_is_told_the_way_out(clone):
    (clone / ".dvc").mkdir()
    shutil.rmtree(clone / ".git")
    done = doctor(clone)
    assert "error[no-git]" in done.stdout.splitlines()[0]
    dvc = [str(Path(sys.executable).with_name("dvc")), "config", "--local", "core.no_scm", "true"]
    subprocess.run(dvc, cwd=clone, check=True, capture_output=True)
    assert "0 FAIL" in doctor(clone).stdout


BROKEN_LOCK = {
    "list": "- 1\n",
    "text for stages": "schema: '2.0'\nstages: x\n",
    "list for stages": "schema: '2.0'\nstages: [a]\n",
    "no stages": "schema: '2.0'\nstages:\n",
    "no schema": "stages: {}\n",
    "no path": "schema: '2.0'\nstages:\n  sample:\n    cmd: x\n    outs:\n    - md5: abc\n",
    "number for md5": "schema: '2.0'\nstages:\n  sample:\n    cmd: x\n    outs:\n    - {path: a, md5: 12}\n",
    "unclosed": "schema: '2.0'\nstages: {a: [\n",
    "conflict": "schema: '2.0'\nstages:\n<<<<<<< HEAD\n  a: {cmd: x}\n=======\n",
    "empty": "",
}


@pytest.mark.parametrize("name", BROKEN_LOCK)
def test_a_broken_dvc_lock_is_named_with_its_remedy(clone, monkeypatch, name):
    (clone / ".dvc").mkdir()
    (clone / "dvc.lock").write_text(BROKEN_LOCK[name], encoding="utf-8")
    monkeypatch.chdir(clone)
    (finding,) = dvc_state()
    assert finding.message.startswith("error[dvc-lock] dvc.lock: ")
    with pytest.raises(InputError, match=r"error\[dvc-lock\] dvc.lock: [\s\S]*rm dvc.lock; then dvc repro"):
        graph.stages()  # of `costs --plan` and `retry`
    (clone / "dvc.lock").unlink()
    assert dvc_state() == []


@pytest.mark.parametrize(
    "damage", [lambda path: Store(path).db.execute("DROP TABLE marks"), lambda path: path.write_text("none" * 999)]
)
def test_a_damaged_row_store_is_a_finding_and_a_named_error_of_costs(clone, monkeypatch, damage):
    store = clone / "store" / "rows.sqlite"
    monkeypatch.setenv("MMNER_STORE", str(store.parent))
    store.parent.mkdir(parents=True)
    (clone / "data" / "prepared").mkdir(parents=True)
    damage(store)
    done = doctor(clone)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert len(lines) == 1, done.stdout + done.stderr
    line = lines[0]
    assert "error[store-broken]" in line
    assert "remedy: move rows.sqlite" in line
    command = [sys.executable, "-m", "mmner", "costs"]
    told = subprocess.run(
        command, cwd=clone, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (told.returncode, told.stderr.startswith("error[store-broken]")) == (1, True)


def test_a_preparation_that_names_a_list_of_variants_is_refused(clone):
    content = params.load("params.yaml")
    content["preparations"]["sample"]["captions"] = ["tags"]
    (clone / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    done = doctor(clone)
    assert done.returncode == 1
    assert "error[bad-params] params.yaml: preparations.sample: captions: ['tags'] is no name" in done.stdout


def test_keys_that_say_where_artifacts_go_are_held_equal(clone):
    (clone / ".dvc").mkdir()
    content = params.load("params.yaml")
    content["corpora"]["sample"]["remote"] = "private"
    content["preparations"]["sample"]["remote"] = "private"
    del content["runs"]["sample-text"]["remote"]
    (clone / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    failed = [line for line in doctor(clone).stdout.splitlines() if line.startswith("FAIL")]
    said = {line.split(": error")[0].split()[1]: line for line in failed}
    assert said.keys() == {"machine", "runs.sample-text", "preparations.sample", "runs.sample-full"}
    assert "Could not find 'item.remote'; remedy: add to params.yaml what" in said["machine"]
    assert "no remote, which dvc.yaml reads; remedy: add `remote: null`" in said["runs.sample-text"]
    assert "DVC has no remote private; remedy: dvc remote add private" in said["preparations.sample"]
    assert "remote is null, and that of preparations.sample is private" in said["runs.sample-full"]
    shutil.copy(ROOT / ".dvc" / "config", clone / ".dvc" / "config")
    for run in content["runs"].values():
        run["remote"] = "private"
    (clone / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    assert "0 FAIL" in doctor(clone).stdout


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("corpora: {", ["yaml-syntax"]),
        ("- 1", ["not-a-mapping"]),
        ("word", ["not-a-mapping"]),
        ("captions: tags", ["bad-section"]),
        ("corpora: [1]\npreparations: {b.c: {}, d: {corpus: 7}}\n", ["bad-section", "bad-name", "bad-params"]),
    ],
)
def test_what_is_wrong_with_params_yaml_is_told_beside_the_rest(clone, text, named):
    (clone / "params.yaml").write_text(text)
    done = doctor(clone)
    told = [line for line in done.stdout.splitlines() if line.startswith("FAIL  params.yaml: ")]
    assert [name for name in named if not any(name in line and "remedy: " in line for line in told)] == []
    assert (done.returncode, len(told), "of disk free" in done.stdout, done.stderr) == (1, len(named), True, "")


@pytest.mark.parametrize("heads", [7, 12])
def test_heads_that_do_not_divide_the_encoders_width_fail_with_those_that_do(heads):
    content = params.load(ROOT / "params.yaml")
    content["train"]["minilm"]["architecture"]["heads"] = heads
    collector = Collector(content, Path("data/raw"))
    collector.run("sample-full")
    told = [finding for about, finding in collector.findings if about == "runs.sample-full"]
    assert ["384" in finding.message for finding in told] == ([True] if heads == 7 else [])
    assert all(finding.remedy.startswith("one of: 1, 2, 3, 4, 6, 8, 12, 16,") for finding in told)

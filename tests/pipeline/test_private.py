"""A corpus that may not be shared: nothing that holds its texts leaves, and who lacks it works on everything else."""

import subprocess

import pytest

from mmner.base import dvc_files
from mmner.rows.stages import PREPARED
from tests.pipeline import sharing
from tests.pipeline.project import Project

pytestmark = pytest.mark.slow

TEXT = "Ada\tB-PER\nkeeps\tO\na\tO\nsecret\tO\n"


def dvc(project: Project, *arguments: str) -> subprocess.CompletedProcess:
    command = ["dvc", *arguments]
    return subprocess.run(command, cwd=project.folder, env=project.environment, capture_output=True, text=True)


@pytest.fixture
def mine(prepared, tmp_path):
    """A project that has prepared `sample` and `closed`, whose corpus may not be shared, and has pushed."""
    mine = prepared.copy(tmp_path / "mine")
    closed = mine.folder / "data" / "raw" / "closed"
    closed.mkdir()
    for split in ("train", "dev", "test"):
        (closed / f"{split}.txt").write_text(TEXT, encoding="utf-8")
    mine.params["runs"] = {}
    mine.params["corpora"]["closed"] = mine.params["corpora"]["tiny"] | dict.fromkeys(("images", "boxes"))
    mine.params["corpora"]["closed"]["remote"] = "private"
    for stage in PREPARED:
        mine.params[stage]["none"] = {"backend": "none"}
    chosen = dict.fromkeys(PREPARED, "none")
    mine.params["preparations"]["closed"] = {"corpus": "closed", "remote": "private"} | chosen
    mine.write_params()
    mine.run("dvc", "repro")
    mine.run("bash", "-ec", sharing.commands(str(tmp_path / "remote")))
    return mine


def digests(project: Project, preparation: str) -> dict[str, str]:
    outs = dvc_files.locked_outs(project.folder / "dvc.lock")
    return {path: md5 for path, md5 in outs.items() if path.startswith(f"data/prepared/{preparation}/")}


def there(project: Project, preparation: str) -> set[str]:
    return {path for path in digests(project, preparation) if (project.folder / path).is_file()}


def test_nothing_of_it_is_pushed_and_a_colleague_works_on_everything_else(mine, tmp_path):
    pushed = {path.parent.name + path.name for path in (tmp_path / "remote").rglob("*") if path.is_file()}
    kept = {path.parent.name + path.name for path in (mine.folder / ".dvc" / "private").rglob("*") if path.is_file()}
    own = set(digests(mine, "closed").values())
    assert len(digests(mine, "closed")) == 3 + 2 * len(PREPARED)
    assert set(digests(mine, "sample").values()) <= pushed
    assert not own & pushed
    assert own <= kept

    colleague = mine.clone(tmp_path / "colleague")
    pull = dvc(colleague, "pull")
    assert pull.returncode != 0  # as docs/extending.md says
    assert "--allow-missing" not in pull.stdout
    assert dvc(colleague, "pull", "--allow-missing").returncode == 0
    assert there(colleague, "sample") == set(digests(mine, "sample"))
    assert there(colleague, "closed") == set()
    colleague.add_post("test", "Ada met the mayor by the river")
    done = dvc(colleague, "repro", "--allow-missing", "--keep-going")
    assert "chains@sample" in done.stdout
    assert "closed" not in "".join(line for line in done.stdout.splitlines() if "Running stage" in line)
    assert there(colleague, "sample") == set(digests(mine, "sample"))


def test_what_was_pulled_of_it_is_not_deleted_where_the_corpus_itself_is_missing(mine, tmp_path):
    colleague = mine.clone(tmp_path / "colleague")
    colleague.run("dvc", "remote", "modify", "--local", "private", "url", str(mine.folder / ".dvc" / "private"))
    colleague.run("dvc", "pull")
    everything = set(digests(mine, "closed"))
    assert there(colleague, "closed") == everything
    assert dvc(colleague, "repro").returncode != 0  # data/raw/closed is missing
    assert there(colleague, "closed") == everything
    assert dvc(colleague, "repro", "--single-item", "captions@closed").returncode != 0
    colleague.run("dvc", "checkout")
    assert there(colleague, "closed") == everything


def test_a_key_that_differs_is_refused_though_nothing_else_changed_and_an_unknown_remote_gets_nothing(mine, tmp_path):
    before = {path.name for path in (tmp_path / "remote").rglob("*")}
    mine.params["preparations"]["closed"]["remote"] = None
    mine.write_params()
    done = dvc(mine, "repro", "examples@closed")
    assert done.returncode != 0
    assert "error[remote-differs] params.yaml: preparations.closed: remote is null" in done.stderr
    for section in ("corpora", "preparations"):
        mine.params[section]["closed"]["remote"] = "elsewhere"
    mine.write_params()
    mine.run("dvc", "repro", "examples@closed")
    done = dvc(mine, "push")
    assert done.returncode != 0
    assert "remote 'elsewhere' doesn't exist" in done.stderr
    assert {path.name for path in (tmp_path / "remote").rglob("*")} == before

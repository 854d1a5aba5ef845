"""costs, retry and clean on the real pipeline, whose captions and expressions come from the tests' LLM server."""

import json
import re
import shutil
import subprocess
from contextlib import contextmanager

import pytest

from mmner.rows.store import Store
from tests.fakes.llm_server import Reply, Server, sentence_of
from tests.pipeline.project import Project

pytestmark = pytest.mark.slow

STAGES = ("captions@sample", "expressions@sample")
PRICES = {"input": 10.0, "output": 50.0}  # a million tokens; the server counts 100 in and 20 out: 0.002 an answer


class Talker:
    """A caption to who sends an image, else expressions. spoilt, busy: sentences answered by no JSON, and by a 503."""

    def __init__(self):
        self.spoilt, self.busy = set(), set()

    def __call__(self, body: dict, number: int) -> Reply:
        if "response_format" not in body:
            return Reply("A photo.")
        sentence = sentence_of(body)
        if sentence in self.busy:
            return Reply(status=503)
        if sentence in self.spoilt:
            return Reply("no answer")
        return Reply(json.dumps({"expressions": [sentence.split()[0]]}))


@pytest.fixture(scope="module")
def talker():
    return Talker()


@pytest.fixture(scope="module")
def server(talker):
    with Server(talker) as server:
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory, server):
    """A project whose captions and expressions are asked of `server`; nothing has run but the corpus."""
    project = Project(tmp_path_factory.mktemp("project"))
    common = {"backend": "llm", "base_url": server.url, "model": "m", "key_env": None, "retries": 0, "prices": PRICES}
    project.params["captions"]["llm"] = common
    project.params["expressions"]["llm"] = dict(common)
    project.params["preparations"]["sample"] |= {"captions": "llm", "expressions": "llm"}
    project.write_params()
    return project


def command(project, *arguments: str) -> str:
    return project.run("python", "-m", "mmner", *arguments)


def errors(project) -> list[str]:
    script = "from mmner.rows.parquet import read"
    script += "; rows = read('data/prepared/sample/expressions.parquet', 'expressions')"
    script += "; print([row['error'] for row in rows])"
    return [error for error in eval(project.run("python", "-c", script)) if error and "image" not in error]


def planned(project) -> dict[str, tuple[int, int]]:
    """{stage: (new, up to)} as `costs --plan` says."""
    told = command(project, "costs", "--plan")
    found = re.findall(r"^sample +(captions|expressions) +\d+ +(\d+) +(\d+) ", told, re.M)
    return {stage: (int(least), int(most)) for stage, least, most in found}


@pytest.fixture(scope="module")
def requests(project, server, talker):
    """How many requests the captions took, the expressions, of which one was spoilt and one a 503, and these again."""
    project.repro("captions@sample")
    asked = [len(server.asked)]
    talker.spoilt, talker.busy = ({sentence} for sentence in sentences(project)[:2])
    with pytest.raises(AssertionError, match="failed-for-now"):
        project.repro(*STAGES)
    asked.append(len(server.asked) - sum(asked))
    talker.busy = set()
    project.repro(*STAGES)
    return [*asked, len(server.asked) - sum(asked)]


@pytest.fixture
def made(project):
    """`project` has captions and expressions as its params say now."""
    project.repro(*STAGES)


def test_a_503_is_asked_again_by_the_next_repro_and_nothing_else_is(project, requests):
    assert requests == [requests[0], requests[0] + 1, 1]  # one a caption, and once more for what did not fit
    assert len(errors(project)) == 1


def sentences(project) -> list[str]:
    """Sentences of the posts that have a caption."""
    script = "import json; from mmner.ner import text; from mmner.rows.parquet import read"
    script += "; c = read('data/prepared/sample/captions.parquet', 'captions')"
    script += "; e = read('data/prepared/sample/examples.parquet', 'examples')"
    script += "; print(json.dumps([text.sentence(b['tokens'], b['language']) for a, b in zip(c, e) if a['caption']]))"
    return json.loads(project.run("python", "-c", script))


def test_costs_tells_the_last_run_and_all_that_the_rows_cost(project, requests):
    told = command(project, "costs")
    (line,) = re.findall(r"^sample +expressions .*$", told, re.M)
    rows, reused, computed, failed = map(int, re.findall(r"\d+", line)[:4])
    captioned = len(sentences(project))
    assert (rows, reused, computed) == (16, captioned - 1, 1)
    assert failed == 2  # the spoilt one, and one whose image is empty
    assert line.split()[-1] == f"{0.002 * (captioned + 1):.6f}"
    assert line.split("|")[1].split()[-1] == "0.002000"


def test_a_plan_counts_an_appended_post_and_calls_nobody(project, server, requests):
    raw = project.folder / "data" / "raw" / "tiny"
    image = next(file for file in sorted((raw / "images").iterdir()) if file.stat().st_size)
    shutil.copy(image, raw / "images" / "other.jpg")
    with (raw / "train.txt").open("a", encoding="utf-8") as file:
        file.write("\nIMGID:other.jpg\nQuite\tO\nanother\tO\npost\tO\n")
    before, prepared = len(server.asked), snapshot(project)
    told = planned(project)
    assert told["captions"] == (1, 1)
    assert told["expressions"] == (0, 1)
    assert len(server.asked) == before
    assert snapshot(project) == prepared
    assert planned_by_a_colleague(project) == told  # the failed row was paid for as well
    project.repro(*STAGES)
    assert len(server.asked) == before + 2


def planned_by_a_colleague(project) -> dict[str, tuple[int, int]]:
    with nothing_stored(project):
        return planned(project)


@contextmanager
def nothing_stored(project):
    """As with a colleague who has pulled: DVC's cache is full, and the store empty."""
    store = project.folder / ".dvc" / "mmner"
    store.rename(store.with_name("away"))
    try:
        yield
    finally:
        shutil.rmtree(store)
        store.with_name("away").rename(store)


def snapshot(project) -> dict[str, bytes]:
    folder = project.folder / "data" / "prepared"
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_plan_multiplies_rows_with_the_recorded_rate(project, requests):
    project.params["captions"]["llm"]["max_tokens"] = 200
    project.write_params()
    told = command(project, "costs", "--plan")
    (line,) = re.findall(r"^sample +captions .*$", told, re.M)
    captioned = len(sentences(project))
    assert line.split()[3:5] == [str(captioned)] * 2
    assert line.split()[7] == f"{0.002 * captioned:.6f}"
    assert line.endswith("backend llm")
    (line,) = re.findall(r"^sample +expressions .*$", told, re.M)
    assert line.split()[3:5] == ["0", str(captioned)]
    project.params["captions"]["llm"]["max_tokens"] = 300
    project.write_params()
    assert planned(project)["captions"] == (0, 0)


def test_retry_asks_the_failed_row_and_no_other(project, server, talker, requests):
    before = len(server.asked)
    assert "expressions@sample: 1 failed rows (answer does not fit: 1)" in command(project, "retry", "--dry")
    assert "no failed row" in command(project, "retry", "--reason", "refused")
    assert len(server.asked) == before
    (spoilt,) = talker.spoilt
    command(project, "retry", "--stage", "expressions")  # it fails again: asked anew, not taken from what is stored
    assert [sentence_of(body) for body in server.asked[before:]] == [spoilt] * 2
    talker.spoilt = set()
    command(project, "retry")
    assert [sentence_of(body) for body in server.asked[before:]] == [spoilt] * 3
    assert errors(project) == []


def test_clean_drops_what_nobody_uses_and_only_when_told(project, server, made):
    project.params["expressions"]["llm"]["max_expressions"] = 3
    project.write_params()
    assert planned(project)["expressions"] == (0, 0)  # the answers are remembered
    project.repro(*STAGES)
    captioned, before = len(sentences(project)), len(server.asked)
    unused = f"{captioned} rows, 0 marks"
    assert "0 rows, 0 marks" in command(project, "clean")  # made lately
    assert unused in command(project, "clean", "--keep-days", "0")
    with pytest.raises(AssertionError, match="not-confirmed"):
        command(project, "clean", "--keep-days", "0", "--drop")
    assert unused in command(project, "clean", "--keep-days", "0", "--drop", "--yes")
    assert "0 rows, 0 marks" in command(project, "clean", "--keep-days", "0")
    project.run("dvc", "repro", "--force", "--single-item", "expressions@sample")
    assert len(server.asked) == before


@pytest.mark.parametrize("arguments", [("clean", "--keep-days", "0", "--drop", "--yes"), ("costs",), ("retry",)])
def test_below_the_root_commands_refuse_and_say_where_it_is(project, arguments, made):
    rows = project.stored("expressions")
    done = subprocess.run(
        ["python", "-m", "mmner", *arguments],
        cwd=project.folder / "mmner",
        env=project.environment | {"PYTHONPATH": str(project.folder)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "error[not-at-root]" in done.stderr) == (1, True)
    assert f"run it in {project.folder}" in done.stderr
    assert project.stored("expressions") == rows > 0


def test_clean_keeps_what_another_branch_uses(project, made):
    commit = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-qam")
    project.run("git", "add", "-f", "dvc.lock")
    project.run(*commit, "three")
    project.run("git", "checkout", "-qb", "other")
    project.params["expressions"]["llm"]["max_expressions"] = 4
    project.write_params()
    project.repro(*STAGES)
    captioned = len(sentences(project))
    assert "0 rows, 0 marks" in command(project, "clean", "--keep-days", "0")
    project.run(*commit, "four")
    project.run("git", "branch", "-D", next(b for b in branches(project) if b != "other"))
    assert f"{captioned} rows, 0 marks" in command(project, "clean", "--keep-days", "0")
    assert "0 rows, 0 marks" in command(project, "clean", "--keep-days", "0", "--all-commits")


def branches(project) -> list[str]:
    return project.run("git", "branch", "--format", "%(refname:short)").split()


def test_files_beside_the_store_go_and_no_lock_of_a_training_at_work(project):
    beside = project.folder / ".dvc" / "mmner"
    for name in ("resume/a.pt", "resume/a.lock", "squares/ab/abc.npy"):
        (beside / name).parent.mkdir(parents=True, exist_ok=True)
        (beside / name).touch()
    command(project, "clean", "--keep-days", "0", "--drop", "--yes")
    kinds = [file.name for kind in ("resume", "squares") for file in (beside / kind).rglob("*") if file.is_file()]
    assert [name for name in kinds if name in ("a.pt", "a.lock", "abc.npy")] == ["a.lock"]


def test_what_is_dropped_leaves_the_store_whole(project):
    command(project, "clean", "--keep-days", "0", "--marks", "--drop", "--yes")
    store = Store(project.folder / ".dvc" / "mmner" / "rows.sqlite")
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def test_a_colleagues_retry_asks_the_failed_row_again(project, server, talker):
    fail_once(project, talker)
    before = len(server.asked)
    with nothing_stored(project):
        told = command(project, "retry")
    assert "expressions@sample: 1 failed rows (answer does not fit: 1)" in told
    assert len(server.asked) == before + 1
    assert errors(project) == []
    command(project, "retry")  # this store has the error, and now an artifact without one
    assert len(server.asked) == before + 1


def test_retry_brings_an_answer_into_the_artifact_whose_stage_was_killed_before(project, server, talker):
    fail_once(project, talker)
    folder = project.folder / "data" / "prepared" / "sample"
    old = {name: (folder / name).read_bytes() for name in ("expressions.parquet", "expressions.rows.parquet")}
    lock = (project.folder / "dvc.lock").read_bytes()
    command(project, "retry")
    (project.folder / "dvc.lock").write_bytes(lock)
    for name, content in old.items():  # as if the answer had been stored, and the artifact not been written
        (folder / name).unlink()
        (folder / name).write_bytes(content)
    assert len(errors(project)) == 1
    before = len(server.asked)
    assert "0 failed rows; 1 more that were forgotten or answered" in command(project, "retry")
    assert errors(project) == []
    assert len(server.asked) == before


def fail_once(project, talker) -> None:
    """Make expressions anew, of which one fails; were it asked again, it would not."""
    variant = project.params["expressions"]["llm"]
    variant["max_tokens"] = variant.get("max_tokens", 500) + 1  # other requests: no answer is known
    project.write_params()
    project.repro("captions@sample")
    talker.spoilt = {sentences(project)[0]}
    project.repro(*STAGES)
    talker.spoilt = set()
    assert len(errors(project)) == 1

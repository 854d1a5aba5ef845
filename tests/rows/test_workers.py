"""Workers: an artifact's bytes, limits and what was paid depend neither on their number nor on who is killed."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mmner.base.errors import InputError
from mmner.rows import executors, parquet
from mmner.rows.pool import Inline
from mmner.rows.store import Store
from mmner.rows.workers import Processes
from tests.rows import labours
from tests.rows.upper import items, write


@pytest.fixture
def answer(tmp_path):
    """answer(kind, sentences, workers, store=None, **params) -> (report, captions, calls) of a stage."""

    def run(kind, sentences, workers, store=None, **params):
        log = tmp_path / "log"
        log.write_text("")
        store = store or Store(tmp_path / f"{workers}.sqlite")
        backend = kind(kind.Params(log=str(log), **params), memo=store)
        posts, out = items(*sentences), tmp_path / f"{workers}.parquet"
        if backend.parallel == "group":
            posts = backend.prepare(posts)
        with executors.choose(backend, workers) as executor:
            report = write(out, posts, backend, store, executor=executor)
        return report, [row["caption"] for row in parquet.read(out, "captions")], log.read_text().splitlines()

    return run


MANY = [f"post-{number % 2400}" for number in range(2500)]


def test_bytes_and_counts_are_those_of_one_process(tmp_path, answer):
    reports = {}
    for workers in (1, 2, 4, 8):
        reports[workers], _, calls = answer(labours.Labour, MANY, workers, batch_size=90)
        assert sorted(" ".join(calls).split()) == sorted(set(MANY))
    first, *others = ((tmp_path / f"{workers}.parquet").read_bytes() for workers in reports)
    assert others == [first] * 3
    assert {(report.rows, report.computed, report.reused) for report in reports.values()} == {(2500, 2400, 100)}


def test_who_is_killed_is_replaced_and_its_batch_alone_asked_again(answer):
    sentences = ["a", "b", "deadly", "c", "d", "e", "f", "g"]
    report, captions, calls = answer(labours.Mortal, sentences, 2)
    assert captions == [sentence.upper() for sentence in sentences]
    assert sorted(calls) == ["a b", "d e", "deadly c", "deadly c", "f g"]
    assert report.computed == 8


def test_a_batch_that_kills_every_worker_is_told_and_other_rows_are_kept(tmp_path, answer):
    store = Store(tmp_path / "rows.sqlite")
    with pytest.raises(InputError, match="worker-died.*row 4") as told:
        answer(labours.Mortal, ["a", "b", "c", "d", "poison", "e"], 2, store)
    assert "signal 9" in str(told.value)
    assert "fewer workers" in told.value.remedy
    assert answer(labours.Labour, ["a", "b", "c", "d"], 1, store)[2] == []


def test_a_limit_holds_over_all_workers_together(answer):
    for workers in (1, 4):
        report, captions, _ = answer(labours.Limited, MANY[:40], workers, most=7)
        assert sum(caption is not None for caption in captions) == report.computed == 7


def test_an_error_of_the_backend_arrives_as_it_is(answer):
    with pytest.raises(InputError) as told:
        answer(labours.Failing, ["b", "c"], 2)
    assert str(told.value) == "error[no-key] here: the key is not set\n  remedy: set it"
    with pytest.raises(ZeroDivisionError) as crash:
        answer(labours.Failing, ["a", "c"], 2)
    assert "labours.py" in str(crash.value.__cause__)


def test_what_no_pipe_takes_and_a_library_that_exits_are_told_and_no_worker_s_death(answer):
    with pytest.raises(TypeError, match="cannot pickle"):
        answer(labours.Unpicklable, ["a"], 2)
    with pytest.raises(SystemExit, match="the library gives up"):
        answer(labours.Quitting, ["a"], 2)


def test_a_worker_is_dead_though_what_it_forked_holds_its_pipe(answer):
    began = time.monotonic()
    with pytest.raises(InputError, match="worker-died"):
        answer(labours.Forking, ["a"], 2)
    assert time.monotonic() - began < 2 * 20  # as long as the two forked ones live


def test_a_group_goes_to_one_worker_which_knows_what_was_prepared(answer):
    sentences = [f"{letter}{number}" for number in range(20) for letter in "abc"]
    _, captions, calls = answer(labours.Grouped, sentences, 2)
    assert all(len({sentence[0] for sentence in call.split()}) == 1 for call in calls)
    by_group = {letter: {captions[place] for place in range(60) if sentences[place][0] == letter} for letter in "abc"}
    assert all(len(answers) == 1 for answers in by_group.values())
    assert {caption.split()[1] for answers in by_group.values() for caption in answers} == {"a0"}
    assert len({*captions}) == 2  # two workers for three groups


def test_rows_that_are_known_start_no_worker(answer, monkeypatch, tmp_path):
    store = Store(tmp_path / "rows.sqlite")
    answer(labours.Labour, ["a", "b"], 1, store)
    monkeypatch.setattr(Processes, "_start", None)
    report, _, _ = answer(labours.Labour, ["a", "b"], 2, store)
    assert report.reused == 2


def test_a_worker_has_work_ahead_while_the_driver_does_other_things(tmp_path):
    log = tmp_path / "log"
    with Processes(labours.Labour(labours.Labour.Params(log=str(log))), 1) as executor:
        for sentences in ("ab", "cd", "ef", "gh"):
            executor.submit(items(*sentences))
        assert [result.value["caption"] for result in executor.next().results] == ["A", "B"]
        deadline = time.monotonic() + 20
        while log.read_text() != "a b\nc d\ne f\n":  # g h is the one that this process has still to give
            assert time.monotonic() < deadline, "the worker waits for the driver"
            time.sleep(0.01)
        assert [executor.next().number for _ in range(3)] == [1, 2, 3]


def test_what_is_ahead_of_a_worker_that_dies_is_asked_of_another(tmp_path):
    log = tmp_path / "log"
    backend = labours.Mortal(labours.Mortal.Params(log=str(log)))
    with Processes(backend, 1) as executor:
        for sentences in (["a", "b"], ["deadly", "c"], ["d", "e"], ["f", "g"]):
            executor.submit(items(*sentences))
        assert [executor.next().number for _ in range(4)] == [0, 1, 2, 3]
    assert log.read_text().splitlines() == ["a b", "deadly c", "deadly c", "d e", "f g"]


def test_batches_and_answers_of_any_size_pass(answer):
    sentences = [str(number) * 300_000 for number in range(10, 34)]  # more than a pipe holds, either way
    _, captions, _ = answer(labours.Labour, sentences, 2)
    assert captions == sentences


def test_the_user_says_how_many_by_option_or_variable(monkeypatch, tmp_path):
    backend = labours.Labour(labours.Labour.Params(log=str(tmp_path / "log")))
    assert isinstance(executors.choose(backend), Inline)
    monkeypatch.setenv("MMNER_WORKERS", "3")
    assert executors.choose(backend).width == 3
    assert executors.choose(backend, 2).width == 2
    assert isinstance(executors.choose(backend, 1), Inline)
    assert isinstance(executors.choose(labours.Alone(backend.params)), Inline)
    monkeypatch.setenv("MMNER_PLAN", str(tmp_path))
    assert isinstance(executors.choose(backend), Inline)
    for wrong in ("0", "-1", "two", "1001", "²"):
        monkeypatch.setenv("MMNER_WORKERS", wrong)
        with pytest.raises(InputError, match=f"MMNER_WORKERS {wrong}"):
            executors.choose(backend)


def test_a_file_of_the_checkout_says_how_many_where_no_option_and_no_variable_does(monkeypatch, tmp_path):
    backend = labours.Labour(labours.Labour.Params(log=str(tmp_path / "log")))
    monkeypatch.delenv("MMNER_WORKERS", raising=False)
    (tmp_path / "mmner.local.yaml").write_text("workers: 3\n")
    below = tmp_path / ".dvc" / "tmp" / "exps" / "one"  # where `dvc exp run --temp` computes
    below.mkdir(parents=True)
    for folder in (tmp_path, below):
        monkeypatch.chdir(folder)
        assert executors.choose(backend).width == 3
    monkeypatch.setenv("MMNER_WORKERS", "2")
    assert executors.choose(backend).width == 2
    assert executors.choose(backend, 4).width == 4
    monkeypatch.setenv("MMNER_WORKERS", "")
    assert isinstance(executors.choose(backend), Inline)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("workers: 0", "bad-option.*workers 0"),
        ("workers: two", "bad-option.*workers.*'two'"),
        ("worker: 2", "bad-option.*worker.*unknown key"),
        ("ray: 6379", "bad-option.*ray.*6379"),
        ("workers: [", "yaml-syntax"),
        ("- 2", "not-a-mapping"),
    ],
)
def test_what_the_file_should_not_say_is_told_with_its_place(content, told, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MMNER_WORKERS", raising=False)
    (tmp_path / "mmner.local.yaml").write_text(content)
    with pytest.raises(InputError, match=told) as error:
        executors.choose(labours.Labour(labours.Labour.Params(log=str(tmp_path / "log"))))
    assert "mmner.local.yaml" in str(error.value)


DRIVER = """
import sys
from mmner.rows import executors
from mmner.rows.store import Store
from tests.rows import labours
from tests.rows.upper import items, write
folder, count = sys.argv[1], int(sys.argv[2])
store = Store(folder + "/rows.sqlite")
backend = labours.Labour(labours.Labour.Params(log=folder + "/log", seconds=0.05), memo=store)
with executors.choose(backend, 2) as executor:
    write(folder + "/out.parquet", items(*map(str, range(count))), backend, store, executor=executor)
"""


def begin(tmp_path, count):
    """A driver with two workers at work, which have answered a few batches; and the ids of its processes."""
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, tmp_path, str(count)], stderr=subprocess.PIPE, start_new_session=True
    )
    log = tmp_path / "log"
    while not (log.exists() and len(log.read_text().splitlines()) > 6):
        assert driver.poll() is None, driver.stderr.read().decode()
        time.sleep(0.01)
    return driver, [driver.pid, *_children(driver.pid)]


def _children(parent):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]


def _alive(pid):
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(status.strip()) and not status.startswith("Z")


def all_end(pids):
    deadline = time.monotonic() + 20
    while any(map(_alive, pids)):
        assert time.monotonic() < deadline, "a worker outlives its driver"
        time.sleep(0.05)


def test_after_the_driver_was_killed_no_more_than_the_batches_in_flight_are_asked_again(tmp_path):
    driver, pids = begin(tmp_path, 200)
    assert len(pids) >= 3
    os.kill(driver.pid, signal.SIGKILL)
    all_end(pids)
    asked = (tmp_path / "log").read_text().split()
    (tmp_path / "log").write_text("")
    subprocess.run([sys.executable, "-c", DRIVER, tmp_path, "200"], check=True, capture_output=True)
    again = (tmp_path / "log").read_text().split()
    assert sorted({*asked, *again}, key=int) == [str(number) for number in range(200)]
    assert len({*asked} & {*again}) <= 2 * 2 * 2  # of each worker two batches of two rows: one answered, one begun


def test_ctrl_c_ends_all(tmp_path):
    driver, pids = begin(tmp_path, 2000)
    os.killpg(driver.pid, signal.SIGINT)  # as a terminal does
    all_end(pids)
    said = driver.stderr.read().decode()
    assert said.count("Traceback") == 1  # the driver's own: a stage says one line instead
    assert "KeyboardInterrupt" in said


def test_workers_with_bars_leave_nothing_to_complain_of(tmp_path):
    program = DRIVER.replace("labours.Labour(", "labours.Watched(")
    done = subprocess.run([sys.executable, "-c", program, tmp_path, "8"], check=True, capture_output=True, text=True)
    assert "1/1" in done.stderr
    assert "leaked" not in done.stderr


def test_workers_of_a_backend_with_an_environment_of_its_own_run_in_it(tmp_path):
    other = tmp_path / "python"  # another interpreter, as far as anybody can see
    other.symlink_to(sys.executable)
    script = tmp_path / "stage.py"
    body = DRIVER.replace("labours.Labour(", "labours.Telling(").replace("\n", "\n    ")
    enter = 'from mmner.base import interpreter\n    interpreter.enter("other", "the test")'
    script.write_text(f'if __name__ == "__main__":\n    {enter}\n    {body}')
    packages = os.pathsep.join(sys.path)
    environment = os.environ | {"MMNER_OTHER_PYTHON": str(other), "PYTHONPATH": packages}
    subprocess.run([sys.executable, script, tmp_path, "8"], env=environment, check=True, capture_output=True)
    captions = {row["caption"] for row in parquet.read(tmp_path / "out.parquet", "captions")}
    assert captions == {f"{other} in other"}

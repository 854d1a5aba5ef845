"""`batch: file`: requests are written, answered by somebody else, and collected by a later run."""

import json
import shlex
import shutil

import pytest

from mmner.base.errors import InputError
from mmner.rows import compute
from mmner.rows.store import Store
from mmner.tools.costs import garbage
from tests.llm.asking import expressions, first_word, posts

WORDS = ("Ada", "Bo", "Cy")
PRICES = {"input": 1.0, "output": 10.0}


class Nowhere:
    url = "http://127.0.0.1:1"


@pytest.fixture
def folder(own_store, monkeypatch):
    monkeypatch.delenv("TEST_LLM_KEY", raising=False)  # no server is asked
    return Store().folder / "llm-batches"


def run(tmp_path, *sentences, **changes):
    backend = expressions(Nowhere, batch="file", prices=PRICES, **changes)
    out = tmp_path / "e.parquet"
    return compute.write("expressions", out, posts(*(sentences or WORDS)), backend, {"expressions": None})


def stops(tmp_path, *sentences, **changes) -> InputError:
    with pytest.raises(InputError) as caught:
        run(tmp_path, *sentences, **changes)
    return caught.value


def written(folder) -> list[list[dict]]:
    """The lines of each file of requests."""
    files = [file for file in folder.glob("*.jsonl") if "." not in file.stem]
    return [[json.loads(line) for line in file.read_text().splitlines()] for file in files]


def answer(folder, fates=None) -> None:
    """Answer each file as `vllm run-batch` does. fates: place of a line -> the status of its failure, or None."""
    for file in [file for file in folder.glob("*.jsonl") if "." not in file.stem]:
        lines = []
        for place, line in enumerate(map(json.loads, file.read_text().splitlines())):
            body = first_word(line["body"]).body() if (status := (fates or {}).get(place, 200)) == 200 else None
            error = None if body else {"message": "too long", "code": status}
            response = {"status_code": status, "request_id": "r", "body": body}
            lines += [json.dumps({"id": "v", "custom_id": line["custom_id"], "response": response, "error": error})]
        file.with_suffix(".answers.jsonl").write_text("\n".join(lines))


def test_requests_are_written_as_jsonl_and_their_answers_collected_by_the_next_run(folder, tmp_path):
    error = stops(tmp_path)
    assert error.name == "pending"
    assert "3 requests" in error.what
    ((one, *_others),) = written(folder)
    assert (one["method"], one["url"]) == ("POST", "/v1/chat/completions")
    assert one["body"]["model"] == "m"
    assert "vllm run-batch --model m" in error.remedy
    assert stops(tmp_path).name == "pending"
    assert [len(lines) for lines in written(folder)] == [3]
    answer(folder)
    report = run(tmp_path)
    assert (report.computed, report.money) == (3, pytest.approx(3 * 0.0003 / 2))
    assert written(folder) == []
    assert run(tmp_path).reused == 3


@pytest.mark.parametrize("store", ["store", "my store"])
def test_the_remedy_leads_out_as_it_is_written(folder, tmp_path, monkeypatch, store):
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / store))
    folder = Store().folder / "llm-batches"
    command = shlex.split(stops(tmp_path).remedy.split(";")[0])
    questions, part = command[command.index("-i") + 1], command[command.index("-o") + 1]
    answer(folder)
    made = next(folder.glob("*.answers.jsonl"))
    shutil.move(made, part)  # as vllm would have written it
    shutil.move(part, command[-1])
    assert command[-1] == str(made)
    assert questions == str(made).replace(".answers", "")
    assert run(tmp_path).computed == 3


def test_rows_that_came_later_get_a_file_of_their_own(folder, tmp_path):
    stops(tmp_path)
    stops(tmp_path, *WORDS, "Di")
    assert sorted(map(len, written(folder))) == [1, 3]


def test_what_failed_is_written_again_and_what_was_rejected_is_that_rows_error(folder, tmp_path):
    stops(tmp_path)
    answer(folder, {0: 500, 1: 400})
    assert stops(tmp_path).name == "pending"
    ((again,),) = written(folder)
    answer(folder)
    report = run(tmp_path)
    assert report.errors == {"rejected": 1}
    assert "too long" in report.first_error
    assert again["custom_id"] not in {line["custom_id"] for lines in written(folder) for line in lines}


def test_all_that_failed_is_asked_again_in_a_file_of_the_same_name(folder, tmp_path):
    stops(tmp_path)
    answer(folder, dict.fromkeys(range(3), 500))
    assert stops(tmp_path).name == "pending"
    answer(folder)
    assert run(tmp_path).computed == 3


def test_a_file_that_was_removed_is_written_anew(folder, tmp_path):
    stops(tmp_path)
    for file in folder.iterdir():
        file.unlink()
    assert stops(tmp_path).name == "pending"
    assert [len(lines) for lines in written(folder)] == [3]


def test_an_answer_file_without_answers_is_told(folder, tmp_path):
    stops(tmp_path)
    answer(folder)
    file = next(folder.glob("*.answers.jsonl"))
    file.write_text("Traceback\n")
    assert stops(tmp_path).name == "no-answers"
    file.unlink()
    assert stops(tmp_path).name == "pending"


@pytest.mark.parametrize(
    "changed",
    [
        lambda line: line | {"custom_id": "another's"},
        lambda line: line["response"]["body"],  # a completion alone
        lambda line: {"custom_id": line["custom_id"], "response": [], "error": None},
        lambda line: {"custom_id": line["custom_id"], **line["response"]["body"]},
    ],
)
def test_answers_to_other_requests_or_of_another_form_are_told_and_left_where_they_are(folder, tmp_path, changed):
    stops(tmp_path)
    answer(folder)
    file = next(folder.glob("*.answers.jsonl"))
    right = file.read_text()
    file.write_text("\n".join(json.dumps(changed(json.loads(line))) for line in right.splitlines()))
    error = stops(tmp_path)
    assert (error.name, error.where) == ("no-answers", str(file))
    assert [len(lines) for lines in written(folder)] == [3]
    file.write_text(right)
    assert run(tmp_path).computed == 3


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_lines_about_one_request_the_answer_counts(folder, tmp_path, order):
    stops(tmp_path)
    answer(folder)
    file = next(folder.glob("*.answers.jsonl"))
    good = file.read_text().splitlines()
    answer(folder, dict.fromkeys(range(3), 400))
    file.write_text("\n".join([*good, *file.read_text().splitlines()][::order]))
    report = run(tmp_path)
    assert (report.errors, report.money) == ({}, pytest.approx(3 * 0.0003 / 2))


def test_a_line_of_another_form_among_answers_is_asked_again(folder, tmp_path):
    stops(tmp_path)
    answer(folder)
    file = next(folder.glob("*.answers.jsonl"))
    first, *others = map(json.loads, file.read_text().splitlines())
    file.write_text("\n".join(map(json.dumps, [first | {"response": "none"}, *others])))
    assert stops(tmp_path).name == "pending"
    assert [len(lines) for lines in written(folder)] == [1]


def test_cleaning_marks_leaves_it_known_which_requests_wait_in_a_file(folder, tmp_path):
    stops(tmp_path)
    garbage.delete(Store(), garbage.collect(Store(), garbage.InUse(set()), 0, marks=True))
    stops(tmp_path, *WORDS, "Di")
    assert sorted(map(len, written(folder))) == [1, 3]


def test_max_money_limits_what_is_written(folder, tmp_path):
    assert stops(tmp_path, max_money=1e-9).name == "failed-for-now"
    assert not folder.exists()

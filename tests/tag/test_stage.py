"""Stage `tag` as DVC runs it: a language model and files of predictions, scored as runs are, in the papers' tables."""

import json
from pathlib import Path

import pytest
import yaml

from mmner.base import params
from mmner.base.errors import InputError
from mmner.evaluate import report
from mmner.rows import parquet
from mmner.tools.experiments.run_specs import RunSpec
from mmner.tools.tables import build, render, results, systems
from tests import in_process
from tests.evaluate.rows import predicted_row
from tests.tag.test_llm import LABELS, POSTS, names
from tests.tools.tables.test_build import evaluated

LINE = "--raw raw --examples prepared/examples.parquet --gold prepared/gold.parquet"
OWN = {"corpus": "twitter2017", "preparation": "mine", "remote": None, "evaluate": "strict"}
CONLL = "Cy\tB-PER\nsleeps\tB-LOC\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """write(**systems): a params.yaml with these, beside artifacts of POSTS, in the folder that we are in."""
    monkeypatch.chdir(tmp_path)
    common = {"domain": "x", "language": "en", "image": None, "image_sha256": None, "source": "x:1", "error": None}
    rows = [
        {"id": f"p{n}", "split": split, "tokens": text.split()} | common for n, (split, text, _) in enumerate(POSTS)
    ]
    gold = [{"id": f"p{n}", "tags": tags.split(), "as_written": None} for n, (_, _, tags) in enumerate(POSTS)]
    parquet.write("prepared/examples.parquet", "examples", rows)
    parquet.write("prepared/gold.parquet", "gold", gold)
    Path("raw").mkdir()
    Path("raw/theirs.conll").write_text(CONLL)

    def content(**entries):
        chosen = {
            "corpora": {"twitter2017": {"labels": LABELS}},
            "preparations": {"mine": {"corpus": "twitter2017"}},
            "evaluate": {"strict": {"bootstrap": 100, "splits": ["dev", "test"]}},
            "systems": {name: OWN | entry for name, entry in entries.items()},
        }
        Path("params.yaml").write_text(yaml.safe_dump(chosen), encoding="utf-8")

    return content


@pytest.fixture
def run(monkeypatch, capsys):
    """run(system) -> the stage's exit status and what it said."""

    def run(name, corpus="twitter2017"):
        line = f"--corpus {corpus} --variant {name} {LINE} --out data/systems/{name}/tag.parquet"
        status = in_process.run("stages/tag.py", line.split(), monkeypatch)
        return status, capsys.readouterr().err

    return run


def metrics(name: str) -> dict:
    return json.loads(Path(f"data/systems/{name}/metrics.json").read_text())


def llm(server, **more) -> dict:
    return {"backend": "llm", "base_url": server.url, "model": "m", "key_env": "TEST_LLM_KEY", "retries": 0} | more


def test_a_language_model_is_scored_on_dev_and_test_and_asked_once(serve, write, run):
    server = serve(names)
    write(gpt=llm(server))
    status, said = run("gpt")
    assert status == 0, said
    assert [row["id"] for row in parquet.read("data/systems/gpt/tag.parquet", "tag")] == ["p3", "p4"]
    found = metrics("gpt")
    # test: Cy is right, Nobody stands nowhere: 1 of 2 predicted, of 1; dev: Bo is right, Tessaly is missed
    assert (found["precision"], found["recall"], found["f1"]) == (0.5, 1.0, 0.6667)
    assert (found["dev_precision"], found["dev_recall"], found["unanswered"]) == (0.5, 0.5, 0)
    assert {"digest_dev", "digest_test"} <= found.keys()
    rows = parquet.read("data/systems/gpt/predictions.parquet", "predictions")
    assert [row["predicted"] for row in rows] == [["B-PER", "O", "O"], ["B-PER", "O"]]
    assert "tag: test: 1 sentences, 1 entities, strict F1 0.6667" in said
    assert "2 reused, 0 computed" in run("gpt")[1]
    assert len(server.asked) == 2


def test_posts_without_an_answer_count_as_without_entities_and_are_counted(serve, write, run):
    def silent(body, number):
        return names(body, number) if number == 1 else names(body, number).__class__("nothing")

    write(gpt=llm(serve(silent), concurrency=1))
    assert run("gpt")[0] == 0
    found = metrics("gpt")
    assert found["unanswered"] == 1
    assert sorted([found["recall"], found["dev_recall"]]) in ([0.0, 0.5], [0.0, 1.0])


def test_a_file_of_predictions_is_a_system_of_the_splits_that_it_has(write, run):
    write(theirs={"backend": "precomputed", "files": {"test": "theirs.conll"}})
    status, said = run("theirs")
    assert status == 0, said
    found = metrics("theirs")
    assert (found["precision"], found["recall"]) == (0.5, 1.0)
    assert "dev_f1" not in found
    Path("raw/theirs.conll").write_text(CONLL.replace("B-LOC", "O"))
    run("theirs")
    assert metrics("theirs")["f1"] == 1.0


def test_posts_that_a_file_leaves_out_are_counted_as_unanswered(write, run):
    Path("raw/some.jsonl").write_text('{"id": "p3", "tags": ["B-PER", "O", "O"]}\n')
    Path("raw/none.jsonl").write_text('{"id": "p4", "error": "too long"}\n')
    files = {"dev": "some.jsonl", "test": "none.jsonl"}
    write(theirs={"backend": "precomputed", "files": files, "missing": "empty"})
    status, said = run("theirs")
    assert status == 0, said
    found = metrics("theirs")
    assert (found["unanswered"], found["recall"], found["dev_recall"]) == (1, 0.0, 0.5)
    rows = parquet.read("data/systems/theirs/tag.parquet", "tag")
    assert [(row["tags"], row["error"]) for row in rows] == [(["B-PER", "O", "O"], None), (None, "no answer")]


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"backend": "precomputed", "files": {"test": "../x"}}, "outside-corpus"),
        ({"backend": "precomputed", "files": {"test": "none.conll"}}, "missing-file"),
        ({"backend": "precomputed", "files": {}}, "bad-params"),
        ({"backend": "gpt"}, "unknown-backend"),
        ({"backend": "precomputed", "files": {"test": "theirs.conll"}, "corpus": "other"}, "bad-params"),
        ({"backend": "precomputed", "files": {"test": "theirs.conll"}, "remote": "mine"}, "remote-differs"),
        ({"backend": "precomputed", "files": {"dev": "theirs.conll"}}, "text-differs"),
    ],
)
def test_what_is_wrong_in_an_entry_is_a_named_error(write, run, entry, name):
    write(theirs=entry)
    status, said = run("theirs")
    assert (status, f"error[{name}]" in said) == (1, True), said


def test_what_to_do_about_a_file_is_said_in_the_words_of_the_entry(write, run):
    Path("raw/half.jsonl").write_text('{"id": "p4", "error": "too long"}\n')
    theirs = {"backend": "precomputed", "files": {"dev": "half.jsonl", "test": "theirs.conll"}}
    write(theirs=theirs)
    assert "in `systems`: `files`" in run("theirs")[1]
    Path("raw/half.jsonl").write_text('{"id": "p3", "error": "too long"}\n')
    assert "in `systems`: `missing: empty`" in run("theirs")[1]
    write(theirs=theirs | {"missing": "empty"})
    assert run("theirs")[0] == 0
    Path("raw/half.jsonl").write_text('{"id": "p3", "tags": ["S-PER", "O", "B"]}\n')
    write(theirs=theirs | {"scheme": "iob2"})
    assert "in `systems`: `scheme`" in run("theirs")[1]


def test_a_system_is_a_row_of_a_paper_s_table_with_the_scores_that_it_has(serve, write, run):
    write(gpt=llm(serve(names), tables={"tvo1": "GPT-NER"}))
    shown = systems.shown("tvo1", params.load("params.yaml"))
    runs = Path("data/runs")
    waiting = build.build("tvo1", "minilm", runs, shown).cells["GPT-NER", "Twitter-2017", "F1"]
    assert (waiting.published, waiting.note) == (61.56, "not tagged here yet: `dvc repro tag@gpt`")
    run("gpt")
    table = build.build("tvo1", "minilm", runs, shown)
    cells = {column: table.cells["GPT-NER", "Twitter-2017", column].ours.mean for column in ("Pre.", "Rec.", "F1")}
    assert cells == {"Pre.": 50.0, "Rec.": 100.0, "F1": pytest.approx(66.67)}
    assert "| GPT-NER |" in render.markdown(table, "minilm")
    assert table.cells["GPT-NER", "Twitter-2015", "F1"].ours is None


def test_a_run_is_held_against_a_system_with_what_no_token_can_show(serve, write, run):
    write(gpt=llm(serve(names)))
    run("gpt")
    tagged = predicted_row("p4", "test", ["B-PER", "O"], ["B-PER", "O"]) | {"tokens": ["Cy", "sleeps"]}
    report.write(Path("data/runs/mine"), [tagged], report.Evaluation(bootstrap=0, splits=["test"]))
    mine = RunSpec("mine", "twitter2017", "full", "x", None, 1, "text", {}, "")
    gpt = systems.SystemSpec("gpt", "twitter2017", "GPT-NER")
    paired, both = results.compared([mine], [gpt], Path("data/runs"))
    assert paired.gain == pytest.approx(1 - 2 / 3)  # Nobody counts
    assert both is None
    evaluated(Path("data/runs"), "theirs", [["B-PER"]], ids=["p4"], gold=[["B-PER"]])
    theirs = RunSpec("theirs", "twitter2017", "full", "x", None, 1, "text", {}, "")
    with pytest.raises(InputError, match=r"other-sentences.*\n.*: dvc repro evaluate@theirs; dvc repro tag@gpt$"):
        results.compared([theirs], [gpt], Path("data/runs"))

"""New posts through a trained run, on the real stages: equal to the evaluation, paid once, whoever they come with."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import mmner
from mmner.base.errors import InputError
from mmner.rows import parquet
from tests import elsewhere
from tests.pipeline.project import RUN, Project

pytestmark = pytest.mark.slow

LONG = "Mira Park " + "sang about the river and the town " * 1500  # over 10,000 words


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A tiny project whose run is trained and scored."""
    project = Project(tmp_path_factory.mktemp("predict"))
    project.run("dvc", "repro", "-q", f"evaluate@{RUN}")
    return project


@pytest.fixture(scope="module")
def predictions(project):
    """The rows that `evaluate` wrote of test."""
    rows = parquet.read(project.folder / f"data/runs/{RUN}/predictions.parquet", "predictions")
    return [row for row in rows if row["split"] == "test"]


@pytest.fixture(scope="module")
def posts(project, predictions):
    """The posts of test as a user would bring them: tokens, and the path of an image."""
    examples = {
        row["id"]: row for row in parquet.read(project.folder / "data/prepared/sample/examples.parquet", "examples")
    }
    images = project.folder / "data/raw/tiny/images"
    found = []
    for row in (examples[row["id"]] for row in predictions):
        image = {"image": str(images / row["image"])} if row["image"] else {}
        found.append({"id": row["id"], "tokens": row["tokens"], "domain": row["domain"]} | image)
    return found


@pytest.fixture
def inside(project, monkeypatch):
    """The process in the project's folder, with its row store."""
    monkeypatch.chdir(project.folder)
    monkeypatch.delenv("MMNER_STORE", raising=False)


@pytest.fixture(scope="module")
def model(project):
    """The predictor of the run, loaded once."""
    with contextlib.chdir(project.folder), pytest.MonkeyPatch.context() as patch:
        patch.delenv("MMNER_STORE", raising=False)
        loaded = mmner.load(RUN)
    yield loaded
    loaded.close()


def _scores(answers):
    return [(entity.start, entity.end, entity.label, entity.score) for one in answers for entity in one.entities]


def test_the_test_split_in_one_call_equals_the_evaluation_and_computes_no_row(model, inside, posts, predictions):
    answers = model.predict(posts, explain=True)
    assert [one.id for one in answers] == [row["id"] for row in predictions]
    assert [one.tags for one in answers] == [row["predicted"] for row in predictions]
    stored = [np.float32(np.round(np.float64(one.explain["confidence"]), 4)).tolist() for one in answers]
    assert stored == [row["confidence"] for row in predictions]
    assert {how for one in answers for how in one.read["stages"].values()} & {"computed"} == set()
    assert sum("known" in one.read["stages"].values() for one in answers) == len(posts)


def test_a_new_post_is_computed_once(model, inside):
    post = {"text": "Fans of Mira Park met at Thornwick Marsh! 😍 שלום é"}
    first, second = model.predict(post)[0], model.predict(post)[0]
    assert first.read["stages"]["candidates"] == "computed"
    assert second.read["stages"]["candidates"] == "known"
    assert (first.tags, _scores([first])) == (second.tags, _scores([second]))
    assert all(first.text[one.start : one.end] == one.text for one in first.entities)


def test_any_thread_may_ask(model, inside, posts):
    alone = [model.predict(post)[0].tags for post in posts]
    with ThreadPoolExecutor(3) as threads:
        assert [one[0].tags for one in threads.map(model.predict, posts)] == alone


def test_neither_company_nor_a_broken_post_changes_an_answer(model, inside, posts):
    broken = [{"text": ""}, {"text": LONG}, {"image": "x.jpg"}, 5, {"text": "a", "image": "absent.jpg"}, {"text": "b"}]
    alone = [model.predict(post)[0] for post in posts]
    mixed = model.predict([*broken, *reversed(posts)], batch_size=5)
    assert len(mixed) == len(broken) + len(posts)
    together = mixed[len(broken) :][::-1]
    assert [one.tags for one in together] == [one.tags for one in alone]
    assert [one[:3] for one in _scores(together)] == [one[:3] for one in _scores(alone)]
    assert np.allclose([one[3] for one in _scores(together)], [one[3] for one in _scores(alone)], atol=1e-4)
    assert "error[no-text]" in mixed[0].error
    assert "error[no-text]" in mixed[2].error
    assert "error[bad-post]" in mixed[3].error
    assert (mixed[1].error, len(mixed[1].tags) > 10_000, mixed[1].read["windows"] > 10) == (None, True, True)
    assert mixed[4].read["image"] == "image missing: absent.jpg"


def test_what_a_post_brings_is_not_made(model, inside):
    post = {"text": "Fans of Mira Park", "caption": "a stage", "candidates": [{"start": 8, "end": 17}], "facts": []}
    one = model.predict(post, explain=True)[0]
    assert {one.read["stages"][stage] for stage in ("captions", "candidates", "knowledge")} == {"brought by the post"}
    assert one.explain["caption"] == "a stage"
    assert one.explain["candidates"][0]["text"] == "Mira Park"
    chain = model.predict(post | {"chain": "Mira Park is a person."}, explain=True)[0]
    assert chain.explain["chain"] == [{"name": "reasoning", "text": "Mira Park is a person."}]


def test_a_changed_variant_is_refused_until_the_run_is_made_again(project, tmp_path, monkeypatch):
    copy = project.copy(tmp_path / "changed")
    monkeypatch.chdir(copy.folder)
    monkeypatch.delenv("MMNER_STORE", raising=False)
    copy.params["chains"]["steps"]["max_pieces"] = 5
    copy.write_params()
    with pytest.raises(InputError) as raised:
        mmner.load(RUN)
    assert "error[stale-preparation]" in str(raised.value)
    copy.run("dvc", "repro", "-q", "chains@sample")
    with pytest.raises(InputError) as raised:
        mmner.load(RUN)
    assert "error[stale-model]" in str(raised.value)
    copy.run(*str(raised.value).split("remedy: ")[1].split(" "))
    mmner.load(RUN).close()


def test_a_stage_without_an_engine_is_named_before_the_first_post(project, tmp_path, monkeypatch):
    copy = project.copy(tmp_path / "precomputed")
    monkeypatch.chdir(copy.folder)
    monkeypatch.delenv("MMNER_STORE", raising=False)
    rows = parquet.read("data/prepared/sample/chains.parquet", "chains")
    lines = (json.dumps({"id": row["id"], "steps": row["steps"]}) for row in rows)
    Path("data/raw/tiny/chains.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    copy.params["chains"]["made"] = {"backend": "precomputed", "file": "chains.jsonl", "key": "id"}
    copy.params["preparations"]["sample"]["chains"] = "made"
    copy.write_params()
    copy.run("dvc", "repro", "-q", f"train@{RUN}")
    made = mmner.load(RUN)
    assert [line for line in made.preparation.warnings() if line.startswith("stage chains can't run")]
    with pytest.raises(InputError, match=r"no-engine(.|\n)*--with chains=VARIANT(.|\n)*--without chains"):
        made.predict("Fans of Mira Park")
    brought = made.predict({"text": "Fans of Mira Park", "chain": "A person."})[0]
    assert brought.read["stages"]["chains"] == "brought by the post"
    made.close()
    named = mmner.load(RUN, engines={"chains": "steps"})
    assert named.predict("Fans of Mira Park")[0].read["stages"]["chains"] == "computed"
    named.close()
    left = mmner.load(RUN, without=["chains"])
    assert left.predict("Fans of Mira Park")[0].read["stages"]["chains"] == "left out (--without)"
    left.close()


def _predict(project, *arguments):
    return [sys.executable, "-m", "mmner", "predict", RUN, *arguments]


def test_a_killed_command_goes_on_where_it_stopped(project, tmp_path):
    file, out = tmp_path / "posts.txt", tmp_path / "out.jsonl"
    file.write_text("".join(f"Fans of Mira Park number {number}\n" for number in range(40)))
    whole = tmp_path / "whole.jsonl"
    subprocess.run(
        _predict(project, str(file), "--out", str(whole)), cwd=project.folder, env=project.environment, check=True
    )
    command = _predict(project, str(file), "--out", str(out), "--chunk", "2")
    running = subprocess.Popen(command, cwd=project.folder, env=project.environment)
    while not out.with_name("out.jsonl.part.json").exists():
        assert running.poll() is None
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert not out.exists()
    done = subprocess.run(command, cwd=project.folder, env=project.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "posts were answered before" in done.stderr
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    assert [one["text"] for one in answers] == file.read_text().splitlines()
    assert [one["tags"] for one in answers] == [json.loads(line)["tags"] for line in whole.read_text().splitlines()]


def test_the_command_answers_bad_lines_in_their_place_with_status_1(project, tmp_path):
    file = tmp_path / "posts.jsonl"
    file.write_text('{"text": "Fans of Mira Park"}\n{"txt": "a"}\n')
    done = subprocess.run(
        _predict(project, str(file), "--to", "conll"),
        cwd=project.folder,
        env=project.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"# error = error[bad-post] {file}:2: txt: unknown key" in done.stdout
    assert "1 posts could not be read" in done.stderr
    unknown = [sys.executable, "-m", "mmner", "predict", "absent", str(file)]
    done = subprocess.run(unknown, cwd=project.folder, env=project.environment, capture_output=True, text=True)
    assert (done.returncode, "error[unknown-place] absent: no model there" in done.stderr) == (1, True)


@pytest.fixture(scope="module")
def export(project, tmp_path_factory):
    """The run's export, by the command."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    command = [sys.executable, "-m", "mmner", "export", "--run", RUN, "--to", str(folder)]
    done = subprocess.run(command, cwd=project.folder, env=project.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


ELSEWHERE = """
import json, sys, mmner
model = mmner.load(sys.argv[1], store=sys.argv[3] == "store")
answers = model.predict(json.loads(open(sys.argv[2]).read()))
scores = [[entity.score for entity in one.entities] for one in answers]
print(json.dumps([[one.id, one.tags, one.read["stages"], score] for one, score in zip(answers, scores)]))
"""


def test_an_export_and_the_wheel_predict_elsewhere_as_the_run_does(export, model, inside, posts, tmp_path):
    expected = model.predict(posts)
    python = elsewhere.install(elsewhere.build(tmp_path), tmp_path)
    moved = tmp_path / "moved"
    shutil.copytree(export, moved)
    (tmp_path / "posts.json").write_text(json.dumps(posts))
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MMNER_STORE")}
    env |= {"XDG_CACHE_HOME": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}
    for store in ("nothing", "store", "store"):
        command = [python, "-c", ELSEWHERE, moved, tmp_path / "posts.json", store]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert [one[:2] for one in found] == [[one.id, one.tags] for one in expected]
        scores = [[entity.score for entity in one.entities] for one in expected]
        assert [value for one in found for value in one[3]] == pytest.approx(sum(scores, []), abs=1e-4)
        assert (tmp_path / "cache/mmner").exists() == (store == "store")
    assert {how for one in found for how in one[2].values()} & {"computed"} == set()  # the second time


def test_a_card_says_what_is_known_and_its_example_is_true(export, tmp_path, monkeypatch):
    card = (export / "README.md").read_text(encoding="utf-8")
    for part in (
        "## Scores",
        f"| {RUN} | 1 |",
        "- PER: a person",
        "tokenizer `words`",
        "| knowledge | sample-zim | zim |",
    ):
        assert part in card
    code = card.split("```python\n")[1].split("```")[0]
    printed = card.split("```json\n")[1].split("```")[0]
    assert len(code.strip().splitlines()) == 6
    monkeypatch.chdir(export.parent)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    env = {name: value for name, value in os.environ.items() if name != "MMNER_STORE"}
    env |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(elsewhere.ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.stdout.strip() == printed.strip(), done.stderr


def test_an_export_names_what_differs_here_from_its_training(export, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(export, other)
    pipeline = json.loads((other / "pipeline.json").read_text())
    pipeline["recipe"]["variants"]["chains"]["values"]["max_pieces"] = 5
    (other / "pipeline.json").write_text(json.dumps(pipeline))
    with pytest.raises(
        InputError, match=r"other-engine(.|\n)*stage chains would answer otherwise(.|\n)*max_pieces differ"
    ):
        mmner.load(other, store=False)
    (other / "files/knowledge.archive/knowledge.zim").unlink()
    with pytest.raises(InputError, match=r"missing-file(.|\n)*--file knowledge.archive=PATH(.|\n)*--without knowledge"):
        mmner.load(other, store=False)
    (other / "pipeline.json").write_text("{}")
    with pytest.raises(InputError, match="broken-export"):
        mmner.load(other, store=False)


def test_no_key_gets_into_an_export(project, tmp_path, monkeypatch):
    copy = project.copy(tmp_path / "secret")
    copy.forget_calls()
    monkeypatch.chdir(copy.folder)
    llm = {"backend": "llm", "base_url": "http://127.0.0.1:9/v1", "model": "m", "key_env": "MY_KEY"}
    copy.params["chains"]["asked"] = llm | {"query": {"api-key": "0123456789abcdef"}}
    copy.write_params()
    command = [sys.executable, "-m", "mmner", "export", "--run", RUN, "--to", "x", "--with", "chains=asked"]
    done = subprocess.run(command, env=copy.environment, capture_output=True, text=True)
    assert "error[secret-in-params]" in done.stderr
    assert (done.returncode, Path("x").exists()) == (1, False)
    copy.params["chains"]["asked"]["query"] = {"api-version": "0123456789abcdef"}
    copy.write_params()
    done = subprocess.run(
        command, env=copy.environment | {"MY_KEY": "0123456789abcdef"}, capture_output=True, text=True
    )
    assert "it holds the key in MY_KEY" in done.stderr
    assert (done.returncode, Path("x").exists()) == (1, False)
    done = subprocess.run(
        command, env=copy.environment | {"MY_KEY": "another-key-of-mine"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    texts = [path.read_bytes() for path in Path("x").rglob("*") if path.is_file()]
    assert not [text for text in texts if b"another-key-of-mine" in text]
    with pytest.raises(
        InputError, match=r"asks-server(.|\n)*http://127.0.0.1:9/v1(.|\n)*--allow-server http://127.0.0.1:9"
    ):
        mmner.load("x", store=False)
    mmner.load("x", store=False, without=["chains"]).close()
    trusting = mmner.load("x", store=False, servers=["http://127.0.0.1:9/v1"])
    with pytest.raises(InputError, match="no-engine"):
        trusting.predict("Fans of Mira Park")
    trusting.close()


def test_a_report_holds_every_post_of_dev_and_says_what_changed(project, tmp_path):
    out = tmp_path / "report.html"
    command = [sys.executable, "-m", "mmner", "report", "--run", RUN, "--against", RUN, "--out", str(out)]
    done = subprocess.run(command, cwd=project.folder, env=project.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = out.read_text(encoding="utf-8")
    posts = json.loads(page.split('id="data">')[1].split("</script>")[0])
    rows = parquet.read(project.folder / f"data/runs/{RUN}/predictions.parquet", "predictions")
    assert [post["id"] for post in posts] == [row["id"] for row in rows if row["split"] == "dev"]
    assert all(post["change"] == [] for post in posts)
    for post in posts:
        assert (f'id="picture-{post["picture"]}"' in page) == (post["picture"] is not None)
    unscored = [*command[:-1], str(tmp_path / "x.html"), "--against", "absent"]
    done = subprocess.run(unscored, cwd=project.folder, env=project.environment, capture_output=True, text=True)
    assert (done.returncode, "error[unknown-entry]" in done.stderr) == (1, True)


def test_a_gallery_page_shows_evidence_without_answers(project, tmp_path):
    out = tmp_path / "gallery.html"
    command = [sys.executable, "-m", "mmner", "gallery", "--preparation", "sample", "--count", "4", "--out", str(out)]
    done = subprocess.run(command, cwd=project.folder, env=project.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    posts = json.loads(out.read_text(encoding="utf-8").split('id="data">')[1].split("</script>")[0])
    assert (len(posts), {"gold", "predicted"} & {*posts[0]}) == (4, set())

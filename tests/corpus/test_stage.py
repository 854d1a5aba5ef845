"""The examples stage as DVC runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.rows import parquet
from tests.corpus.folder import MAPPING, POST, picture, write

STAGE = Path(__file__).resolve().parents[2] / "stages" / "examples.py"


def run(folder: Path, corpus: str = "mine", preparations=None, **changes) -> subprocess.CompletedProcess:
    content = {"corpora": {"mine": MAPPING | changes}, "preparations": preparations or {}}
    (folder / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    outs = ["--examples", "out/examples.parquet", "--gold", "out/gold.parquet"]
    command = [sys.executable, STAGE, "--corpus", corpus, "--raw", "raw", *outs]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_it_writes_examples_and_gold_and_one_line(tmp_path):
    write(tmp_path / "raw", train=f"IMGID:a.png\n{POST}\nIMGID:gone.png\n{POST}")
    picture(tmp_path / "raw" / "images" / "a.png")
    done = run(tmp_path, images="images")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("examples: 4 rows in, 0 reused, 4 computed, 1 without image (image missing: 1)")
    assert len(done.stderr.splitlines()) == 1
    rows = parquet.read_aligned(tmp_path / "out", ["examples", "gold"])
    assert [row["error"] for row in rows["examples"]] == [None, "image missing: gone.png", None, None]
    assert rows["gold"][0]["tags"] == ["O", "B-ORG", "I-ORG"]
    assert [row["as_written"] for row in rows["gold"]] == [None] * 4
    assert parquet.labels(tmp_path / "out" / "gold.parquet") == ["PER", "ORG"]


def test_the_same_corpus_gives_the_same_bytes_however_its_lines_end(tmp_path):
    write(tmp_path / "raw")
    run(tmp_path)
    before = [(tmp_path / "out" / f"{name}.parquet").read_bytes() for name in ("examples", "gold")]
    write(tmp_path / "raw", train="\ufeff" + POST.replace("\t", "  ").replace("\n", " \r\n"))
    run(tmp_path)
    assert [(tmp_path / "out" / f"{name}.parquet").read_bytes() for name in ("examples", "gold")] == before


def test_where_gold_cannot_be_written_nothing_is(tmp_path):
    write(tmp_path / "raw")
    (tmp_path / "out" / "gold.parquet").mkdir(parents=True)
    done = run(tmp_path)
    assert (done.returncode, "error[in-the-way] out/gold.parquet" in done.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["gold.parquet"]


def test_a_corpus_that_may_not_be_shared_has_no_preparation_that_is(tmp_path):
    write(tmp_path / "raw")
    chosen = {"p": {"corpus": "mine", "remote": "private"}, "q": {"corpus": "mine", "remote": None}}
    done = run(tmp_path, preparations=chosen, remote="private")
    assert done.returncode == 1
    assert "error[remote-differs] params.yaml: preparations.q: remote is null, and that of corpora.mine is private" in (
        done.stderr
    )
    assert not (tmp_path / "out").exists()
    del chosen["q"]
    assert run(tmp_path, preparations=chosen, remote="private").returncode == 0


@pytest.mark.parametrize("remote", ["", "my remote", "-x", "a/b"])
def test_a_remote_has_a_name_as_other_things_of_params_yaml(tmp_path, remote):
    assert "error[bad-params] params.yaml: corpora.mine: remote" in run(tmp_path, remote=remote).stderr


def test_repairs_are_counted_aloud(tmp_path):
    write(tmp_path / "raw", train="Ana\tI-PER\nMira\tI-ORG\n")
    done = run(tmp_path, violations="repair")
    assert "repaired 2 IOB violations, the first at train.txt:1" in done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("train", "changes", "error"),
    [
        ("Ana\tB-DOG\n", {}, "error[unknown-tag] train.txt:1"),
        (POST, {"langauge": "en"}, "error[bad-params] params.yaml: corpora.mine"),
        (f"IMGID:gone.png\n{POST}", {"images": "images", "max_failed": 0.1}, "error[too-many-failed]"),
        (f"IMGID:../../etc/passwd\n{POST}", {"images": "images"}, "error[image-outside-folder] train.txt:1"),
    ],
)
def test_bad_input_ends_it_with_status_1_and_nothing_written(tmp_path, train, changes, error):
    write(tmp_path / "raw", train=train)
    done = run(tmp_path, **changes)
    assert done.returncode == 1
    assert error in done.stderr
    assert "remedy:" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_parquet_file_of_another_schema_is_an_error(tmp_path):
    write(tmp_path / "raw")
    run(tmp_path)
    with pytest.raises(parquet.InputError) as caught:
        parquet.read(tmp_path / "out" / "gold.parquet", "examples")
    assert caught.value.name == "artifact-schema"
    (tmp_path / "out" / "gold.parquet").write_text("no Parquet", encoding="utf-8")
    with pytest.raises(parquet.InputError) as caught:
        parquet.read(tmp_path / "out" / "gold.parquet", "gold")
    assert caught.value.name == "artifact-schema"

"""`python -m mmner corpus new`: files of any dialect become a corpus, a preparation and runs, or nothing changes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.base import params, project
from mmner.corpus.params import load
from mmner.model.params import SOURCES
from mmner.rows import parquet
from mmner.tools.own_corpus import look
from tests.corpus.folder import picture

ROOT = Path(__file__).resolve().parents[2]
IOB2 = "Ada\tB-PER\nat\tO\nMira\tB-ORG\nPark\tI-ORG\n"
TAGS = ["B-PER", "O", "B-ORG", "I-ORG"]
ODD = {
    "untagged": "Ada\tO\n",
    "column": "Ada\tB-PER\tNNP\nat\tO\tIN\n",
    "numbers": "Ada\t1\nat\t0\n",
    "small": "Ada\tb-PER\nat\to\n",
    "empty": IOB2,
    "doubled": f"ID:7\n{IOB2}\nID:7\n{IOB2}",
    "taken": f"ID:train-1\n{IOB2}\n{IOB2}",  # which the second is called, without one
}


@pytest.fixture
def clone(tmp_path):
    """A folder with the params.yaml and dvc.yaml that ship."""
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def mmner(clone: Path, *arguments: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "mmner", *arguments]
    done = subprocess.run(command, cwd=clone, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def files(clone: Path, **content: str) -> None:
    """The folder `given` with these files; a double underscore in a name is a dot."""
    (clone / "given").mkdir()
    for name, text in content.items():
        (clone / "given" / name.replace("__", ".")).write_text(text, encoding="utf-8")


def gold(clone: Path, name: str) -> dict[str, list[str]]:
    """The tags of each post, as stage `examples` writes them."""
    outs = ["--examples", "out/examples.parquet", "--gold", "out/gold.parquet"]
    command = [sys.executable, ROOT / "stages" / "examples.py", "--corpus", name, "--raw", f"data/raw/{name}", *outs]
    subprocess.run(command, cwd=clone, env={"PYTHONPATH": str(ROOT), "PATH": ""}, check=True, capture_output=True)
    return {row["id"]: row["tags"] for row in parquet.read(clone / "out" / "gold.parquet", "gold")}


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (IOB2, "iob2"),
        ("Ada I-PER\nat O\nMira I-ORG\nPark I-ORG\n", "iob1"),
        ("Ada\tS-PER\nat\tO\nMira\tB-ORG\nPark\tE-ORG\n", "bioes"),
        ("Ada\tU-PER\nat\tO\nMira\tB-ORG\nPark\tL-ORG\n", "bilou"),
        ("Ada\tPER\nat\tO\nMira\tORG\nPark\tORG\n", "io"),
        ('{"tokens": ["Ada", "at", "Mira", "Park"], "tags": ["B-PER", "O", "B-ORG", "I-ORG"]}\n', "iob2"),
    ],
    ids=["iob2", "iob1", "bioes", "bilou", "io", "json lines"],
)
def test_files_of_any_dialect_become_a_corpus_that_examples_reads(clone, text, scheme):
    files(clone, train__txt=text, valid__txt=text, test__txt=text)
    said = mmner(clone, "corpus", "new", "mine", "given")
    assert f"scheme {scheme}; 0 violations" in said
    assert "dvc repro evaluate@mine" in said
    corpus = load(params.load(clone / "params.yaml"), "mine")
    assert (corpus.scheme, corpus.language, corpus.images) == (scheme, "en", None)
    assert corpus.labels == {"PER": "a person", "ORG": "an organisation"}
    assert gold(clone, "mine") == {"train-0": TAGS, "dev-0": TAGS, "test-0": TAGS}
    mmner(clone, "corpus", "lint", "mine")


def test_images_are_found_with_the_suffix_that_the_posts_leave_out(clone):
    text = "IMGID:a\n" + IOB2
    files(clone, train__txt=text, dev__txt=text, test__txt=text)
    picture(clone / "given" / "pictures" / "a.png")
    assert "images: in pictures, suffix .png; 3 posts name one" in mmner(clone, "corpus", "new", "mine", "given")
    content = params.load(clone / "params.yaml")
    assert content["preparations"]["mine"] | {"corpus": "mine", "captions": "tags"} == content["preparations"]["mine"]
    switches = content["runs"]["mine"]["switches"]
    assert switches["chain"] == "findings"
    assert set(switches["tokens"]) == set(SOURCES)
    assert (clone / "data" / "raw" / "mine" / "pictures" / "a.png").is_file()
    assert "0 FAIL" in mmner(clone, "doctor", "--run", "mine", "--run", "mine-text")


@pytest.mark.parametrize("said", [(), ("--images", ".")])
@pytest.mark.parametrize("name", ["pictures/a.png", "a.png", "pictures/a"])
def test_images_may_be_named_from_the_folder_of_the_files(clone, name, said):
    files(clone, train__txt=f"IMGID:{name}\n{IOB2}")
    image = picture(clone / "given" / "pictures" / "made.png")
    image.replace(clone / "given" / name)
    assert "images: in the folder itself, suffix none; 1 posts" in mmner(clone, "corpus", "new", "mine", "given", *said)
    assert gold(clone, "mine") == {"train-0": TAGS}
    (row,) = parquet.read(clone / "out" / "examples.parquet", "examples")
    assert row["image_sha256"] is not None
    assert load(params.load(clone / "params.yaml"), "mine").images == "."


def test_an_image_that_leads_out_of_the_folder_is_none(clone):
    picture(clone / "a.png")
    files(clone, train__txt=f"IMGID:../a.png\n{IOB2}\nIMGID:{clone}/a.png\n{IOB2}")
    assert "no folder here has them: read as text only; --images says" in mmner(clone, "corpus", "new", "mine", "given")


def test_labels_that_look_like_none_may_be_meant(clone):
    files(clone, train__txt=ODD["column"])
    assert "labels: NNP (1), IN (1)" in mmner(clone, "corpus", "new", "mine", "given", "--scheme", "io")


def test_without_test_dev_is_scored(clone):
    files(clone, train__txt=IOB2, dev__txt=IOB2)
    said = mmner(clone, "corpus", "new", "mine", "given")
    assert "note: no test split: dev alone is scored" in said
    assert "dvc repro evaluate@mine" in said


def test_one_file_is_train_and_the_weights_of_the_end_are_kept(clone):
    files(clone, all__conll=IOB2 + "\n" + IOB2)
    said = mmner(clone, "corpus", "new", "mine", "given", "--limit", "1", "--private")
    assert "note: no dev split: a training keeps its last weights" in said
    assert "dvc repro train@mine" in said
    content = params.load(clone / "params.yaml")
    assert content["train"][content["runs"]["mine"]["train"]]["choose"] == "last"
    assert gold(clone, "mine") == {"train-0": TAGS}
    assert content["runs"]["mine"]["remote"] == content["corpora"]["mine"]["remote"] == "private"


def test_odd_names_of_labels_and_violations_are_written_so_that_examples_takes_them(clone):
    text = "Ada\tI-NO\nat\tO\nMira\tB-Creative Work\nPark\tB-default\n"
    files(clone, train__txt=text, dev__txt=text, test__txt=text)
    said = mmner(clone, "corpus", "new", "mine", "given", "--language", "de")
    assert "3 violations (1 in train, 1 in dev, 1 in test); those in train are repaired" in said
    corpus = load(params.load(clone / "params.yaml"), "mine")
    assert corpus.label_names == {"Creative Work": "Creative_Work", "default": "default_type"}
    assert gold(clone, "mine")["train-0"] == ["B-NO", "O", "B-Creative_Work", "B-default_type"]


@pytest.mark.parametrize("name", ["2017", "null", "1e5"])
def test_a_corpus_may_be_called_what_yaml_reads_otherwise(clone, name):
    files(clone, train__txt=IOB2)
    mmner(clone, "corpus", "new", name, "given")
    content = params.load(clone / "params.yaml")
    assert content["preparations"][name]["corpus"] == content["runs"][name]["preparation"] == name
    assert content["corpora"][name]["domain"] == name
    assert gold(clone, name) == {"train-0": TAGS}
    said = mmner(clone, "experiments", "add", "tvo2", "--corpus", name, "--row", "wo-llms", "--seed", "1")
    assert f"tvo2-{name}-wo-llms-s1" in said


def test_a_corpus_whose_second_run_would_be_called_as_another_corpus_is_refused(clone):
    files(clone, train__txt=IOB2)
    mmner(clone, "corpus", "new", "news-text", "given")
    said = mmner(clone, "corpus", "new", "news", "given", status=1)
    assert "error[exists] params.yaml: runs: there is an entry news-text already" in said
    assert not (clone / "data" / "raw" / "news").exists()


def test_images_that_are_called_as_splits_are_none(clone):
    """They may be hundreds, each of which was offered as the file of its split."""
    files(clone, **{"train__txt": IOB2, "post-train-1__jpg": "", "post-dev-2__PNG": ""})
    assert look.split_names(clone / "given", {}, look.TEXTS) == {"train": ["train.txt"]}


def test_a_text_in_another_script_is_not_taken_for_english(clone):
    files(clone, train__txt="李\tB-PER\n明\tI-PER\n")
    assert "language: zh is guessed" in mmner(clone, "corpus", "new", "mine", "given")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("sample", "given"), "error[exists]"),
        (("a.b", "given"), "error[bad-name]"),
        (("mine", "nowhere"), "error[missing-corpus]"),
        (("mine", "given", "--train", "none.txt"), "error[no-split]"),
        (("mine", "given", "--language", "xx"), "error[bad-option]"),
        (("mine", "given", "--limit", "0"), "error[bad-option]"),
        (("mine", "given", "--images", "none"), "error[no-images]"),
        (("mine", "odd"), "error[no-split]"),
        (("mine", "twice"), "error[several-splits]"),
        (("mine", "untagged"), "error[no-label]"),
        (("mine", "given", "--train", "../odd/a.txt"), "error[bad-option]"),
        (("mine", "given", "--train", "/etc/hostname"), "error[bad-option]"),
        (("mine", "given", "--images", "../odd"), "error[bad-option]"),
        (("mine", "column"), "error[wrong-column]"),
        (("mine", "numbers"), "error[unknown-tag]"),
        (("mine", "small"), "error[unknown-tag]"),
        (("mine", "empty"), "error[empty-split]"),
        (("mine", "doubled"), "error[duplicate-id]"),
        (("mine", "taken"), "error[duplicate-id]"),
    ],
)
def test_what_can_be_no_corpus_is_named_and_changes_nothing(clone, arguments, error):
    files(clone, train__txt="IMGID:a\n" + IOB2)
    for folder, names in {"odd": ["a.txt", "b.txt"], "twice": ["train.txt", "my-train.txt"]}.items():
        (clone / folder).mkdir()
        for name in names:
            (clone / folder / name).write_text(IOB2, encoding="utf-8")
    for folder, text in ODD.items():
        (clone / folder).mkdir()
        (clone / folder / "train.txt").write_text(text, encoding="utf-8")
    (clone / "empty" / "dev.txt").touch()
    before = (clone / "params.yaml").read_bytes()
    said = mmner(clone, "corpus", "new", *arguments, status=1)
    assert error in said
    assert "remedy: " in said
    assert (clone / "params.yaml").read_bytes() == before
    assert not (clone / "data").exists()


def test_the_papers_ablations_run_on_it(clone):
    text = "IMGID:a\n" + IOB2
    files(clone, train__txt=text, dev__txt=text, test__txt=text)
    picture(clone / "given" / "images" / "a.png")
    mmner(clone, "corpus", "new", "mine", "given")
    for experiment in ("tvo2", "iac4"):
        said = mmner(clone, "experiments", "add", experiment, "--corpus", "mine")
        assert ("note: preparation mine has no knowledge" in said) == (experiment == "tvo2")
        assert "mine has no captions" not in said
    everything = project.load(clone / "params.yaml")
    runs = [name for name in everything.names("runs") if name.startswith(("tvo2-mine-", "iac4-mine-"))]
    assert len(runs) == 3 * (7 + 5)
    prepared = {everything.of_run(name)["runs"][name]["preparation"] for name in runs}
    assert prepared == {"mine", "mine-sampled"}
    assert everything.of_preparation("mine-sampled")["preparations"]["mine-sampled"]["regions"] == "sampled"
    assert "0 FAIL" in mmner(clone, "doctor", *(f"--run={name}" for name in runs))
    assert "error[no-runs]" in mmner(clone, "experiments", "add", "iac6", "--corpus", "mine", status=1)

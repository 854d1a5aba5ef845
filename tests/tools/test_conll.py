"""`python -m mmner conll`: what a run was scored on, for other scorers; and SeqScore's numbers beside ours."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.corpus import split_files
from mmner.evaluate import systems
from mmner.evaluate.report import Evaluation, write
from mmner.ner import iob
from mmner.ner.scores import count, score
from mmner.rows import parquet
from mmner.tools.score import conll
from tests.evaluate.rows import predicted_row

ROOT = Path(__file__).resolve().parents[2]
LABELS = ["PER", "LOC", "ORG", "MISC"]
GOLD = [["B-PER", "I-PER", "O"], ["O"], ["B-LOC", "B-LOC", "I-LOC", "O"]]
PREDICTED = [["B-PER", "I-PER", "O"], ["B-ORG"], ["B-LOC", "I-LOC", "I-LOC", "O"]]


def made_up(seed: int, legal: bool) -> tuple[list[list[str]], list[list[str]]]:
    """200 posts of random tags, some right; where not `legal`, I stands anywhere."""
    source, inventory = random.Random(seed), iob.tags(LABELS)
    gold = [source.choices(inventory, k=source.randint(1, 15)) for _ in range(200)]
    guess = [[tag if source.random() < 0.8 else source.choice(inventory) for tag in one] for one in gold]
    return ([*map(iob.repair, gold)], [*map(iob.repair, guess)]) if legal else (gold, guess)


@pytest.fixture
def run(tmp_path):
    """A run `mine` whose test split is GOLD, and whose dev split is one post."""
    rows = [predicted_row(f"t{n}", "test", *pair) for n, pair in enumerate(zip(GOLD, PREDICTED, strict=True))]
    write(tmp_path / "runs" / "mine", [predicted_row("d0", "dev", ["O"], ["O"]), *rows], Evaluation(bootstrap=0))
    return tmp_path


def test_the_files_are_read_again_as_they_were_scored(run):
    files = dict(conll.write("mine", run / "runs" / "mine", run / "out", ["dev", "test"]))
    assert {path.name: posts for path, posts in files.items()} == {
        "mine.dev.gold.conll": 1,
        "mine.dev.predicted.conll": 1,
        "mine.test.gold.conll": 3,
        "mine.test.predicted.conll": 3,
    }
    for column, tags in (("gold", GOLD), ("predicted", PREDICTED)):
        file = f"mine.test.{column}.conll"
        assert [post.tags for post in split_files.open_split(run / "out" / file, file).posts()] == tags
        assert (run / "out" / file).read_text().startswith("# id = t0\nx\t")


def test_what_no_token_of_a_post_shows_counts_for_other_scorers_too(tmp_path):
    folder = tmp_path / "systems" / "gpt"
    tags = [{"id": "t0", "tags": GOLD[0], "unplaced": ["PER", "LOC"], "error": None}]
    tags += [{"id": f"t{n}", "tags": GOLD[n], "unplaced": None, "error": None} for n in (1, 2)]
    examples = [{"id": f"t{n}", "split": "test", "tokens": ["x"] * len(one)} for n, one in enumerate(GOLD)]
    examples = [row | {"image_sha256": None} for row in examples]
    gold = [{"tags": one, "as_written": None} for one in GOLD]
    scores = systems.write(folder, examples, gold, tags, Evaluation(bootstrap=0, splits=["test"]))["test"]
    parquet.write(folder / "tag.parquet", "tag", tags)
    files = [file for file, _ in conll.write("gpt", folder, tmp_path / "out", ["test"])]
    read = [[*split_files.open_split(file, file.name).posts()] for file in files]
    assert [post.tokens for post in read[0]] == [post.tokens for post in read[1]]
    assert read[0][0].tokens == ["x", "x", "x", conll.UNPLACED, conll.UNPLACED]
    found = score(*([post.tags for post in posts] for posts in read), bootstrap=0)
    assert found == scores
    assert scores["precision"] == 0.6  # 3 of 5


def test_a_split_that_was_not_scored_is_an_error_that_names_one_that_was(run):
    write(run / "runs" / "of-dev", [predicted_row("d0", "dev", ["O"], ["O"])], Evaluation(bootstrap=0))
    with pytest.raises(InputError) as caught:
        conll.write("of-dev", run / "runs" / "of-dev", run / "out", ["test"])
    remedy = "--split dev, or name test in splits of its entry in section evaluate, then dvc repro evaluate@of-dev"
    assert (caught.value.name, caught.value.remedy) == ("not-scored", remedy)


def test_the_command_says_what_it_wrote(run):
    (run / "dvc.yaml").write_text("")
    command = [sys.executable, "-m", "mmner", "conll", "mine", "--split", "test", "--runs", "runs", "--out", "o"]
    done = subprocess.run(command, cwd=run, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["o/mine.test.gold.conll: 3 posts", "o/mine.test.predicted.conll: 3 posts"]


@pytest.mark.parametrize("legal", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_seqscore_counts_the_same_strictly_and_as_conlleval(seed, legal):
    """`discard` takes an I that continues nothing for O, as we do strictly; `conlleval` for B, as seqeval's default."""
    scoring = pytest.importorskip("seqscore.scoring")
    gold, guess = made_up(seed, legal)
    counts, types = count(gold, guess)
    ours = score(gold, guess, bootstrap=0)
    theirs, _ = scoring.score_label_sequences(guess, gold, "BIO", repair="discard")
    assert counts.sum(0).tolist() == [theirs.true_pos, theirs.total_pos, theirs.total_ref]
    assert counts.sum(0)[0] > 100
    for name in ("precision", "recall", "f1"):
        assert ours[name] == round(getattr(theirs, name), 4)
    assert {label: [one.true_pos, one.total_pos, one.total_ref] for label, one in theirs.type_scores.items()} == types
    lenient, _ = scoring.score_label_sequences(guess, gold, "BIO", repair="conlleval")
    assert (ours["default_f1"], ours["default_entities"]) == (round(lenient.f1, 4), lenient.total_ref)


def test_seqscore_reads_the_files_and_prints_our_numbers(run):
    pytest.importorskip("seqscore")
    conll.write("mine", run / "runs" / "mine", run / "out", ["test"])
    gold, predicted = (str(run / "out" / f"mine.test.{column}.conll") for column in ("gold", "predicted"))
    command = [sys.executable, "-m", "seqscore.scripts.seqscore", "score", "--labels", "BIO", "--score-format", "delim"]
    command += ["--full-precision", "--allow-comment-lines", "--reference", gold, predicted]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ALL")]
    ours = score(GOLD, PREDICTED, bootstrap=0)
    assert [round(float(value), 4) for value in line.split("\t")[1:4]] == [
        ours[n] for n in ("precision", "recall", "f1")
    ]

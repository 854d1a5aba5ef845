"""`python -m mmner ensemble`: what more than half of several runs say, and what `score` makes of it."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.corpus import split_files
from mmner.evaluate.report import Evaluation, write
from mmner.ner import iob
from mmner.tools.score import ensemble
from tests.evaluate.rows import predicted_row

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["a", "b", "c"]
DEV = predicted_row("d0", "dev", ["O"], ["O"])


@pytest.mark.parametrize(
    ("sequences", "voted"),
    [
        (["O B-PER I-PER", "O B-PER I-PER", "B-PER I-PER I-PER"], "O B-PER I-PER"),
        (["O B-PER", "O B-LOC", "O O"], "O O"),  # neither label has more than half
        (["B-PER I-PER", "B-PER O", "O B-PER"], "O O"),  # nor have any borders
        (["B-PER B-PER", "B-PER B-PER", "B-PER I-PER"], "B-PER B-PER"),
        (["O I-PER", "O I-PER", "O B-PER"], "O O"),  # an I that continues nothing is no entity
        (["B-PER O", "B-PER O", "O O", "O O"], "O O"),  # half is not more than half
    ],
)
def test_an_entity_counts_where_more_than_half_have_its_borders_and_label(sequences, voted):
    assert ensemble.majority([tags.split() for tags in sequences]) == voted.split()


@pytest.mark.parametrize("seed", range(5))
def test_of_random_legal_tags_each_voted_entity_is_one_that_most_have(seed):
    source, inventory = random.Random(seed), iob.tags(["PER", "LOC"])
    runs = [iob.repair(source.choices(inventory, k=30)) for _ in range(2)]
    runs.append([one if source.random() < 0.5 else other for one, other in zip(*runs, strict=True)])
    voted = set(iob.spans(ensemble.majority(runs)))
    every = {span for tags in runs for span in iob.spans(tags)}
    assert voted == {span for span in every if sum(span in iob.spans(tags) for tags in runs) >= 2}
    assert voted


@pytest.fixture
def runs(tmp_path):
    """Three runs on two posts of test; each is wrong about one entity of three."""
    gold = ["B-PER", "O", "B-LOC", "I-LOC"], ["B-ORG"]
    wrong = [(["O", "O", "B-LOC", "I-LOC"], gold[1]), (["B-PER", "O", "B-LOC", "O"], gold[1]), (gold[0], ["B-PER"])]
    for name, predicted in zip(NAMES, wrong, strict=True):
        rows = [predicted_row(f"t{n}", "test", *pair) for n, pair in enumerate(zip(gold, predicted, strict=True))]
        write(tmp_path / "runs" / name, [DEV, *rows], Evaluation(bootstrap=0))
    return tmp_path / "runs"


def test_the_file_has_the_posts_with_their_ids_and_what_most_runs_say(runs):
    out = runs / "made" / "vote.conll"
    assert ensemble.write(NAMES, runs, "test", out) == 2
    posts = [*split_files.open_split(out, out.name).posts()]
    assert [post.tags for post in posts] == [["B-PER", "O", "B-LOC", "I-LOC"], ["B-ORG"]]
    assert out.read_text().startswith("# id = t0\nx\tB-PER\n")


def test_a_system_votes_as_a_run_does(runs):
    beside = runs.parent / "systems" / NAMES[1]
    beside.parent.mkdir()
    (runs / NAMES[1]).rename(beside)
    assert ensemble.write(NAMES, runs, "test", runs / "vote.conll") == 2


def test_what_can_not_vote_is_told_with_a_way_out(runs):
    def error(*names):
        with pytest.raises(InputError) as caught:
            ensemble.write(names, runs, "test", runs / "vote.conll")
        assert not (runs / "vote.conll").exists()
        return caught.value

    assert error("a", "b", "a").name == "too-few-runs"
    assert error(*NAMES, "a").name == "named-twice"
    told = error(*NAMES, "none")
    assert (told.name, "sample-full" in told.remedy) == ("unknown-entry", True)
    assert error(*NAMES, "sample-full").name == "missing-artifact"
    write(runs / "of-dev", [DEV], Evaluation(bootstrap=0))
    told = error(*NAMES, "of-dev")
    assert (told.name, told.remedy.split(", then ")[1]) == ("not-scored", "dvc repro evaluate@of-dev")
    write(runs / "other", [DEV, predicted_row("t0", "test", ["O"], ["O"])], Evaluation(bootstrap=0))
    told = error("a", "b", "other")
    both = "dvc repro evaluate@a; dvc repro evaluate@other"
    assert (told.name, told.remedy.split(": ")[1]) == ("other-sentences", both)


def test_the_command_says_what_to_do_next(runs):
    (runs / "dvc.yaml").write_text("")
    command = [sys.executable, "-m", "mmner", "ensemble", *NAMES, "--runs", ".", "--out", "vote.conll"]
    done = subprocess.run(command, cwd=runs, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "vote.conll: 2 posts, by a vote of 3 runs",
        "next: python -m mmner score --run a --split test vote.conll",
    ], done.stderr

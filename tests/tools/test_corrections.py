"""An overlay of corrections: gold as a person would have it, beside gold as it was published."""

import json
import subprocess
import sys

import pytest

from mmner.base.errors import InputError
from mmner.tools.score import corrections
from tests.tools.test_score import POSTS, ROOT, against, clone, file  # noqa: F401

REASON = {"reason": "Bo is a dog"}
FEWER = {"id": "test-3", "tags": ["O", "O", "B-PER"]} | REASON


def test_what_a_person_corrects_is_scored_beside_what_was_published(clone, tmp_path):  # noqa: F811
    good = file(tmp_path, [{"id": one, "tags": of[1].split()} for one, of in POSTS.items()], "good.jsonl")
    overlay = file(
        tmp_path, [FEWER | {"was": ["B-PER", "O", "B-PER"]}, {"id": "dev-0", "tags": ["O"]} | REASON], "o.jsonl"
    )
    command = [sys.executable, "-m", "mmner", "score", "--run", "mine", str(good), "--corrections", str(overlay)]
    env = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run([*command, "--json", "c.json"], cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"\nwith 1 posts corrected as {overlay} has it:\n" in done.stdout
    saved = json.loads((clone / "c.json").read_text())
    run, system = (one["f1"] for one in saved["systems"])
    assert (run, system) == (0.6667, 1.0)
    # the run finds 2 of 4 and predicts 4; the system is right 4 times, predicts 5, of 4
    run, system = (one["f1"] for one in saved["corrected"]["systems"])
    assert (run, system) == (0.5, 0.8889)
    assert saved["corrected"]["corrections"] == 1


def test_gold_itself_stays(clone, tmp_path):  # noqa: F811
    gold = against(clone)
    mended, count = corrections.corrected(gold, file(tmp_path, [FEWER]))
    assert (count, mended.posts[3].tags, gold.posts[3].tags) == (1, FEWER["tags"], ["B-PER", "O", "B-PER"])
    assert mended.posts[:3] == gold.posts[:3]


@pytest.mark.parametrize(
    ("rows", "name", "said"),
    [
        ([FEWER | {"reason": " "}], "bad-correction", "no reason for the correction of test-3"),
        ([{"id": "test-3", "tags": ["O", "O", "O"]}], "bad-correction", "no reason"),
        ([FEWER | {"why": "x"}], "bad-correction", "unknown keys: why"),
        ([FEWER | {"tags": "O"}], "bad-correction", "tags a list"),
        ([FEWER | {"tags": ["O", "O"]}], "bad-correction", "2 tags, and test-3 has 3 tokens"),
        ([FEWER | {"tags": ["O", "O", "B-DOG"]}], "bad-correction", "B-DOG is no tag"),
        ([FEWER | {"tags": ["O", "O", "I-PER"]}], "bad-correction", "I-PER continues nothing"),
        ([FEWER | {"was": ["O", "O", "O"]}], "other-gold", "gold of test-3 is B-PER O B-PER"),
        ([FEWER, FEWER], "repeated-post", "test-3"),
        ([FEWER | {"id": "dev-7"}], "no-correction", "test"),
        ("{", "bad-json", ""),
    ],
)
def test_a_correction_that_can_not_be_meant_is_an_error_that_names_its_line(clone, tmp_path, rows, name, said):  # noqa: F811
    overlay = file(tmp_path, rows)
    with pytest.raises(InputError) as caught:
        corrections.corrected(against(clone), overlay)
    assert caught.value.name == name
    assert said in str(caught.value)
    assert caught.value.where.startswith(str(overlay))

"""`python -m mmner compare`: rows of runs, what is no row, and claims that want more seeds."""

import pytest

from mmner.__main__ import parser
from mmner.base.errors import InputError
from mmner.rows import parquet
from mmner.tools.tables import compare
from tests.tools.tables.test_build import evaluated

GOLD = [["B-PER", "O"]] * 60
RUNS = {
    f"{row}-s{seed}": {"preparation": "p", "train": row, "seed": seed} for row in ("full", "less") for seed in (1, 2, 3)
}
CONTENT = {"runs": RUNS | {"other": RUNS["full-s1"] | {"seed": 4, "train": "x"}}, "systems": {"gpt": {}}}
FULL, LESS = (["full-s1", "full-s2", "full-s3"], ["less-s1", "less-s2", "less-s3"])


@pytest.fixture
def runs(tmp_path):
    """The full row finds 50, 52 and 51 of 60 posts, the other 30, 33 and 33; the system 20."""
    folder, right = tmp_path / "runs", {"full": (50, 52, 51), "less": (30, 33, 33)}
    ids = [f"t{number}" for number in range(60)]
    for row, found in right.items():
        for seed, number in enumerate(found, 1):
            guess = [["B-PER" if at < number else "O", "O"] for at in range(60)]
            evaluated(folder, f"{row}-s{seed}", guess, ids, GOLD)
    evaluated(tmp_path / "systems", "gpt", [["B-PER" if at < 20 else "O", "O"] for at in range(60)], ids, GOLD)
    tagged = [{"id": one, "tags": [], "unplaced": None, "error": None} for one in ids]
    parquet.write(tmp_path / "systems/gpt/tag.parquet", "tag", tagged)
    return folder


def error(*arguments) -> InputError:
    with pytest.raises(InputError) as caught:
        compare.compare(*arguments)
    return caught.value


def test_both_intervals_and_the_seeds_that_the_gain_wants(runs):
    found = compare.compare(FULL, LESS, CONTENT, runs, "test", None)
    # F1 of 50 found of 60: 100 / 110, 102 / 112 and 103 / 111 ... the mean of each row
    f1 = [2 * n / (n + 60) for n in (50, 52, 51, 30, 33, 33)]
    assert found.both.gain.gain == pytest.approx(sum(f1[:3]) / 3 - sum(f1[3:]) / 3)
    assert found.both.gain.high - found.both.gain.low > found.paired.high - found.paired.low
    assert (found.wanted, found.sentences) == (3, 60)
    assert "over seeds and posts" in compare.text(found, "full", "less")


def test_a_claim_that_wants_more_seeds_or_more_posts_is_refused(runs):
    assert error(FULL, LESS, CONTENT, runs, "test", 1.0).name == "too-few-sentences"
    compare.compare(FULL, LESS, CONTENT, runs, "test", 40.0)
    few = error(FULL[:1], LESS[:1], CONTENT, runs, "test", None)
    assert (few.name, few.remedy.split(":")[0]) == ("too-few-seeds", "train 3 of each row")


def test_a_claim_between_wants_a_number_that_the_error_says(runs):
    found = compare.compare(FULL, LESS, CONTENT, runs, "test", None)
    points = next(p / 10 for p in range(400, 0, -1) if (found.both.wanted(p / 1000) or 0) > 3)
    refused = error(FULL, LESS, CONTENT, runs, "test", points)
    assert refused.name == "too-few-seeds"
    assert f"wants {found.both.wanted(points / 100)} seeds a row, and there are 3 and 3" in str(refused)


@pytest.mark.parametrize(
    "names", [["full-s1", "full-s2", "less-s3"], ["full-s1", "full-s1", "full-s2"], [*FULL, "other"]]
)
def test_runs_that_differ_in_more_than_their_seeds_are_no_row(runs, names):
    assert error(names, LESS, CONTENT, runs, "test", None).name == "not-seeds"


@pytest.mark.parametrize("second", [{"k": 50, "seed": 1}, {"k": 50, "seed": 2}, None])
def test_runs_on_other_numbers_of_shots_are_no_row(runs, second):
    shots = {"full-s1": {"k": 5, "seed": 1}, "full-s2": second, "full-s3": {"k": 5, "seed": 3}}
    few = {name: RUNS[name] | ({"shots": drawn} if drawn else {}) for name, drawn in shots.items()}
    refused = error(FULL, LESS, CONTENT | {"runs": RUNS | few}, runs, "test", None)
    assert (refused.name, refused.where) == ("not-seeds", "params.yaml: runs")


def test_runs_whose_draws_alone_differ_are_a_row(runs):
    few = {name: RUNS[name] | {"shots": {"k": 5, "seed": seed}} for seed, name in enumerate(FULL, 1)}
    found = compare.compare(FULL, LESS, CONTENT | {"runs": RUNS | few}, runs, "test", None)
    assert found.sentences == 60


@pytest.mark.parametrize("names", [["gpt", "llama", "theirs"], ["gpt", "gpt"], [*FULL, "gpt"]])
def test_a_row_with_a_system_is_that_system_alone(runs, names):
    content = CONTENT | {"systems": {"gpt": {}, "llama": {}, "theirs": {}}}
    refused = error(names, LESS, content, runs, "test", None)
    assert (refused.name, refused.where) == ("not-seeds", "params.yaml: systems")
    assert "one system" in refused.remedy


def test_a_system_has_no_seeds_and_the_runs_beside_it_need_one_more(runs):
    assert error(FULL, ["gpt"], CONTENT, runs, "test", None).name == "too-few-seeds"
    evaluated(
        runs, "full-s4", [["B-PER" if at < 50 else "O", "O"] for at in range(60)], [f"t{n}" for n in range(60)], GOLD
    )
    content = CONTENT | {"runs": CONTENT["runs"] | {"full-s4": RUNS["full-s1"] | {"seed": 4}}}
    found = compare.compare([*FULL, "full-s4"], ["gpt"], content, runs, "test", None)
    assert found.both.deviations[1] is None
    assert found.both.gain.gain > 0.3


def test_runs_named_by_one_option_or_by_several_all_count():
    one, several = (["--first", "a", "b"], ["--first", "a", "--first", "b"])
    named = [parser().parse_args(["compare", *first, "--second", "c"]).first for first in (one, several)]
    assert named == [["a", "b"], ["a", "b"]]

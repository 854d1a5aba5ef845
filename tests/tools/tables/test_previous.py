"""Numbers whose runs or corpora are not on this machine stay in a table that is written again."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.tools.tables import build, previous, render, sizes
from tests.tools.tables.test_build import ORPHAN, RIGHT, TWO, evaluated
from tests.tools.tables.test_sizes import write as corpus

ROOT = Path(__file__).resolve().parents[3]


def written(runs, path, name="tvo2"):
    path.write_text(render.comma_separated(build.build(name, "minilm", runs), "minilm"), encoding="utf-8")
    return path


def again(runs, path, name="tvo2"):
    return previous.keep_scores(build.build(name, "minilm", runs), "minilm", path)


@pytest.fixture
def elsewhere(tmp_path):
    """The runs of another machine: the full row with seeds 1 and 2, w/o VAE with seed 1."""
    evaluated(tmp_path / "elsewhere", "tvo2-sample-full-s1", RIGHT)
    evaluated(tmp_path / "elsewhere", "tvo2-sample-full-s2", ORPHAN)
    evaluated(tmp_path / "elsewhere", "tvo2-sample-wo-vae-s1", TWO)
    return tmp_path / "elsewhere"


def test_a_cell_whose_runs_are_absent_is_kept_and_marked(tmp_path, elsewhere):
    found = again(tmp_path / "here", written(elsewhere, tmp_path / "tvo2.csv"))
    cell = found.cells["TVOMNER", "sample", "F1"]
    # strict 100 and 85.71, by default 100 and 100
    assert cell.before
    assert (cell.ours.mean, cell.ours.deviation, cell.ours.seeds) == (92.855, 10.1046, 2)
    assert cell.ours.default == (100.0, 0.0)
    assert found.cells["w/o VAE", "sample", "F1"].ours.deviation is None
    (one,) = found.compared
    assert (one.row, one.other, one.seeds, one.before) == ("TVOMNER", "w/o VAE", (2, 1), True)
    text = render.markdown(found, "minilm")
    (line,) = [line for line in text.splitlines() if line.startswith("| TVOMNER | – · **")]
    assert line.endswith("– · **92.9 ± 10.1** (100.0 ± 0.0), 2<sup>4</sup> |")
    assert "\n4. as before: not all runs behind it are here; the sample corpus" in text
    assert text.endswith("| 2, 1, as before | wants 3 seeds each |  |  |\n")


def test_what_is_kept_is_written_as_it_was_and_kept_again(tmp_path, elsewhere):
    first = written(elsewhere, tmp_path / "tvo2.csv")
    second = tmp_path / "second.csv"
    second.write_text(render.comma_separated(again(tmp_path / "here", first), "minilm"), encoding="utf-8")
    rows = [list(csv.DictReader(path.open(encoding="utf-8", newline=""))) for path in (first, second)]
    marked = [row["row"] for row in rows[1] if row["before"] == "yes"]
    assert marked == ["TVOMNER"] * 3 + ["w/o VAE"] * 3
    assert rows[0] == [row | {"before": ""} for row in rows[1]]
    assert again(tmp_path / "here", second) == again(tmp_path / "here", first)


def test_runs_that_are_here_replace_what_was_there_and_some_of_its_seeds_do_not(tmp_path, elsewhere):
    path, here = written(elsewhere, tmp_path / "tvo2.csv"), tmp_path / "here"
    evaluated(here, "tvo2-sample-full-s1", TWO)  # one seed of two
    evaluated(here, "tvo2-sample-wo-vae-s1", ORPHAN)  # all there were
    found = again(here, path)
    full, without = (found.cells[row, "sample", "F1"] for row in ("TVOMNER", "w/o VAE"))
    assert (full.ours.mean, full.before) == (92.855, True)
    assert (without.ours.mean, without.before) == (85.71, False)
    assert [one.before for one in found.compared] == [True]
    evaluated(here, "tvo2-sample-full-s2", TWO)
    found = again(here, path)
    assert found == build.build("tvo2", "minilm", here)
    assert found.cells["TVOMNER", "sample", "F1"].ours.mean == 66.67


def test_rows_that_are_here_are_compared_as_today_whatever_claimed_to_be_above_before(tmp_path, elsewhere):
    evaluated(elsewhere, "tvo2-sample-wo-wiki-s1", ORPHAN)
    path, here = written(elsewhere, tmp_path / "tvo2.csv"), tmp_path / "here"
    path.write_text(path.read_text().replace(",TVOMNER,", ",w/o Wiki,"))  # of each row, what is compared with it
    for name, answer in (("full-s1", TWO), ("full-s2", TWO), ("wo-vae-s1", ORPHAN)):
        evaluated(here, f"tvo2-sample-{name}", answer)
    compared = {one.other: one for one in again(here, path).compared}
    assert (compared["w/o VAE"].row, compared["w/o VAE"].before) == ("TVOMNER", False)


def test_few_shots_are_kept_with_their_steps(tmp_path):
    evaluated(tmp_path / "elsewhere", "iac6-crossner-politics-k5-s1", TWO)
    evaluated(tmp_path / "elsewhere", "iac6-crossner-politics-k10-s1", RIGHT)
    path = written(tmp_path / "elsewhere", tmp_path / "iac6.csv", "iac6")
    evaluated(tmp_path / "here", "iac6-crossner-politics-k5-s1", TWO)
    found = again(tmp_path / "here", path, "iac6")
    assert [found.cells["Politics", f"{k}-shot", "F1"].before for k in (5, 10, 20)] == [False, True, False]
    (one,) = found.compared
    assert (one.row, one.other, one.before) == ("Politics 10-shot", "Politics 5-shot", True)
    assert one.gain.gain == pytest.approx(1 / 3, abs=1e-4)


def test_a_table_of_another_profile_or_of_something_else_is_not_written_over(tmp_path, elsewhere):
    path = written(elsewhere, tmp_path / "tvo2.csv")
    with pytest.raises(InputError, match="minilm, not papers") as caught:
        previous.keep_scores(build.build("tvo2", "papers", tmp_path / "here"), "papers", path)
    assert caught.value.name == "other-profile"
    with pytest.raises(InputError, match="--out") as caught:
        again(tmp_path / "here", path, "iac4")
    assert caught.value.name == "other-table"
    path.write_text("row,score\nTVOMNER,83.3\n", encoding="utf-8")
    with pytest.raises(InputError, match="tvo2") as caught:
        again(tmp_path / "here", path)
    assert (caught.value.name, caught.value.where) == ("other-table", str(path))


def test_a_count_is_kept_where_the_files_are_not_here(tmp_path):
    corpus(tmp_path)
    path = tmp_path / "tvo3.csv"
    path.write_text(sizes.comma_separated(sizes.build("tvo3", tmp_path)), encoding="utf-8")
    found = previous.keep_sizes(sizes.build("tvo3", tmp_path / "nothing"), path)
    cells = {(cell.row, cell.group, cell.column): cell for cell in found.cells}
    cell = cells["MISC", "Twitter-2015", "Train"]
    assert (cell.published, cell.ours, cell.before) == (940, (0, 1), True)
    assert cells["MISC", "Twitter-2017", "Train"].ours is None
    text = sizes.markdown(found)
    assert "940 · **0** (1)<sup>1</sup>" in text
    assert "1. as before: the files of twitter2015 are not here" in text
    assert not any(cell.before for cell in previous.keep_sizes(sizes.build("tvo3", tmp_path), path).cells)


def tables(folder, *arguments):
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"}
    whole = [sys.executable, "-m", "mmner", "tables", "--only", "tvo2", *arguments]
    done = subprocess.run(whole, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_leaves_the_committed_tables_alone_and_keeps_their_numbers(tmp_path, elsewhere):
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "docs" / "tables").mkdir(parents=True)
    committed = written(elsewhere, tmp_path / "docs" / "tables" / "tvo2.csv")
    content = committed.read_bytes()
    assert tables(tmp_path) == "data/tables/tvo2.md, .csv: 6 numbers of ours, 6 of them as before\n"
    assert committed.read_bytes() == content
    assert not committed.with_suffix(".md").exists()
    assert tables(tmp_path, "--fresh") == "data/tables/tvo2.md, .csv: 0 numbers of ours, 0 of them as before\n"
    tables(tmp_path, "--out", "docs/tables")
    assert committed.read_text(encoding="utf-8").count(",yes,") == 6
    # another profile has no number in common with the committed table
    other = tables(tmp_path, "--profile", "papers", "--out", "data/papers")
    assert other == "data/papers/tvo2.md, .csv: 0 numbers of ours, 0 of them as before\n"

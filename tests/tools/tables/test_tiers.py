"""How far each published number can be trusted: the tiers of cells, worked out by hand, and the CSV of all."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.tools.tables import published, sizes, tiers
from mmner.tools.tables.results import Score

ROOT = Path(__file__).resolve().parents[3]


def tier(name: str, key: tuple[str, str, str], ours=None) -> tiers.Tier:
    return tiers.of_table(published.table(name), {key: ours})[key]


def test_a_number_that_no_sum_holds_is_as_printed():
    assert tier("tvo1", ("UMT", "Twitter-2015", "PER")) == tiers.Tier("as printed", "")
    assert tier("iac2", ("UMT", "Twitter 2015", "F1")).tier == "as printed"


def test_numbers_whose_sum_holds_add_up_and_those_of_one_that_does_not_say_so():
    # 2 * 77.54 * 77.01 / (77.54 + 77.01) = 77.27; of P 86.03 and R 76.16 it is 80.79, and 86.09 is printed
    assert tier("tvo1", ("TVOMNER", "Twitter-2015", "F1")).tier == "adds up"
    assert tier("tvo1", ("TVOMNER", "Twitter-2015", "Pre.")).tier == "adds up"
    odd = tier("tvo1", ("MGCMT", "Twitter-2017", "Rec."))
    assert odd.tier == "as printed"
    assert odd.why == "does not add up: MGCMT on Twitter-2017 has P 86.03 and R 76.16, hence F1 80.79, not 86.09"


@pytest.mark.parametrize(
    ("mean", "deviation", "seeds", "met"),
    [
        (89.0, 0.5, 3, True),  # 0.34 away
        (88.2, 0.5, 3, False),  # more than a point
        (89.0, 0.05, 3, False),  # 4.30 * 0.05 * sqrt(4 / 3) = 0.25
        (89.0, 0.5, 2, False),
        (89.0, None, 1, False),
    ],
)
def test_a_number_is_reproduced_where_runs_here_meet_it(mean, deviation, seeds, met):
    found = tier("tvo1", ("TVOMNER", "Twitter-2017", "F1"), Score(mean, deviation, seeds, None))
    assert (found.tier == "reproduced here") is met
    assert found.why == (f"{mean:.2f} ± {deviation:.2f} here, {seeds} seeds" if met else "")


def test_a_count_is_reproduced_where_the_files_have_it():
    assert tier("tvo3", ("PER", "Twitter-2017", "Test"), (621, 621)).why == "counted in the files"
    assert tier("tvo3", ("PER", "Twitter-2017", "Test"), (620, 621)).tier == "reproduced here"
    assert tier("tvo3", ("PER", "Twitter-2017", "Test"), (620, 620)).tier == "adds up"


def test_the_csv_has_every_published_number_once(tmp_path):
    (tmp_path / "dvc.yaml").touch()
    command = [sys.executable, "-m", "mmner", "tables", "--only", "iac3", "--only", "tvo3", "--csv", "all.csv"]
    env = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "all.csv").open(encoding="utf-8")))
    assert len(rows) == 8 * 4 + 6 * 6
    assert len({(row["table"], row["row"], row["group"], row["column"]) for row in rows}) == len(rows)
    assert done.stdout.splitlines()[-1].startswith("all.csv: 68 published numbers, ")
    (row,) = [row for row in rows if (row["table"], row["row"], row["column"]) == ("iac3", "AI", "Test")]
    assert (row["corpus"], row["published"], row["tier"]) == ("crossner-ai", "431", "as printed")


def test_dashes_have_no_tier():
    found = tiers.of_table(published.table("tvo1"), {})
    assert ("GPT-NER", "Twitter-2015", "PER") not in found
    assert len(found) == 13 * 14 - 4 * 2 * 3


def test_sizes_and_scores_come_to_one_list(tmp_path):
    lines = tiers.rows([(sizes.build("tvo3", tmp_path), "")])
    assert {len(line) for line in lines} == {len((*tiers.HEAD, *tiers.OURS))}

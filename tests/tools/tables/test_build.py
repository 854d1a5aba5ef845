"""Tables from evaluated runs: what stands in a cell, what beats what, and why a cell is empty."""

import csv
import json

import pytest

from mmner.base.errors import InputError
from mmner.evaluate.report import Evaluation, write
from mmner.ner.fewshot import Shots, report
from mmner.tools.experiments import run_specs
from mmner.tools.tables import build, render
from tests.evaluate.rows import predicted_row

GOLD = [["B-PER", "O"], ["B-ORG", "I-ORG"], ["B-LOC", "B-PER"]]
RIGHT = GOLD
TWO = [["B-PER", "O"], ["O", "O"], ["B-LOC", "O"]]  # 2 of 4, all of them right: P 1, R 1/2, F1 2/3
ORPHAN = [["B-PER", "O"], ["I-ORG", "I-ORG"], ["B-LOC", "B-PER"]]  # strictly 3 of 4: 6/7; by default all


def evaluated(folder, name, predicted, ids="abc", gold=None, splits=("test",)):
    rows = [
        predicted_row(one, "test", true, guess) for one, true, guess in zip(ids, gold or GOLD, predicted, strict=True)
    ]
    rows.append(predicted_row("of-dev", "dev", ["B-PER"], ["O"]))  # which no table counts
    write(folder / name, rows, Evaluation(bootstrap=0, splits=[*splits]))


def test_a_cell_is_the_mean_over_seeds_with_the_default_score_beside_it(tmp_path):
    evaluated(tmp_path, "tvo2-sample-full-s1", RIGHT)
    evaluated(tmp_path, "tvo2-sample-full-s2", ORPHAN)
    table = build.build("tvo2", "minilm", tmp_path)
    f1 = table.cells["TVOMNER", "sample", "F1"].ours
    # strict 100 and 85.71 (rounded to 4 decimals in metrics.json): mean 92.855, deviation 14.29 / sqrt(2)
    assert (f1.mean, f1.seeds) == (pytest.approx(92.855), 2)
    assert f1.deviation == pytest.approx(14.29 / 2**0.5)
    assert f1.default == (100.0, 0.0)
    recall = table.cells["TVOMNER", "sample", "Rec."].ours
    assert (recall.mean, recall.default) == (pytest.approx(87.5), None)


def test_published_numbers_stand_beside_ours_and_an_empty_cell_says_why(tmp_path):
    table = build.build("tvo1", "minilm", tmp_path)
    cell = table.cells["BERT-BiLSTM-CRF", "Twitter-2017", "F1"]
    assert (cell.published, cell.ours) == (83.44, None)
    assert "experiments add tvo1" in cell.note
    assert table.cells["ICKA", "Twitter-2017", "F1"].note == build.OTHERS
    assert "images" in table.cells["TVOMNER", "Twitter-2017", "F1"].note


def test_the_full_row_is_compared_with_each_other_one_of_its_corpus(tmp_path):
    for seed in (1, 2, 3):
        evaluated(tmp_path, f"tvo2-sample-full-s{seed}", RIGHT)
        evaluated(tmp_path, f"tvo2-sample-wo-vae-s{seed}", TWO)
    (one,) = build.build("tvo2", "minilm", tmp_path).compared
    assert (one.group, one.row, one.other, one.seeds) == ("sample", "TVOMNER", "w/o VAE", (3, 3))
    assert one.gain.gain == pytest.approx(1 / 3)
    assert 0 < one.gain.p < 0.05 < one.gain.high  # some resamples draw the first sentence alone: no gain


def test_three_seeds_a_row_get_an_interval_over_seeds_and_the_seeds_that_the_gain_wants(tmp_path):
    for seed, guess in ((1, RIGHT), (2, ORPHAN), (3, RIGHT)):
        evaluated(tmp_path, f"tvo2-sample-full-s{seed}", guess)
        evaluated(tmp_path, f"tvo2-sample-wo-vae-s{seed}", TWO)
    table = build.build("tvo2", "minilm", tmp_path)
    (one,) = table.compared
    assert one.both.gain == pytest.approx((1 + 6 / 7 + 1) / 3 - 2 / 3)
    assert one.wanted is None  # three sentences show nothing
    (row,) = [row for row in csv.DictReader(render.comma_separated(table, "minilm").splitlines()) if row["seeds_p"]]
    assert (row["row"], row["seeds_points"], row["seeds_wanted"]) == ("w/o VAE", "28.5714", "")
    assert render.markdown(table, "minilm").endswith("| – |\n")


def test_runs_that_were_scored_on_other_sentences_are_an_error(tmp_path):
    evaluated(tmp_path, "tvo2-sample-full-s1", RIGHT)
    evaluated(tmp_path, "tvo2-sample-wo-vae-s1", TWO, ids="abd")
    with pytest.raises(InputError, match="wo-vae") as caught:
        build.build("tvo2", "minilm", tmp_path)
    assert caught.value.name == "other-sentences"


def test_runs_that_were_scored_against_other_gold_are_an_error(tmp_path):
    evaluated(tmp_path, "tvo2-sample-full-s1", RIGHT)
    as_written = [[tag.replace("B-", "I-") for tag in GOLD[0]], *GOLD[1:]]
    assert as_written != GOLD
    evaluated(tmp_path, "tvo2-sample-wo-vae-s1", TWO, gold=as_written)
    with pytest.raises(InputError, match="other gold") as caught:
        build.build("tvo2", "minilm", tmp_path)
    assert caught.value.name == "other-sentences"


def test_an_average_needs_all_domains_with_one_seed(tmp_path):
    domains = ("politics", "science", "music", "literature", "ai")
    for domain in domains[:4]:
        evaluated(tmp_path, f"iac1-crossner-{domain}-full-s2", RIGHT)
    assert build.build("iac1", "minilm", tmp_path).cells["Ours", "Avg.", "F1"].ours is None
    evaluated(tmp_path, "iac1-crossner-ai-full-s2", TWO)
    average = build.build("iac1", "minilm", tmp_path).cells["Ours", "Avg.", "F1"].ours
    assert average.mean == pytest.approx((4 * 100 + 66.67) / 5)
    assert (average.seeds, average.deviation) == (1, None)


def test_table_4_shows_the_sentence_alone_as_what_it_is(tmp_path):
    evaluated(tmp_path, "iac1-crossner-politics-full-s1", RIGHT)
    table = build.build("iac4", "minilm", tmp_path)
    cell = table.cells["w/o DDC+CRC", "Politics", "F1"]
    assert (cell.published, cell.ours.mean) == (73.61, 100.0)
    assert "sentence alone" in cell.note


def test_few_shots_stand_where_tables_5_and_6_have_them(tmp_path):
    evaluated(tmp_path, "iac6-crossner-politics-k5-s1", TWO)
    evaluated(tmp_path, "iac6-crossner-politics-k20-s1", RIGHT)
    table = build.build("iac6", "minilm", tmp_path)
    assert table.cells["Politics", "20-shot", "F1"].ours.mean == 100.0
    (one,) = table.compared
    assert (one.row, one.other) == ("Politics 20-shot", "Politics 5-shot")
    table = build.build("iac5", "minilm", tmp_path)
    assert table.cells["Ours", "K=20 Pol.", "F1"].ours.mean == 100.0
    assert table.cells["Ours", "K=50 Pol.", "F1"].ours is None


def drew(folder, name, k, sentences):
    tags = [["B-PER"] * (k - 2) + ["B-ORG"] * k] + [["B-PER"]] * (sentences - 1)
    kept = report([f"train-{number}" for number in range(sentences)], tags, ["PER", "ORG", "LOC"], Shots(k=k, seed=1))
    (folder / name / "model").mkdir(parents=True)
    (folder / name / "model" / "shots.json").write_text(json.dumps(kept), encoding="utf-8")


def test_a_cell_of_few_shots_says_how_many_sentences_they_were_and_which_types_were_short(tmp_path):
    for seed, sentences in ((1, 11), (2, 9), (3, 10)):
        evaluated(tmp_path, f"iac6-crossner-politics-k5-s{seed}", TWO)
        drew(tmp_path, f"iac6-crossner-politics-k5-s{seed}", 5, sentences)
    evaluated(tmp_path, "iac6-crossner-politics-k20-s1", RIGHT)
    drew(tmp_path, "iac6-crossner-politics-k20-s1", 20, 2)
    evaluated(tmp_path, "iac6-crossner-politics-k50-s1", RIGHT)
    notes = [build.build("iac6", "minilm", tmp_path).cells["Politics", f"{k}-shot", "F1"].note for k in (5, 20, 50)]
    assert notes[0].endswith("no images; 9 to 11 sentences; fewer than 5 mentions: LOC (0)")
    assert notes[1].endswith("no images; 2 sentences; fewer than 20 mentions: PER (19), LOC (0)")
    assert notes[2].endswith("no images")
    assert build.build("iac5", "minilm", tmp_path).cells["Ours", "K=20 Pol.", "F1"].note == notes[1]


def test_a_type_without_a_mention_is_not_called_untrained(tmp_path):
    evaluated(tmp_path, "tvo2-sample-full-s1", TWO)
    table = build.build("tvo1", "minilm", tmp_path)
    assert table.cells["TVOMNER", "sample", "PER"].ours.mean == pytest.approx(66.67)
    cell = table.cells["TVOMNER", "sample", "MISC"]
    assert (cell.ours, cell.note) == (None, build.NO_MENTION)
    assert build.WAITING in table.cells["BERT-BiLSTM-CRF", "Twitter-2017", "MISC"].note


def test_a_p_that_would_round_to_nothing_is_printed_as_a_bound(tmp_path):
    evaluated(tmp_path, "iac4-twitter2017-full-s1", RIGHT)
    evaluated(tmp_path, "iac4-twitter2017-wo-ddc-s1", [["O", "O"]] * 3)
    table = build.build("iac4", "minilm", tmp_path)
    assert "| +100.0 | +100.0 to +100.0 | <0.001 | 1, 1 | wants 3 seeds each |  |  |" in render.markdown(
        table, "minilm"
    )
    (one,) = table.compared
    assert 0 < one.gain.p < 0.001


def test_markdown_and_csv_say_the_same(tmp_path):
    evaluated(tmp_path, "iac4-twitter2017-full-s1", RIGHT)
    evaluated(tmp_path, "iac4-twitter2017-wo-ddc-s1", ORPHAN)
    table = build.build("iac4", "minilm", tmp_path)
    text = render.markdown(table, "minilm")
    (line,) = [line for line in text.splitlines() if line.startswith("| w/o DDC |")]
    assert "88.94 · **85.7** (100.0), 1<sup>" in line
    assert "captions in view" in text
    assert "| Twitter 2017 | Ours | w/o DDC | +14.3 |" in text
    rows = list(csv.DictReader(render.comma_separated(table, "minilm").splitlines()))
    (row,) = [row for row in rows if (row["row"], row["group"]) == ("w/o DDC", "Twitter 2017")]
    assert (row["published"], row["ours"], row["deviation"], row["seeds"]) == ("88.94", "85.7100", "", "1")
    assert (row["default_f1"], row["compared_with"], row["points"]) == ("100.0000", "Ours", "14.2857")


def test_a_method_of_another_s_is_named_with_who_published_it(tmp_path):
    table = build.build("iac2", "minilm", tmp_path)
    assert "UMT: Yu et al. 2020; VisualPT-MoE: Xu et al. 2023; " in render.markdown(table, "minilm")
    rows = list(csv.DictReader(render.comma_separated(table, "minilm").splitlines()))
    assert {row["source"] for row in rows if row["row"] == "DPE-MNER"} == {"Zheng et al. 2024"}
    assert {row["source"] for row in rows if row["row"] == "Ours"} == {""}


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("tvo1", "## Twitter-2017<sup>"),
        ("tvo2", "## Twitter-2017<sup>"),
        ("iac2", "| | Twitter 2015 | Twitter 2017<sup>"),
        ("iac4", "| Avg. | Twitter 2015 | Twitter 2017<sup>"),
    ],
)
def test_published_numbers_on_twitter2017_say_what_they_may_rest_on(tmp_path, name, head):
    text = render.markdown(build.build(name, "minilm", tmp_path), "minilm")
    assert text.count(head) == 1
    number = text.partition(head)[2].partition("<")[0]
    (note,) = [line for line in text.splitlines() if line.startswith(f"{number}. ")]
    assert "test stood in place of valid" in note
    assert build.build("iac1", "minilm", tmp_path).cautions == {}


def test_every_run_of_an_experiment_stands_in_its_table():
    for profile in ("minilm", "papers"):
        for name in ("tvo1", "tvo2", "iac1", "iac2", "iac4", "iac5", "iac6"):
            shown = {run.name for runs in build.runs_by_cell(name, profile).values() for run in runs}
            hidden = {run.name for run in run_specs.with_borrowed_runs(name, profile)} - shown
            assert hidden == {
                run.name
                for run in run_specs.with_borrowed_runs(name, profile)
                if name == "iac5" and run.shots in (5, 10)
            }

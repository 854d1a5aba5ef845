"""Systems of params.yaml in the papers' tables: where they stand, and which entries no table can show."""

import json

import pytest

from mmner.base.errors import InputError
from mmner.cli import tables as command
from mmner.tools.tables import build, render, sizes, systems
from tests.tools.tables.test_build import GOLD, evaluated

POLITICS = {"corpus": "crossner-politics", "preparation": "politics", "evaluate": "strict"}
TWITTER = {"corpus": "twitter2017", "preparation": "twitter", "evaluate": "strict"}


def content(**entries) -> dict:
    return {
        "corpora": {"twitter2017": {}, "crossner-politics": {}},
        "preparations": {"twitter": {"corpus": "twitter2017"}, "politics": {"corpus": "crossner-politics"}},
        "systems": entries,
    }


def table(name: str, folder, **entries) -> build.Table:
    return build.build(name, "minilm", folder / "runs", systems.shown(name, content(**entries)))


def error(name: str, folder, **entries) -> InputError:
    with pytest.raises(InputError) as caught:
        table(name, folder, **entries)
    return caught.value


def tagged(folder, name: str, **scores: float) -> None:
    (folder / "systems" / name).mkdir(parents=True)
    (folder / "systems" / name / "metrics.json").write_text(json.dumps(scores))


def test_tables_of_scores_are_those_with_a_row_a_method_and_the_one_with_a_row_a_corpus():
    assert {*systems.TABLES, "iac6"} == {*command.TABLES} - {*sizes.TABLES}


def test_a_system_with_shots_stands_at_its_k_where_the_table_is_by_shots(tmp_path):
    tagged(tmp_path, "gpt", f1=0.5, default_f1=0.5)
    entry = POLITICS | {"tables": {"iac5": "GPT"}, "shots": {"k": 20, "seed": 1}}
    made = table("iac5", tmp_path, gpt=entry)
    scores = {group: made.cells["GPT", group, "F1"].ours for group in made.groups}
    assert {group: one.mean for group, one in scores.items() if one} == {"K=20 Pol.": 50.0}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (POLITICS | {"tables": {"iac5": "GPT"}}, "shots"),
        (POLITICS | {"tables": {"iac5": "GPT"}, "shots": {"k": 7, "seed": 1}}, "K=20 Pol."),
        (TWITTER | {"tables": {"iac5": "GPT"}, "shots": {"k": 20, "seed": 1}}, "K=20 Pol."),
        (POLITICS | {"tables": {"iac5": "GPT"}, "shots": 20}, ""),
        (POLITICS | {"tables": {"iac5": "Ours"}, "shots": {"k": 20, "seed": 1}}, "another name"),
    ],
)
def test_what_has_no_place_in_a_table_by_shots_is_refused(tmp_path, entry, said):
    refused = error("iac5", tmp_path, gpt=entry)
    assert (refused.name, refused.where.startswith("params.yaml: systems.gpt")) == ("bad-params", True)
    assert said in refused.remedy


@pytest.mark.parametrize("key", ["tov1", "iac6", "tvo3", "iac3", "evidence"])
def test_a_table_that_shows_no_system_is_refused_whichever_is_written(tmp_path, key):
    refused = error("tvo1", tmp_path, gpt=TWITTER | {"tables": {"tvo1": "GPT", key: "GPT"}})
    assert (refused.name, refused.where) == ("bad-params", "params.yaml: systems.gpt.tables")
    assert key in refused.what
    assert "tvo1, tvo2, iac1" in refused.remedy


@pytest.mark.parametrize("entry", [{"tables": {"tvo1": "X"}}, TWITTER | {"tables": ["tvo1"]}])
def test_an_entry_that_its_stage_would_refuse_is_refused(tmp_path, entry):
    refused = error("tvo1", tmp_path, gpt=entry)
    assert (refused.name, refused.where) == ("bad-params", "params.yaml: systems.gpt")


def test_a_system_in_no_table_is_not_asked_for_more(tmp_path):
    assert systems.shown("tvo1", content(gpt={}, theirs=None)) == []


def test_a_system_named_like_a_row_of_ours_is_refused_and_like_another_s_is_not(tmp_path):
    evaluated(tmp_path / "runs", "tvo2-twitter2017-full-s1", GOLD)
    refused = error("tvo1", tmp_path, gpt=TWITTER | {"tables": {"tvo1": "BERT-BiLSTM-CRF"}})
    assert (refused.name, refused.where) == ("bad-params", "params.yaml: systems.gpt.tables")
    assert table("tvo1", tmp_path, gpt=TWITTER | {"tables": {"tvo1": "GPT-NER"}}).rows


def test_a_name_with_a_bar_or_a_line_break_stays_one_cell(tmp_path):
    tagged(tmp_path, "gpt", f1=0.5, default_f1=0.5, precision=0.5, recall=0.5)
    text = render.markdown(table("tvo1", tmp_path, gpt=TWITTER | {"tables": {"tvo1": "GPT|NER\nnew"}}), "minilm")
    (line,) = [line for line in text.splitlines() if "new" in line]
    assert line.startswith("| GPT\\|NER new | ")


def test_a_system_that_is_not_tagged_yet_has_a_row_that_says_how(tmp_path):
    text = render.markdown(table("tvo1", tmp_path, gpt=TWITTER | {"tables": {"tvo1": "GPT"}}), "minilm")
    assert "\n| GPT | " in text
    assert "not tagged here yet: `dvc repro tag@gpt`" in text


@pytest.mark.parametrize("stage", ["tag", "evaluate"])
def test_what_was_scored_on_dev_alone_needs_test_in_its_splits(tmp_path, stage):
    tagged(tmp_path, "gpt", dev_f1=0.5, dev_default_f1=0.5)
    entry = TWITTER | {"tables": {"tvo2": "GPT"}}
    evaluated(tmp_path / "runs", "tvo2-sample-full-s1", GOLD, splits=["dev"])
    row, group, name = {
        "tag": ("GPT", "Twitter-2017", "gpt"),
        "evaluate": ("TVOMNER", "sample", "tvo2-sample-full-s1"),
    }[stage]
    made = table("tvo2", tmp_path, gpt=entry)
    note = made.cells[row, group, "F1"].note
    assert note.startswith("test is not scored here: name it in splits of its entry in section evaluate")
    assert note.endswith(f"`dvc repro {stage}@{name}`")
    assert f"\n| {row} | " in render.markdown(made, "minilm")

"""docs/papers.md and docs/tables say what is computed."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mmner.cli import tables as command
from mmner.tools.experiments import definitions
from mmner.tools.tables import audit, build, previous, render, sizes

DOCS = Path(__file__).resolve().parents[3] / "docs"
TABLES = DOCS / "tables"
TEXT = (DOCS / "papers.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the Markdown table whose heads begin with `heading`."""
    _, _, rest = TEXT.partition(f"\n| {heading}")
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_list_of_what_does_not_add_up_is_what_is_found():
    _, _, part = TEXT.partition("allowed for rounding;")
    listed = [
        line.removeprefix("- ")
        for line in part.partition("What it cannot recompute")[0].splitlines()
        if "- " in line[:2]
    ]
    assert listed == audit.findings()


def test_hours_on_minilm_are_sentences_times_epochs_times_runs_over_the_rate():
    found = rows("experiment | sentences | epochs | runs | sentences/s")
    assert len(found) > 5
    for _, sentences, epochs, runs, rate, hours in found:
        seconds = int(sentences.replace(",", "")) * int(epochs) * int(runs) / float(rate)
        assert f"{seconds / 3600:.1f}" == hours


def test_hours_on_a_gpu_are_operations_over_the_rate():
    found = rows("experiment | sentences | epochs | runs | parameters")
    assert len(found) > 5
    for _, sentences, epochs, runs, parameters, pieces, rate, hours in found:
        examples = int(sentences.replace(",", "")) * int(epochs) * int(runs)
        operations = 6 * int(parameters) * 1e6 * int(pieces) * examples
        assert f"{operations / (float(rate) * 1e12) / 3600:.1f}" == hours


def test_every_experiment_is_in_the_docs():
    assert set(definitions.names()) <= set(re.findall(r"`(\w+)`", TEXT))


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.stem)
def test_a_committed_table_is_what_its_csv_and_the_catalogue_give(path, tmp_path):
    """Nothing is trained or counted here: all of ours is kept, and all else, numbers of the papers included, is new."""
    with path.open(encoding="utf-8", newline="") as file:
        marked = {(row["row"], row["group"], row["column"]) for row in csv.DictReader(file) if row["before"]}
    if path.stem in sizes.TABLES:
        found = previous.keep_sizes(sizes.build(path.stem, tmp_path), path)
        cells = [replace(cell, before=(cell.row, cell.group, cell.column) in marked) for cell in found.cells]
        found = replace(found, cells=cells)
        texts = sizes.markdown(found), sizes.comma_separated(found)
    else:
        found = previous.keep_scores(build.build(path.stem, "minilm", tmp_path), "minilm", path)
        cells = {place: replace(cell, before=place in marked) for place, cell in found.cells.items()}
        marks = {(build.label(path.stem, row, group), "" if path.stem == "iac6" else group) for row, group, _ in marked}
        compared = []
        for one in found.compared:
            group = "" if path.stem == "iac6" else one.group
            compared.append(replace(one, before=not marks.isdisjoint({(one.row, group), (one.other, group)})))
        found = replace(found, cells=cells, compared=compared)
        texts = render.markdown(found, "minilm"), render.comma_separated(found, "minilm")
    assert path.with_suffix(".md").read_text(encoding="utf-8") == texts[0]
    assert path.read_text(encoding="utf-8") == texts[1]


def test_every_table_is_committed():
    assert {path.stem for path in TABLES.glob("*.csv")} == set(command.TABLES)

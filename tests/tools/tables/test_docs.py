"""docs/papers.md says what is computed."""

import re
from pathlib import Path

from mmner.tools.experiments import definitions
from mmner.tools.tables import audit

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "papers.md").read_text(encoding="utf-8")


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

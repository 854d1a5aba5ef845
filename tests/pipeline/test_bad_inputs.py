"""Bad values of every key of params.yaml: bounds of numbers, places that are none; and the tool that tries them."""

import pytest

from benchmarks.bad_inputs import project, settings
from benchmarks.bad_inputs.attempt import Case, judge, nothing
from mmner.base import params
from mmner.base.errors import InputError

CONTENT = project.content()
ENTRIES = {f"{entry.section}.{entry.name}": entry for entry in settings.entries(CONTENT)}
PLACES = {"encoder", "weights", "archive", "file", "checkpoint"}


def keys(kind: type) -> list[str]:
    """The keys of every entry whose field may hold a `kind`."""
    found = []
    for name, entry in ENTRIES.items():
        for path in settings.paths(entry.kind):
            field = settings._field(entry.kind, path)
            if field is not None and kind in settings._kinds(field.annotation):
                found.append(f"{name}:{'.'.join(path)}")
    return found


def build(key: str, value: object) -> None:
    name, _, path = key.partition(":")
    entry = ENTRIES[name]
    params.build(entry.kind, settings.changed(_without_backend(entry.good), tuple(path.split(".")), value), name)


def _without_backend(good: dict) -> dict:
    return {key: value for key, value in good.items() if key != "backend"}


@pytest.mark.parametrize("key", keys(int))
def test_a_whole_number_has_a_largest_value(key):
    with pytest.raises(InputError, match=r"bad-params.*(less than|heads can't share)"):
        build(key, 10**30)


@pytest.mark.parametrize("key", [key for key in keys(str) if key.rpartition(".")[2].rpartition(":")[2] in PLACES])
@pytest.mark.parametrize("value", ["", " "])
def test_a_place_has_a_name(key, value):
    with pytest.raises(InputError, match=r"bad-params.*it names no file, folder or model"):
        build(key, value)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (1, "error[x] y\n  remedy: z", "named"),
        (1, "error[x] y", "no remedy"),
        (2, "usage: x\nx: error: y", "named"),
        (1, "Traceback (most recent call last):\nValueError: error[x]; remedy: y", "traceback"),
        (0, "captions: 3 rows in, 1 without value (image broken: 1), 0.1 s", "row error"),
        (0, "captions: 3 rows in, 1 without value (no image: 1), 0.1 s", "accepted"),
        (None, "", "hung"),
        (-6, "", "traceback"),
    ],
)
def test_what_became_of_a_bad_input_is_told_by_its_status_and_words(status, said, kind):
    assert judge(Case("x", "x", nothing, (), rows=True), "stages/captions.py", status, said, False).kind == kind


def test_a_file_that_changed_though_the_command_failed_is_told():
    said = "error[x] y\n  remedy: z"
    assert judge(Case("x", "x", nothing, ()), "stages/captions.py", 1, said, True).kind == "changed"

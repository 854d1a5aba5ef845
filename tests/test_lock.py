"""requirements.txt: the pins lie within pyproject.toml's ranges, and nothing that they ask for is missing."""

import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NOT_LOCKED = {"sentence-transformers"}  # its work is done with transformers here
OF_TORCH_S_BUILD = ("nvidia-", "cuda-", "triton")  # `make` adds what torch's build for the machine asks for


def pins():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in found}


def asked(python):
    """(who asks, what for), from the project's own dependencies on, as on `python`."""
    environment = default_environment() | {"python_version": python, "python_full_version": f"{python}.0"}
    waiting = [("mmner", line, "") for line in (*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"])]
    seen = set()
    while waiting:
        who, line, extra = waiting.pop()
        wanted = Requirement(line)
        name = canonicalize_name(wanted.name)
        marked = wanted.marker is None or wanted.marker.evaluate(environment | {"extra": extra})
        if not marked or name in NOT_LOCKED or (who == "torch" and name.startswith(OF_TORCH_S_BUILD)):
            continue
        yield who, wanted
        for extra in ("", *wanted.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                waiting += [(name, line, extra) for line in requires(name) or ()]


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_asked_for_is_pinned_within_its_range(python):
    locked = pins()
    wrong = []
    for who, wanted in asked(python):
        pin = locked.get(canonicalize_name(wanted.name))
        (version,) = [each.version for each in pin.specifier] if pin else [None]
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            wrong.append(f"{who} asks for {wanted}, the lock has {pin}")
    assert wrong == []


@pytest.mark.parametrize("python", PYTHONS)
def test_nothing_is_pinned_that_nobody_asks_for(python):
    assert pins().keys() - {canonicalize_name(wanted.name) for _, wanted in asked(python)} - {"setuptools"} == set()


def test_pins_are_exact():
    assert [str(pin) for pin in pins().values() if [each.operator for each in pin.specifier] != ["=="]] == []


def test_the_pythons_are_those_of_the_project():
    supported = SpecifierSet(PROJECT["requires-python"])
    assert [f"3.{minor}" for minor in range(30) if f"3.{minor}" in supported] == list(PYTHONS)


@pytest.mark.parametrize(("extra", "packages"), [("serve", 3), ("ray", 1)])
def test_the_pins_of_an_extra_lie_within_its_ranges(extra, packages):
    lines = (ROOT / f"tests/engines/requirements-{extra}.txt").read_text(encoding="utf-8").splitlines()
    found = {pin.name: pin for pin in map(Requirement, (line for line in lines if not line.startswith("#")))}
    asked_for = [Requirement(line) for line in PROJECT["optional-dependencies"][extra]]
    assert len(asked_for) == packages
    for wanted in asked_for:
        (pinned,) = found[wanted.name].specifier
        assert wanted.specifier.contains(pinned.version)

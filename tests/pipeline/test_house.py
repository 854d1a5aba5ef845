"""The house: rooms in layers, no circle, small files, and one list of stages that names what is there."""

import ast
import importlib
import inspect
import itertools
import re

import pytest

from mmner.llm.params import LlmParams
from mmner.rows.contract import Backend
from mmner.rows.stages import STAGES
from tests.pipeline.graph import CROSSING, LAYERS, ROOT, backends, imports, of_file, room

LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
EDGES = sorted(
    {(module, other) for module in imports().modules for other in imports().find_modules_directly_imported_by(module)}
)
SOURCES = sorted((ROOT / "mmner").rglob("*.py"))


def test_every_room_has_its_place():
    assert {room(module) for module in imports().modules} - {""} == set(LAYER)


def test_rooms_import_what_lies_below_them_alone():
    between = [(one, other) for one, other in EDGES if room(one) and room(other) and room(one) != room(other)]
    assert len(between) > 100
    wrong = [
        (one, other)
        for one, other in between
        if LAYER[room(other)] >= LAYER[room(one)] and (room(one), room(other)) not in CROSSING
    ]
    assert wrong == []


def test_a_backend_belongs_to_the_room_of_its_stage_or_to_all():
    owners = {(stage, room(module)) for stage in STAGES for module in backends(stage)}
    assert len(owners) >= len(STAGES)
    assert {(stage, owner) for stage, owner in owners if owner not in (stage, "rows")} == set()


def test_modules_import_each_other_in_no_circle():
    graph = imports()
    circles = [
        (one, other)
        for one, other in itertools.combinations(sorted(graph.modules), 2)
        if graph.chain_exists(one, other) and graph.chain_exists(other, one)
    ]
    assert circles == []


@pytest.mark.parametrize("module", ["mmner.rows.contract", "mmner.rows.schemas"])
def test_contract_and_schemas_import_nothing_of_the_rows_above_them(module):
    below = {room(other) for other in imports().find_upstream_modules(module)} - {"", "base", "ner"}
    assert below == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_no_stage_imports_a_tool():
    scripts = sorted((ROOT / "stages").glob("*.py"))
    assert len(scripts) == 15
    for script in scripts:
        assert {room(module) for module in of_file(script)} & {"tools", "cli"} == set()


def test_nobody_asks_a_backend_for_what_the_contract_lacks():
    guesses = re.compile(r"(getattr|hasattr)\((\w+\.)*_?(backend|engine|kind)\b")
    found = [str(path) for path in SOURCES if guesses.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_only_what_starts_a_stage_or_a_command_opens_a_store():
    """Backends get a memo; see rows/contract."""
    opening = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Store"
    }
    assert {room(module) for module in opening} <= {"rows", "train", "predict", "evaluate", "cli", "tools"}
    assert "mmner.rows.command" in opening


@pytest.mark.parametrize(
    ("stage", "name"), [(stage.name, name) for stage in STAGES.values() for name in stage.backends]
)
def test_a_backend_keeps_the_contract(stage, name):
    module, _, attribute = STAGES[stage].backends[name].partition(":")
    if module.startswith("mmner.candidates") or not attribute:
        pytest.importorskip("torch")
    kind = getattr(importlib.import_module(module), attribute)
    assert issubclass(kind, Backend)
    assert kind.parallel in ("rows", "group", "none")
    if issubclass(kind.Params, LlmParams):  # each process would have a budget of its own
        assert kind.parallel == "none"
    assert list(inspect.signature(kind).parameters) == ["params", "memo", "budget"]
    assert kind.__call__ is not Backend.__call__
    assert kind.identity is not Backend.identity


def test_every_error_for_users_says_what_to_do():
    without = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "InputError"
        if not {"remedy", None} & {keyword.arg for keyword in node.keywords}
    ]
    assert without == []

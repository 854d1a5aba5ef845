"""params.yaml is read as DVC reads it, by one function, and names obey one rule."""

import importlib
import os
import re
from pathlib import Path

import pytest

from mmner.base import params, paths
from mmner.base.errors import InputError
from mmner.corpus.params import Corpus
from mmner.networks.weights import WeightsParams
from mmner.rows.stages import STAGES
from mmner.train.params import Run, Training

ROOT = Path(__file__).resolve().parents[2]

LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join(8 * [f'*a{n}'])}]\n" for n in range(9))


def refused(path) -> InputError:
    with pytest.raises(InputError) as caught:
        params.load(path)
    return caught.value


@pytest.fixture
def file(tmp_path):
    return tmp_path / "params.yaml"


@pytest.mark.parametrize("number", ["1e-05", "1e-5", "0.00001"])
def test_a_small_number_is_one_however_dvc_writes_it(file, number):
    file.write_text(f"train:\n  minilm:\n    lr_encoder: {number}\n", encoding="utf-8")
    assert params.load(file)["train"]["minilm"]["lr_encoder"] == 1e-5


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        ("a: 1\ncaptions:\n  x: {encoder: embedded:all-MiniLM-L6-v2}\n", "yaml-syntax", ":3"),
        ("a: 1\na: 2\n", "yaml-syntax", ":2"),
        ("a: [\n", "yaml-syntax", ":2"),
        ("a: &a {b: *a}\n", "yaml-syntax", ""),
        ("a: " + "[" * 100_000, "yaml-syntax", ""),
        (LAUGHS, "yaml-syntax", ""),
        ("a: &a [1, {b: [*a]}]\n", "yaml-syntax", ""),
        ("- 1\n", "not-a-mapping", ""),
        ("word\n", "not-a-mapping", ""),
        ("captions: [tags]\n", "bad-section", ""),
        ("captions: tags\n", "bad-section", ""),
        ("captions:\n  tags: [1]\n", "bad-section", ": captions"),
        ("a: 1\nb: \xf6\n".encode("latin-1"), "yaml-syntax", ":2"),
        ("a: 1\n".encode("utf-16"), "yaml-syntax", ":1"),
    ],
)
def test_what_dvc_would_not_read_is_refused_where_it_stands(file, content, name, line):
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = refused(file)
    assert (error.name, error.where) == (name, f"{file}{line}")
    assert error.remedy


def test_a_folder_a_link_to_itself_and_nothing_are_no_params(tmp_path):
    (tmp_path / "link").symlink_to("link")
    (tmp_path / "folder").mkdir()
    assert {refused(tmp_path / name).name for name in ("link", "folder", "none")} == {"missing-file"}


def test_an_alias_may_stand_many_times(file):
    file.write_text("a: &a {b: 1}\nc: [*a, *a]\nd: &d [*a]\ne: *d\n", encoding="utf-8")
    assert params.load(file)["c"] == [{"b": 1}, {"b": 1}]


def test_a_device_and_a_pipe_are_no_params_and_nobody_waits_for_them(tmp_path):
    (tmp_path / "device").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    for name in ("device", "pipe"):
        assert refused(tmp_path / name).what == "no file to be read from, but a pipe or a device"


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("gpt-4.1", "gpt-4_1"),
        ("'my corpus'", "my_corpus"),
        ("../up", "up"),
        ("'$(touch x)'", "touch_x_"),
        ('"it\'s"', "it_s"),
        ("-x", "x"),
        ("2017", '"2017"'),
        ("2020-01-01", '"2020-01-01"'),
    ],
)
@pytest.mark.parametrize("section", ["corpora", "captions", "preparations", "runs"])
def test_a_name_that_dvc_or_a_shell_would_read_otherwise_is_refused(file, section, written, better):
    file.write_text(f"{section}:\n  {written}: {{}}\n", encoding="utf-8")
    error = refused(file)
    assert (error.name, error.where) == ("bad-name", f"{file}: {section}")
    assert error.remedy.endswith(f": {better}")
    assert re.fullmatch(params.NAME, better.strip('"'))
    file.write_text(f"{section}:\n  {better}: {{}}\n", encoding="utf-8")
    assert params.load(file)


def test_quoted_numbers_and_words_that_yaml_1_1_took_for_booleans_are_names(file):
    file.write_text("corpora:\n  '2017': {}\n  NO: {}\n  on: {}\n", encoding="utf-8")
    assert list(params.load(file)["corpora"]) == ["2017", "NO", "on"]


def test_every_stage_with_variants_is_a_section():
    assert {stage.section for stage in STAGES.values()} < set(params.SECTIONS)


@pytest.mark.parametrize("backend", ["[tags]", "{tags: 1}", "1", "null"])
def test_a_backend_that_is_no_word_is_unknown(backend, file):
    file.write_text(f"captions:\n  x:\n    backend: {backend}\n", encoding="utf-8")
    variant = params.entry(params.load(file), "captions", "x")
    with pytest.raises(InputError, match="unknown-backend"):
        params.variant("captions", "x", variant, STAGES["captions"].backends)


def params_classes() -> list[type[params.Params]]:
    """Every class of params of entries of params.yaml; modules of the other interpreter's packages are left out."""
    for stage in STAGES.values():
        for backend in stage.backends.values():
            importlib.import_module(backend.partition(":")[0])
    found, todo = [], [params.Params]
    while todo:
        kinds = [
            kind
            for kind in todo.pop().__subclasses__()
            if kind.__module__.split(".")[1] not in ("rows", "predict", "tools")
        ]
        found += kinds
        todo += kinds
    return found


def test_every_number_in_params_yaml_has_bounds():
    numbers = {
        (kind.__qualname__, name): str(field.annotation) + str(field.metadata)
        for kind in (*params_classes(), Corpus, Training, Run)
        for name, field in kind.model_fields.items()
        if re.search(r"\b(int|float)\b", str(field.annotation))
    }
    assert len(numbers) > 50
    assert [name for name, bounds in numbers.items() if not re.search(r"(Ge|Gt|ge|gt)=", bounds)] == []


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("candidates", "seed", 2**70),
        ("candidates", "seed", -1),
        ("knowledge", "max_results", -3),
        ("knowledge", "max_kept", -1),
        ("knowledge", "min_relevance", float("nan")),
        ("knowledge", "batch_size", 0),
        ("captions", "min_tag_score", float("inf")),
    ],
)
def test_a_number_out_of_its_bounds_is_named(section, key, value):
    variants = params.load(ROOT / "params.yaml")[section]
    (name, variant), *_ = variants.items()
    with pytest.raises(InputError, match=f"{key}: Input should be") as caught:
        params.variant(section, name, variant | {key: value}, STAGES[section].backends)
    assert (caught.value.name, caught.value.where) == ("bad-params", f"params.yaml: {section}.{name}")


TRAINING = {"architecture": {"encoder": "bert"}, "epochs": 1, "batch_size": 1, "lr_encoder": 1e-4, "lr_head": 1e-3}


@pytest.mark.parametrize(
    ("values", "problem", "remedy"),
    [
        ({"epoch": 3}, "epoch: unknown key", "allowed keys: architecture, epochs,"),
        (
            {"architecture": {"encoder": "bert", "lengths": {"captions": 9}}},
            "architecture.lengths.captions: unknown key",
            "allowed keys of architecture.lengths: knowledge, caption, chain",
        ),
        (
            {"architecture": {"encoder": "bert", "words": {"characters": {"width": 5}}}},
            "architecture.words.width: missing key",
            "allowed keys of architecture.words: width, characters, singletons",
        ),
        ({"optimizer": "sgd"}, "optimizer: Input should be", "docs/reference/params.md has the values"),
    ],
)
def test_the_remedy_has_the_keys_of_the_place_that_is_wrong(values, problem, remedy):
    with pytest.raises(InputError) as caught:
        params.build(Training, TRAINING | values, "train.mine")
    assert caught.value.what.startswith(problem)
    assert caught.value.remedy.startswith(remedy)


def test_a_path_in_the_home_folder_may_be_written_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    found = params.build(WeightsParams, {"weights": "~/models/blip"}, "captions.mine")
    assert found.weights == f"{tmp_path}/models/blip"
    assert paths.expanded({"extra": ["~/a", "b~/c", 1, None]}) == {"extra": [f"{tmp_path}/a", "b~/c", 1, None]}


def test_a_tilde_of_a_user_without_a_home_is_named(monkeypatch):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as it does for a uid that no passwd knows
    with pytest.raises(InputError, match=r"error\[no-home\] ~/models/blip"):
        params.build(WeightsParams, {"weights": "~/models/blip"}, "captions.mine")

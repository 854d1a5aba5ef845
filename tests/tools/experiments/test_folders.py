"""The folders of experiments/: their stages beside the root's, what is wrong with them, and moving runs into them."""

import shutil
from pathlib import Path

import pytest
import yaml

from mmner.base import params, project
from mmner.base.errors import InputError
from mmner.tag.params import split
from mmner.tools.catalogue import merge
from mmner.tools.experiments import add, definitions, folders, move, run_specs
from mmner.tools.tables import systems
from tests.pipeline.graph import ROOT
from tests.tools.experiments.test_experiments import copy_root, into

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def made(folder: Path, name: str) -> dict:
    return yaml.safe_load((folder / "experiments" / name / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


@pytest.fixture
def added(tmp_path):
    into(tmp_path, "tvo2", "minilm")
    return tmp_path


def test_an_experiment_trains_and_what_experiments_share_prepares(added):
    assert [*made(added, "tvo2")] == ["settings", "train", "evaluate"]
    shared = ["examples", "captions", "candidates", "knowledge", "expressions", "regions", "chains", "features"]
    assert [*made(added, "preparations")] == ["code", "settings", *shared]


def test_stages_write_what_those_of_the_root_do_and_run_there(added):
    for folder in ("tvo2", "preparations"):
        for name, stage in made(added, folder).items():
            assert stage.get("do", stage)["wdir"] == "../.."
            for kind in ("outs", "metrics", "plots") if name in STAGES else ():
                assert stage["do"].get(kind) == STAGES[name]["do"].get(kind)


def test_a_run_depends_on_its_params_its_code_and_whole_folders(added):
    assert made(added, "tvo2")["train"]["do"]["deps"] == [
        "data/code/train",
        "data/experiments/tvo2/${key}.json",
        "data/runs/${item.from}/model",
        "data/prepared/${item.preparation}",
    ]
    assert "params" not in made(added, "tvo2")["train"]["do"]


def test_a_preparation_s_stage_watches_what_that_of_the_root_does_in_its_own_file(added):
    stage = made(added, "preparations")["captions"]["do"]
    assert "data/experiments/preparations/captions@${key}.json" in stage["deps"]
    own = project.load(added / "params.yaml").places[1]
    entry = own.entries("preparations")["sample-sampled"]
    watched = project.watched(own.content, STAGES["captions"]["do"]["params"], "sample-sampled", entry)
    corpus = own.content["corpora"]["sample"]
    assert watched == {
        **{f"corpora.sample.{key}": corpus[key] for key in ("domain_cue", "images", "max_failed")},
        "captions.tags": own.content["captions"]["tags"],
    }
    assert "--params experiments/preparations/params.yaml --corpus" in stage["cmd"]


def test_what_a_run_s_stages_read_is_in_its_file_and_nothing_else(added):
    everything = project.load(added / "params.yaml")
    name = "tvo2-sample-wo-llms-s2"
    used = project.used_by_run(everything.of_run(name), name)
    assert {section: [*entries] for section, entries in used.items()} == {
        "runs": [name],
        "train": ["tvo-sample"],
        "evaluate": ["strict"],
        "preparations": ["sample-sampled"],
        "corpora": ["sample"],
        "candidates": ["minilm"],
    }


def test_variants_are_those_of_the_file_that_names_them(added):
    path = added / "params.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("max_tags: 2", "max_tags: 5"), encoding="utf-8")
    everything = project.load(path)
    assert everything.of_preparation("sample")["captions"]["tags"]["max_tags"] == 5
    assert everything.of_preparation("sample-sampled")["captions"]["tags"]["max_tags"] == 2
    assert everything.of_run("tvo2-sample-full-s1")["captions"]["tags"]["max_tags"] == 5


def test_a_run_in_two_files_is_refused(added):
    shutil.copytree(added / "experiments" / "tvo2", added / "experiments" / "mine")
    with pytest.raises(InputError, match=r"runs\.tvo2-sample-full-s1 stands here and in") as caught:
        project.load(added / "params.yaml")
    assert caught.value.name == "defined-twice"


def test_what_is_wrong_with_a_folder_is_named(added):
    assert not [*folders.wrong(added / "params.yaml")]
    (added / "experiments/preparations/params.yaml").unlink()
    (added / "experiments/not a name").mkdir()
    names = {Path(folder).name: error.name for folder, error in folders.wrong(added / "params.yaml")}
    assert names == {"preparations": "half-deleted", "not a name": "bad-name"}


def test_a_corpus_of_which_two_files_say_different_things_is_named(added):
    path = added / "params.yaml"
    assert not [*folders.differing(project.load(path))]
    path.write_text(path.read_text(encoding="utf-8").replace("domain: town", "domain: city"), encoding="utf-8")
    assert [about for about, _ in folders.differing(project.load(path))] == ["corpora.sample"]


def test_a_dvc_yaml_that_was_edited_is_named_and_written_anew_on_demand_alone(added):
    path = added / "experiments/tvo2/dvc.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("../..", "."), encoding="utf-8")
    everything = project.load(added / "params.yaml")
    assert [error.name for _, error in folders.edited(everything)] == ["other-stages"]
    with pytest.raises(InputError, match="edited by hand"):
        into(added, "tvo2", "minilm")
    assert folders.refresh(everything) == [path]
    assert path.read_text(encoding="utf-8") == before


@pytest.fixture
def old(tmp_path):
    """A params.yaml as versions before wrote it: all entries of an experiment in it, and its stages in dvc.lock."""
    copy_root(tmp_path)
    path = tmp_path / "params.yaml"
    specs = run_specs.runs("tvo2", "minilm")
    for source in (definitions.profile("minilm")[1], add.generated_params(specs, "minilm")):
        text = path.read_text(encoding="utf-8")
        named = {(section, name) for section, found in (yaml.safe_load(source) or {}).items() for name in found}
        chosen = (
            named - add.Source(text).keys - {("train", name) for name in ("crossner", "few-shot", "plain", "words")}
        )
        path.write_text(merge.into_text(text, source, chosen, force=False, where="x")[0], encoding="utf-8")
    lock = {f"{stage}@{name}": {"outs": []} for stage in ("train", "evaluate") for name in params.load(path)["runs"]}
    lock |= {"captions@sample-sampled": {"outs": []}, "captions@sample": {"outs": []}}
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": lock}), encoding="utf-8")
    return tmp_path


def test_moving_takes_experiments_out_of_the_root_with_their_locked_stages(old):
    moved = move.move(old / "params.yaml")
    assert len([name for _, section, name in moved if section == "runs"]) == 21
    assert [(folder, name) for folder, section, name in moved if section == "preparations"] == [
        ("preparations", "sample-sampled")
    ]
    root = params.load(old / "params.yaml")
    shipped = params.load(ROOT / "params.yaml")
    assert all(root[section] == shipped[section] for section in ("runs", "preparations", "captions", "corpora"))
    locks = {
        path.parent.name: {*yaml.safe_load(path.read_text(encoding="utf-8"))["stages"]}
        for path in (old / "experiments").glob("*/dvc.lock")
    }
    assert locks["preparations"] == {"captions@sample-sampled"}
    assert len(locks["tvo2"]) == 42
    left = yaml.safe_load((old / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    assert {*left} == {
        "captions@sample",
        *(f"{stage}@{run}" for stage in ("train", "evaluate") for run in root["runs"]),
    }
    assert not [*folders.edited(project.load(old / "params.yaml"))]


def test_moving_goes_beside_what_a_folder_has_be_it_a_section_without_entries(old):
    shared = old / "experiments/preparations/params.yaml"
    shared.parent.mkdir(parents=True)
    shared.write_text("# mine\nregions:\n", encoding="utf-8")
    move.move(old / "params.yaml")
    assert "sampled" in params.load(shared)["regions"]
    assert shared.read_text(encoding="utf-8").startswith("# mine\n")


def test_what_a_system_stands_on_stays_in_the_root(old):
    path = old / "params.yaml"
    content = params.load(path)
    content["evaluate"]["mine"] = {"bootstrap": 10, "splits": ["test"]}
    for name, run in content["runs"].items():
        run["evaluate"] = "mine" if name.startswith("tvo2-") else "strict"
    system = {"corpus": "sample", "preparation": "sample-sampled", "remote": None, "evaluate": "mine"}
    system |= {"tables": {"tvo2": "GPT"}, "backend": "precomputed", "files": {"test": "x"}}
    content["systems"] = {"sample-sampled": system}  # called as its preparation is
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    lock = {"schema": "2.0", "stages": {"tag@sample-sampled": {"outs": []}}}
    (old / "dvc.lock").write_text(yaml.safe_dump(lock), encoding="utf-8")
    assert {section for _, section, _ in move.move(path)} == {"runs"}
    root = params.load(path)
    chosen, _ = split(root, "sample-sampled")
    assert params.entry(root, "evaluate", chosen.evaluate)["bootstrap"] == 10
    assert [one.label for one in systems.shown("tvo2", root)] == ["GPT"]
    assert yaml.safe_load((old / "dvc.lock").read_text(encoding="utf-8")) == lock


def test_a_preparation_that_finds_the_images_of_a_corpus_that_stays_stays_too(old):
    path = old / "params.yaml"
    content = params.load(path)
    content["corpora"]["found"] = content["corpora"]["sample"]
    content["images"] = {"found": {"corpus": "sample", "preparation": "sample-sampled", "remote": None}}
    content["preparations"]["found"] = content["preparations"]["sample"] | {"corpus": "found"}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    assert {section for _, section, _ in move.move(path)} == {"runs"}
    content = params.load(path)
    assert [*content["images"]] == ["found"]
    assert "sample-sampled" in content["preparations"]


def test_moving_when_there_is_nothing_to_move_changes_nothing(tmp_path):
    copy_root(tmp_path)
    assert move.move(tmp_path / "params.yaml") == []
    assert {path.name for path in tmp_path.iterdir()} == {"params.yaml", "dvc.yaml"}


def test_adding_what_the_root_has_leads_to_moving(old):
    with pytest.raises(InputError, match="experiments move") as caught:
        into(old, "tvo2", "minilm")
    assert caught.value.name == "defined-twice"

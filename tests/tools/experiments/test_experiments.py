"""Named experiments: the runs that a definition stands for, and params.yaml with them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.base import params, project, sharing
from mmner.base.errors import InputError
from mmner.corpus.params import Corpus
from mmner.images import illustrated_corpus
from mmner.rows.stages import PREPARED, STAGES
from mmner.tools.experiments import add, definitions, folders, run_specs
from mmner.train import label_leakage
from mmner.train.params import Run, Training

ROOT = Path(__file__).resolve().parents[3]
EVERYTHING = [(name, profile) for name in definitions.names() for profile in definitions.profiles()]

TEXT_ONLY = ["conll2003", *(f"crossner-{domain}" for domain in ("politics", "science", "music", "literature", "ai"))]


def into(folder: Path, name: str, profile: str, **chosen) -> dict:
    """All that the project in `folder` says once the experiment is added to it."""
    copy_root(folder)
    runs = run_specs.with_borrowed_runs(name, profile)
    add.add(folder / "params.yaml", run_specs.parents(runs, profile) + runs, profile, **chosen)
    return whole(folder)


def copy_root(folder: Path) -> None:
    for name in ("params.yaml", "dvc.yaml"):
        if not (folder / name).exists():
            (folder / name).write_bytes((ROOT / name).read_bytes())


def whole(folder: Path) -> dict:
    everything: dict = {}
    for place in reversed(project.load(folder / "params.yaml").places):
        for section, entries in place.content.items():
            everything[section] = everything.get(section, {}) | (entries or {})
    return everything


@pytest.mark.parametrize(("name", "profile"), EVERYTHING)
def test_an_added_experiment_is_valid_and_whole(tmp_path, name, profile):
    everything = into(tmp_path, name, profile)
    planned_runs = run_specs.with_borrowed_runs(name, profile)
    assert planned_runs
    for section in sharing.AGREES_WITH:
        for key, value in (everything[section] or {}).items():
            assert params.REMOTE in value
            sharing.check(everything, section, key)
    for planned in planned_runs:
        run = params.build(Run, everything["runs"][planned.name], planned.name)
        params.build(Training, params.entry(everything, "train", run.train), run.train)
        assert run.from_ == "scratch" or run.from_ in everything["runs"]
        assert run.evaluate in everything["evaluate"]
        preparation = dict(everything["preparations"][run.preparation])
        read = preparation.pop("corpus")
        assert read in (planned.corpus, f"{planned.corpus}-images")
        assert params.build(Corpus, everything["corpora"][read], read).images or read in TEXT_ONLY
        for stage in PREPARED:
            backends = STAGES[stage].backends
            params.variant(stage, preparation[stage], everything[stage][preparation[stage]], backends)


@pytest.mark.parametrize(("name", "profile"), EVERYTHING)
def test_each_corpus_alone_goes_beside_the_shipped_params(tmp_path, name, profile):
    planned_runs = run_specs.with_borrowed_runs(name, profile)
    for corpus in {run.corpus for run in planned_runs}:
        folder = tmp_path / corpus
        folder.mkdir()
        copy_root(folder)
        chosen = [run for run in planned_runs if run.corpus == corpus]
        add.add(folder / "params.yaml", run_specs.parents(chosen, profile) + chosen, profile)
        everything = whole(folder)
        assert {run.name for run in chosen} <= everything["runs"].keys()
        assert {run.params["train"] for run in chosen} <= everything["train"].keys()


def test_all_experiments_of_a_profile_go_into_one_file():
    assert definitions.profiles()
    for profile in definitions.profiles():
        names = [run.name for name in definitions.names() for run in run_specs.runs(name, profile)]
        assert len(names) == len(set(names)) > 0


def test_a_run_is_called_by_table_corpus_row_and_seed():
    names = [run.name for run in run_specs.runs("iac4", "minilm")]
    assert names[:2] == ["iac4-twitter2017-full-s1", "iac4-twitter2017-wo-ddc-s1"]
    assert "iac4-twitter2017-wo-crc-s3" in names


def test_the_rows_of_tvo_are_the_design_s_ablations():
    full, *_ = (rows := definitions.rows("tvo")).values()
    differs = {
        key: {name: value for name, value in row.switches.items() if full.switches[name] != value}
        for key, row in rows.items()
    }
    assert differs == {
        "full": {},
        "wo-o-t": {"knowledge": "none"},
        "wo-wiki": {"knowledge": "candidates"},
        "wo-llms": {},
        "wo-vae": {"vae": False},
        "wo-o-v": {"vae": False, "regions": False},
        "wo-o-t-v": {"knowledge": "none", "vae": False, "regions": False},
    }
    assert [key for key, row in rows.items() if row.kind != full.kind] == ["wo-llms"]


def test_the_rows_of_iac_are_the_design_s_ablations():
    rows = definitions.rows("iac")
    switched = {
        key: [name for name, on in row.switches.items() if on not in (False, "none")] for key, row in rows.items()
    }
    assert switched == {
        "full": ["chain"],
        "beside": ["caption", "caption_fusion", "chain"],
        "evidence": ["chain", "tokens"],
        "direct": ["chain"],
        "wo-ddc-crc": [],
        "wo-ddc": ["chain"],
        "wo-crc": ["caption", "caption_fusion"],
    }
    assert [key for key, row in rows.items() if row.kind != "iac"] == ["wo-ddc"]


def test_without_llms_the_regions_are_drawn_and_nothing_reads_expressions(tmp_path):
    everything = into(tmp_path, "tvo2", "minilm")
    run = everything["runs"]["tvo2-sample-wo-llms-s2"]
    full = everything["preparations"][everything["runs"]["tvo2-sample-full-s2"]["preparation"]]
    other = everything["preparations"][run["preparation"]]
    assert everything["regions"][other["regions"]]["backend"] == "sampled"
    assert {stage for stage in full if full[stage] != other[stage]} == {"expressions", "regions", "chains"}
    assert not run["switches"]["chain"]


def test_chains_made_with_captions_in_view_are_told_where_a_row_has_no_ddc():
    notes = {run.row: run.note for run in run_specs.runs("iac4", "minilm")}
    assert "captions in view" in notes["wo-ddc"]
    assert "captions in view" not in notes["full"]


@pytest.mark.parametrize(("name", "profile"), EVERYTHING)
def test_the_row_that_claims_to_be_above_the_others_is_one_of_the_profile_s(name, profile):
    claim = definitions.load(name).claim(profile)
    assert claim is None or claim in {run.label for run in run_specs.with_borrowed_runs(name, profile)}


def test_profiles_may_differ_in_the_row_that_claims():
    one = definitions.load("tvo1")
    assert one.claim("minilm") == "The fused model, the sentence alone"
    assert one.claim("papers") == "TVOMNER"
    assert definitions.load("tvo2").claim("papers") == definitions.load("tvo2").claim("minilm") == "TVOMNER"


def test_notes_of_baselines_say_in_what_their_training_differs():
    notes = {run.row: (run.note, run.params["train"]) for run in run_specs.runs("tvo1", "minilm")}
    _, fragment = definitions.profile("minilm")
    trains = yaml.safe_load(fragment)["train"]
    fused = yaml.safe_load((ROOT / "mmner/catalogue/twitter2017.yaml").read_text(encoding="utf-8").split("\n---\n")[-1])
    for row in ("encoder-crf", "encoder-bilstm-crf"):
        note, train = notes[row]
        assert "head 2e-3, the fused model's is 1e-3" in note
        assert (trains[train]["lr_head"], fused["train"]["twitter2017"]["lr_head"]) == (2e-3, 1e-3)
    for row in ("bilstm-crf", "cnn-bilstm-crf"):
        note, train = notes[row]
        assert (note, trains[train]["architecture"]["encoder"]) == ("embeddings learnt from nothing", "words")


def test_adding_leaves_the_root_as_it_is_and_adding_twice_changes_nothing(tmp_path):
    into(tmp_path, "tvo2", "minilm")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    assert {str(path.relative_to(tmp_path)) for path in before} == {
        *("params.yaml", "dvc.yaml"),
        *(f"experiments/{name}/{file}.yaml" for name in ("tvo2", "preparations") for file in ("params", "dvc")),
    }
    assert before[tmp_path / "params.yaml"] == (ROOT / "params.yaml").read_bytes()
    into(tmp_path, "tvo2", "minilm")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.yaml")} == before


def test_a_variant_of_the_user_s_stays_and_a_run_that_differs_is_an_error(tmp_path):
    into(tmp_path, "tvo2", "minilm")
    path = tmp_path / "experiments/tvo2/params.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("epochs: 16\n", "epochs: 9\n"), encoding="utf-8")
    assert into(tmp_path, "tvo2", "minilm")["train"]["tvo-sample"]["epochs"] == 9
    path.write_text(text.replace("seed: 3", "seed: 4"), encoding="utf-8")
    with pytest.raises(InputError, match="tvo2-sample-full-s3") as caught:
        into(tmp_path, "tvo2", "minilm")
    assert caught.value.name == "entry-differs"
    assert into(tmp_path, "tvo2", "minilm", force=True)["runs"]["tvo2-sample-full-s3"]["seed"] == 3


@pytest.mark.parametrize("left", ["runs:\n", "runs: {}\n"])
def test_a_folder_whose_runs_were_all_deleted_stops_no_dvc_command(tmp_path, left):
    into(tmp_path, "tvo2", "minilm")
    path = tmp_path / "experiments/tvo2/params.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("runs:\n")] + left, encoding="utf-8")
    folders.refresh(project.load(tmp_path / "params.yaml"))
    stages = yaml.safe_load((tmp_path / "experiments/tvo2/dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert ("train" in stages) == (left == "runs: {}\n")  # over {} DVC makes no stage, at null it stops


def test_a_row_that_shares_something_is_added_after_one_that_shares_nothing(tmp_path):
    copy_root(tmp_path)
    runs = [run for run in run_specs.runs("tvo2", "minilm") if run.corpus == "sample"]
    shared = tmp_path / "experiments/preparations/params.yaml"
    for row, sections in (("full", set()), ("wo-llms", {"preparations"})):
        add.add(tmp_path / "params.yaml", [run for run in runs if run.row == row], "minilm")
        assert params.load(shared).keys() & {"preparations"} == sections
    assert not [*folders.edited(project.load(tmp_path / "params.yaml"))]


def test_a_run_brings_the_one_it_starts_from(tmp_path):
    run = into(tmp_path, "iac1", "minilm")["runs"]["iac1-crossner-politics-full-s1"]
    assert run["from"] == "iac-conll2003-s1"


def test_a_corpus_without_images_is_given_some_where_the_papers_used_them(tmp_path):
    everything = into(tmp_path, "iac1", "papers")
    assert everything["preparations"]["papers-crossner-music-iac"]["corpus"] == "crossner-music-images"
    assert everything["corpora"]["crossner-music-images"]["images"] == "images"
    assert everything["images"]["crossner-music-images"]["corpus"] == "crossner-music"
    _, variant = illustrated_corpus.source_and_variant(everything, "crossner-music-images")
    assert params.backend("images", "crossner-music-images", variant, STAGES["images"].backends).params.width == 500
    searched = everything["preparations"][everything["images"]["crossner-music-images"]["preparation"]]
    assert (searched["corpus"], searched["candidates"]) == ("crossner-music", "none")


def test_a_contact_of_the_user_s_stays_when_another_table_is_added(tmp_path):
    into(tmp_path, "iac1", "papers")
    path = tmp_path / "experiments/preparations/params.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("you@example.org", "me@home.org"), encoding="utf-8")
    everything = into(tmp_path, "iac6", "papers")
    assert everything["images"]["crossner-music-images"]["contact"] == "me@home.org"


@pytest.mark.parametrize("profile", definitions.profiles())
def test_nothing_that_few_shots_use_saw_more_labels(tmp_path, profile):
    everything = into(tmp_path, "iac6", profile)
    few = [run.name for run in run_specs.runs("iac6", profile) if run.shots]
    assert few
    for name in few:
        run = params.build(Run, everything["runs"][name], name)
        label_leakage.check(run, params.build(Training, everything["train"][run.train], run.train), everything)


def test_what_is_not_there_names_what_is():
    for call, name in (
        (lambda: definitions.load("tvo9"), "unknown-experiment"),
        (lambda: run_specs.runs("tvo2", "gpt"), "unknown-profile"),
        (lambda: definitions.rows("uie"), "unknown-rows"),
        (lambda: run_specs.preparation(definitions.profile("minilm")[0], "sample", "iac"), "no-preparation"),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.name == name


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"}
    whole = [sys.executable, "-m", "mmner", "experiments", *arguments]
    return subprocess.run(whole, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_command_adds_a_part_and_says_what_to_run_next(tmp_path):
    copy_root(tmp_path)
    done = command(tmp_path, "add", "tvo2", "--row", "wo-vae", "--seed", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "next: dvc repro experiments/tvo2/dvc.yaml"
    assert "21 runs,   1 added,   0 scored" in command(tmp_path, "list").stdout
    assert "tvo2-sample-wo-vae-s1:" in command(tmp_path, "show", "tvo2", "--row", "wo-vae").stdout
    failed = command(tmp_path, "add", "tvo2", "--row", "wo-everything")
    assert (failed.returncode, "error[no-runs]" in failed.stderr, "wo-o-t-v" in failed.stderr) == (1, True, True)
    for said in (("--row", "wo-vae", "--row", "wo-vea"), ("--corpus", "sample", "--corpus", "simple"), ("--seed", "9")):
        failed = command(tmp_path, "add", "tvo2", *said)
        assert f"has no {said[-2][2:]} {said[-1]}\n" in failed.stderr
        assert "--corpus sample; --row full, " in failed.stderr
        assert "--seed 1, 2, 3\n" in failed.stderr

"""The catalogue's entries fit the shipped params.yaml, and the command that adds them."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mmner.base import params, sharing
from mmner.base.errors import InputError
from mmner.corpus.params import load
from mmner.images import illustrated_corpus
from mmner.rows.stages import PREPARED, STAGES
from mmner.tools import catalogue
from mmner.tools.catalogue import merge
from mmner.train.params import Run, Training

ROOT = Path(__file__).resolve().parents[3]


def shipped() -> str:
    return (ROOT / "params.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", catalogue.names())
def test_an_entry_added_to_the_shipped_params_is_valid(name):
    entry = catalogue.load(name)
    text, changed = merge.into_text(shipped(), entry.fragment, entry.choose(), force=True, where="params.yaml")
    everything = yaml.safe_load(text)
    assert entry.params["preparations"]
    assert changed
    for preparation in entry.params["preparations"].values():
        assert load(everything, preparation["corpus"]).labels
    for section, key, _ in changed:
        value = everything[section][key]
        if section in sharing.AGREES_WITH:
            assert params.REMOTE in value
            sharing.check(everything, section, key)
        if section == "runs":
            run = params.build(Run, value, key)
            params.build(Training, params.entry(everything, "train", run.train), run.train)
            assert run.preparation in everything["preparations"]
            assert run.evaluate in everything["evaluate"]
        elif section == "images":
            source, variant = illustrated_corpus.source_and_variant(everything, key)
            assert source.labels == load(everything, key).labels
            params.backend(section, key, variant, STAGES["images"].backends)
        elif section in PREPARED:
            params.backend(section, key, value, STAGES[section].backends)


def test_what_may_not_be_shared_goes_to_the_private_remote():
    corpora = {}
    for name in catalogue.names():
        corpora |= catalogue.load(name).params.get("corpora", {})
    private = {name for name, corpus in corpora.items() if corpus.get("remote") == "private"}
    assert private == {"conll2003", "gmner", "paintings", "twitter2015", "twitter2017"}


@pytest.mark.parametrize("name", catalogue.names())
def test_an_entry_uses_all_that_it_brings(name):
    entry = catalogue.load(name)
    brings = {(section, key) for section, entries in entry.params.items() for key in entries}
    assert entry.choose() == brings


@pytest.mark.parametrize(
    ("name", "kind"), [("twitter2015", "images"), ("crossner-ai", "text"), ("papers", "experiment")]
)
def test_an_entry_knows_what_it_brings(name, kind):
    assert catalogue.load(name).kind == kind


def test_the_files_of_another_entry_that_are_named_are_needed(tmp_path):
    own, borrowed = catalogue.load("twitter2017"), catalogue.load("papers")
    assert own.files["train.txt"] == borrowed.files["train.txt"]
    assert "images" not in own.missing(tmp_path)
    assert borrowed.missing(tmp_path) == ["train.txt", "valid.txt", "test.txt", "images"]


@pytest.mark.parametrize("domain", ["science", "music", "literature", "ai"])
def test_crossners_entries_differ_in_files_domain_and_labels_alone(domain):
    def rest(name: str) -> str:
        params = catalogue.load(f"crossner-{name}").params
        corpus = params["corpora"][f"crossner-{name}"]
        assert corpus.pop("domain") == name
        del corpus["domain_cue"], corpus["labels"]
        return str(params).replace(f"crossner-{name}", "*")

    assert rest(domain) == rest("politics")


TYPES = {"politics": 9, "science": 17, "music": 13, "literature": 12, "ai": 14}


@pytest.mark.parametrize(("domain", "types"), TYPES.items())
def test_crossners_inventories_are_as_large_as_published(domain, types):
    name = f"crossner-{domain}"
    labels = catalogue.load(name).params["corpora"][name]["labels"]
    assert len(labels) == types
    assert all(labels.values())


def test_crossners_posts_are_those_of_the_files():
    posts = {
        domain: [origin.posts for origin in catalogue.load(f"crossner-{domain}").files.values()]
        for domain in ("music", "literature", "ai")
    }
    # the papers print 456 for music's test
    assert posts == {"music": [100, 380, 465], "literature": [100, 400, 416], "ai": [100, 350, 431]}
    assert "945 English sentences" in catalogue.load("crossner-music").about


@pytest.mark.parametrize("name", catalogue.names())
def test_the_files_of_an_entry_are_those_its_params_name(name):
    entry = catalogue.load(name)
    named = set()
    made = entry.params.get("images", {})
    for corpus in (corpus for name, corpus in entry.params.get("corpora", {}).items() if name not in made):
        named |= {*corpus["splits"].values(), corpus["images"], corpus.get("boxes")}
    named |= {variant.get("file") for section in PREPARED for variant in entry.params.get(section, {}).values()}
    assert set(entry.files) == named - {None}


def test_all_entries_go_into_one_file_together():
    text = shipped()
    assert catalogue.names()
    for name in catalogue.names():
        entry = catalogue.load(name)
        text, _ = merge.into_text(text, entry.fragment, entry.choose(), force=False, where="params.yaml")
    for name in catalogue.names():
        assert set() < set(catalogue.load(name).params["preparations"]) < set(yaml.safe_load(text)["preparations"])


def test_an_unknown_name_names_those_there_are():
    with pytest.raises(InputError, match="twitter2017") as caught:
        catalogue.load("twitter")
    assert caught.value.name == "unknown-corpus"
    with pytest.raises(InputError, match="twitter2017") as caught:
        catalogue.load("twitter2017").choose(["plain"])
    assert caught.value.name == "unknown-preparation"


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    (folder / "dvc.yaml").touch()
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"}
    whole = [sys.executable, "-m", "mmner", "corpus", *arguments]
    return subprocess.run(whole, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_command_adds_a_corpus_and_says_which_files_lack(tmp_path):
    (tmp_path / "params.yaml").write_text(shipped(), encoding="utf-8")
    here = tmp_path / "data" / "raw" / "conll2003"
    here.mkdir(parents=True)
    (here / "train.txt").touch()
    done = command(tmp_path, "add", "conll2003")
    assert done.returncode == 0, done.stderr
    assert "added corpora.conll2003" in done.stdout
    assert "here  train.txt" in done.stdout
    assert "MISSING  dev.txt: GitHub zliucr/CrossNER" in done.stdout
    assert "remedy" in done.stdout
    before = (tmp_path / "params.yaml").read_bytes()
    again = command(tmp_path, "add", "conll2003", "--preparation", "conll2003")
    assert "has it all already" in again.stdout
    assert (tmp_path / "params.yaml").read_bytes() == before
    listed = [line for line in command(tmp_path, "list").stdout.splitlines() if line.startswith("  ")]
    assert len(listed) == len(catalogue.names())
    assert sum(" added" in line and "not added" not in line for line in listed) == 1
    assert "corpora:" in command(tmp_path, "show", "conll2003").stdout


def test_the_command_fails_with_status_1(tmp_path):
    done = command(tmp_path, "add", "twitter2017")
    assert (done.returncode, "error[missing-file]" in done.stderr) == (1, True)
    assert [file.name for file in tmp_path.iterdir()] == ["dvc.yaml"]

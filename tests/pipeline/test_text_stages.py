"""The stages that read text alone, as DVC runs them: candidates and chains; and evaluate without a model."""

from pathlib import Path

import pytest
import yaml

from mmner.networks.encoders import MINILM
from mmner.rows import parquet
from tests import in_process

pytestmark = pytest.mark.slow

TOKENS = ["At", "Marlow", "Bakery", "today"]


@pytest.fixture
def folder(tmp_path, tiny_encoder, monkeypatch):
    """A working folder with params.yaml, eight examples and what the stages before chains wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))
    tagger = {"backend": "tagger", "encoder": str(tiny_encoder), "folds": 2, "epochs": 1, "batch_size": 4, "seed": 1}
    chosen = {
        "corpora": {"mine": {"labels": {"ORG": "a shop or a company", "LOC": "a place, such as a town"}}},
        "candidates": {"tiny": tagger | {"lr_encoder": 1e-3, "lr_head": 1e-2}},
        "chains": {"steps": {"backend": "steps", "encoder": MINILM, "steps": ["entities", "types"], "max_pieces": 50}},
    }
    Path("params.yaml").write_text(yaml.safe_dump(chosen), encoding="utf-8")
    common = {"domain": "town", "language": "en", "tokens": TOKENS, "image": None, "image_sha256": None}
    names = [f"p{number}" for number in range(8)]
    splits = dict.fromkeys(names, "train") | {"p6": "dev", "p7": "test"}
    rows = [{"id": n, "split": splits[n], "source": "x.txt:1", "error": None} | common for n in names]
    span = {"start": 1, "end": 3, "text": "Marlow Bakery", "score": 1.0}
    for name, column, value in (
        ("gold", "tags", ["O", "B-ORG", "I-ORG", "O"]),
        ("captions", "caption", None),
        ("candidates", "spans", [span]),
        ("knowledge", "facts", []),
    ):
        extra = {"as_written": None} if name == "gold" else {"error": None}
        parquet.write(f"{name}.parquet", name, [{"id": n, column: value} | extra for n in names])
    parquet.write("examples.parquet", "examples", rows)
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capsys):
    """run(stage, arguments) -> its exit status and what it said."""

    def run(stage, arguments):
        status = in_process.run(f"stages/{stage}.py", arguments.split(), monkeypatch)
        return status, capsys.readouterr().err

    return run


CANDIDATES = "--variant tiny --raw . --examples examples.parquet --gold gold.parquet --out out/candidates.parquet"
READ = " ".join(f"--{name} {name}.parquet" for name in ("examples", "captions", "candidates", "knowledge"))
CHAINS = f"--corpus mine --variant steps --raw . {READ} --out out/chains.parquet"


@pytest.mark.parametrize(
    ("stage", "arguments"), [("candidates", CANDIDATES), ("chains", CHAINS)], ids=["candidates", "chains"]
)
def test_a_stage_writes_a_row_an_example_and_its_second_run_the_same_bytes(run, stage, arguments):
    status, said = run(stage, arguments)
    assert status == 0, said
    assert f"{stage}: 8 rows in, 0 reused" in said
    first = Path(f"out/{stage}.parquet").read_bytes()
    assert [row["id"] for row in parquet.read(f"out/{stage}.parquet", stage)] == [f"p{n}" for n in range(8)]
    Path(f"out/{stage}.parquet").unlink()
    assert "8 reused, 0 computed" in run(stage, arguments)[1]
    assert Path(f"out/{stage}.parquet").read_bytes() == first


def test_chains_of_another_corpus_than_there_is_are_an_error_that_names_those_there_are(run):
    status, said = run("chains", CHAINS.replace("mine", "yours"))
    assert status == 1
    assert "error[unknown-entry]" in said
    assert "mine" in said
    assert not Path("out").exists()


def test_artifacts_about_other_examples_are_an_error(run):
    parquet.write("gold.parquet", "gold", [{"id": "other", "tags": ["O"], "as_written": None}])
    status, said = run("candidates", CANDIDATES)
    assert (status, "error[misaligned-artifacts]" in said) == (1, True)


def test_an_unknown_way_of_scoring_is_an_error_before_any_model_is_read(run):
    status, said = run(
        "evaluate", "--variant strict --preparation mine --corpora . --prepared . --model none --out out"
    )
    assert status == 1
    assert "error[unknown-section]" in said

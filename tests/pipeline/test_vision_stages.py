"""The stages that look at images, as DVC runs them, one after the other."""

import contextlib
import io
import shutil
from pathlib import Path

import pytest
import yaml

from mmner.rows import parquet
from tests import in_process
from tests.corpus.folder import MAPPING
from tests.fakes.pictures import cut, item, photograph, sign

ROOT = Path(__file__).resolve().parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
VARIANTS = {"captions": "tags", "expressions": "phrases", "regions": "boxes", "features": "efficientnet"}
READS = {"captions": (), "expressions": ("captions",), "regions": ("expressions",), "features": ("regions",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working folder with params.yaml, four images (one damaged, one missing) and `examples` of them."""
    folder = tmp_path_factory.mktemp("work")
    images = folder / "raw" / "images"
    images.mkdir(parents=True)
    paths = [sign(images / "sign.jpg", "Marlow Bakery"), shutil.copy(photograph("grace_hopper"), images / "navy.jpg")]
    paths += [cut(images / "cut.jpg", photograph("china")), images / "gone.jpg"]
    errors = [None, None, "image broken: cut.jpg: truncated", "image missing: gone.jpg"]
    common = {"split": "train", "domain": "town", "language": "en", "tokens": ["At", "Marlow", "Bakery"]}
    rows = []
    for path, error in zip(paths, errors, strict=True):
        post = item(Path(path))
        row = {name: post[name] for name in ("id", "image", "image_sha256")}
        rows.append(row | common | {"source": "train.txt:1", "error": error})
    rows.append(common | {"id": "bare", "image": None, "image_sha256": None, "source": "train.txt:9", "error": None})
    parquet.write(folder / "examples.parquet", "examples", rows)
    return folder


def run(folder, stage, variant=None, max_failed=1.0):
    """Run a stage script as `python stages/X.py` would, in this process; returns its exit status and stderr."""
    corpus = MAPPING | {"images": "images", "max_failed": max_failed}
    (folder / "params.yaml").write_text(yaml.safe_dump(PARAMS | {"corpora": {"mine": corpus}}), encoding="utf-8")
    arguments = ["--variant", variant or VARIANTS[stage], "--raw", "raw", "--out", f"{stage}.parquet"]
    arguments += [] if stage == "expressions" else ["--corpus", "mine"]
    for name in ("examples", *READS[stage]):
        arguments += [f"--{name}", f"{name}.parquet"]
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as said:
        patch.chdir(folder)
        patch.setenv("MMNER_STORE", str(folder / "store"))
        status = in_process.run(f"stages/{stage}.py", arguments, patch)
    return status, said.getvalue()


@pytest.fixture(scope="module")
def made(folder):
    """The folder after each stage has run; what each said is in `said`."""
    said = {}
    for stage in VARIANTS:
        status, said[stage] = run(folder, stage)
        assert status == 0, said[stage]
    return folder, said


def test_each_row_has_a_value_or_says_why_not(made):
    folder, said = made
    found = {stage: parquet.read(folder / f"{stage}.parquet", stage) for stage in said}
    assert len(found) == 4
    for stage, rows in found.items():
        assert f"{stage}: 5 rows in, 0 reused, 2 computed, 3 skipped, 3 without value" in said[stage]
        reasons = [(row["error"] or "").split(":")[0] for row in rows]
        assert reasons == ["", "", "image broken", "image missing", "no image"]
    regions, features = found["regions"], found["features"]
    assert regions[0]["regions"][0]["label"] == "Marlow Bakery"
    assert len(features[0]["regions"]) == len(regions[0]["regions"])
    assert features[4]["image"] is None


def test_a_second_run_computes_nothing_and_writes_the_same_bytes(made):
    folder, _ = made
    before = (folder / "captions.parquet").read_bytes()
    status, said = run(folder, "captions")
    assert status == 0
    assert "2 reused, 0 computed" in said
    assert (folder / "captions.parquet").read_bytes() == before


def test_more_failures_than_allowed_are_an_error_and_nothing_is_written(made):
    folder, _ = made
    before = (folder / "features.parquet").read_bytes()
    status, said = run(folder, "features", max_failed=0.3)
    assert status == 1
    assert "error[too-many-failed]" in said
    assert "2 of 5 rows failed" in said
    assert (folder / "features.parquet").read_bytes() == before


def test_an_unknown_variant_names_those_that_exist(folder):
    status, said = run(folder, "captions", variant="tagz")
    assert status == 1
    assert "error[unknown-entry]" in said
    assert "one of: tags" in said

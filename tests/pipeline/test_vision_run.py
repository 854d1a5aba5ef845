"""A run that trains its vision tower, by `dvc repro` on the real dvc.yaml: from posts to scores, without features."""

import shutil

import pytest
import yaml

from mmner.rows import parquet
from tests.fakes import tiny_models
from tests.pipeline.project import POSTS, RUN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(prepared, tmp_path_factory):
    """The run brought to its end; its tower's folder is gone before the model is scored."""
    project = prepared.copy(tmp_path_factory.mktemp("vision") / "project")
    tower = tiny_models.vision(tmp_path_factory.mktemp("tower"), "vit")
    for stage in ("candidates", "knowledge", "chains", "features"):
        project.params[stage]["none"] = {"backend": "none"}
        project.params["preparations"]["sample"][stage] = "none"
    for variant in project.params["train"].values():
        variant["architecture"]["vision"] = {"weights": str(tower)}
        variant["lr_vision"] = 1.0e-4
    project.write_params()
    assert "regions" not in project.repro(f"train@{RUN}")  # they are those of `prepared`
    shutil.rmtree(tower)
    project.repro(f"evaluate@{RUN}")
    return project


def test_posts_become_predictions_without_features(project):
    prepared = project.folder / "data" / "prepared" / "sample"
    features = parquet.read(prepared / "features.parquet", "features")
    assert len(features) == sum(POSTS.values())
    assert not any(row["image"] for row in features)
    assert any(row["regions"] for row in parquet.read(prepared / "regions.parquet", "regions"))
    found = parquet.read(project.folder / "data" / "runs" / RUN / "predictions.parquet", "predictions")
    assert len(found) == POSTS["dev"] + POSTS["test"]
    assert all(len(row["predicted"]) == len(row["tokens"]) for row in found)


def test_the_model_holds_its_tower(project):
    from safetensors import safe_open

    model = project.folder / "data" / "runs" / RUN / "model"
    with safe_open(model / "model.safetensors", "pt") as weights:
        assert any(name.startswith("tower.") for name in weights.keys())  # noqa: SIM118  not a dict
    assert (model / "vision" / "preprocessor_config.json").is_file()


def test_the_corpus_of_a_runs_preparation_is_an_input_of_its_training_and_scoring(project):
    lock = yaml.safe_load((project.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    for stage in ("train", "evaluate"):
        assert lock[f"{stage}@{RUN}"]["params"]["params.yaml"]["preparations.sample.corpus"] == "tiny"


def test_a_run_whose_images_are_gone_fails_by_name(project):
    images = project.folder / "data" / "raw" / "tiny" / "images"
    images.rename(images.with_name("elsewhere"))
    try:
        with pytest.raises(AssertionError, match=r"error\[no-images\]"):
            project.run("dvc", "repro", "--force", "--single-item", f"train@{RUN}")
    finally:
        images.with_name("elsewhere").rename(images)

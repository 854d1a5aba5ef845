"""Training a vision tower with the fused model: what learns, at which rate, and resume to the bit."""

import pytest
import torch

from mmner.base.errors import InputError
from mmner.base.params import build
from mmner.model.batch import Example
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches, Vision
from mmner.model.visuals import Views
from mmner.ner import iob
from mmner.networks import encoders
from mmner.networks.towers import Tower
from mmner.rows import parquet
from mmner.train import image_views
from mmner.train.loop import Trainer, seed_all
from mmner.train.params import Training
from tests.fakes import tiny_models
from tests.fakes.pictures import photograph
from tests.fakes.tiny import fit_until_killed, same, weights
from tests.train.preparation import LABELS, SENTENCES

pytestmark = pytest.mark.slow

PHOTOGRAPHS = ("grace_hopper", "china", "flower", None)
BOX = {"x0": 0.1, "y0": 0.2, "x1": 0.7, "y1": 0.8}
RATES = {"lr_encoder": 5e-3, "lr_head": 1e-2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.vision(tmp_path_factory.mktemp("vit"), "vit")


@pytest.fixture
def ten(encoding):
    tags, made = iob.tags(LABELS), []
    for number, (sentence, gold) in enumerate(SENTENCES):
        name = PHOTOGRAPHS[number % len(PHOTOGRAPHS)]
        views = Views(photograph(name), (BOX,) * (number % 3)) if name else Views(None)
        made.append(
            Example(str(number), encoding(sentence.split(), []), views, [tags.index(tag) for tag in gold.split()])
        )
    return made


@pytest.fixture
def trainer(tiny_encoder, folder):
    def make(resume=None, **other):
        seed_all(7)
        sizes = Architecture(encoder=str(tiny_encoder), heads=2, latent=4, vision=Vision(weights=str(folder)))
        asked = {"epochs": 2, "batch_size": 4, **RATES, "lr_vision": 1e-3, "architecture": sizes}
        params = Training(**asked | other)
        tower = Tower.load(sizes.vision)
        network = encoders.network(str(tiny_encoder))
        return Trainer(FusedModel(network, LABELS, tower.width, sizes, Switches(), tower), params, 7, 0, resume)

    return make


def test_the_tower_learns_at_a_rate_of_its_own(trainer, ten):
    made = trainer()
    tower = {id(weight) for weight in made.model.tower.parameters()}
    rates = {(group["lr"], id(weight) in tower) for group in made.optimizer.param_groups for weight in group["params"]}
    assert rates == {(5e-3, False), (1e-2, False), (1e-3, True)}
    counted = [weight for group in made.optimizer.param_groups for weight in group["params"]]
    assert len(counted) == len({id(weight) for weight in counted}) == len(list(made.model.parameters()))
    before = {name: weight.clone() for name, weight in made.model.tower.named_parameters()}
    made.fit(ten, ten)
    after = dict(made.model.tower.named_parameters())
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert {name for name in before if "pooler" not in name} <= moved


@pytest.mark.parametrize("kill_at", [2, 4])
def test_a_killed_training_goes_on_to_the_same_weights(kill_at, trainer, ten, tmp_path):
    whole = trainer()
    whole.fit(ten, ten)
    fit_until_killed(trainer(tmp_path / "resume.pt", save_minutes=0), ten, kill_at)
    resumed = trainer(tmp_path / "resume.pt", save_minutes=0)
    torch.manual_seed(99)
    resumed.fit(ten, ten)
    assert same(weights(whole), weights(resumed))
    assert any("tower" in name for name in weights(whole))


def test_a_rate_and_a_tower_need_each_other():
    asked = {"epochs": 1, "batch_size": 1, **RATES, "architecture": {"encoder": "x"}}
    with pytest.raises(InputError, match="lr_vision and architecture.vision need each other"):
        build(Training, asked | {"lr_vision": 1e-5}, "train.x")
    with pytest.raises(InputError, match="lr_vision and architecture.vision need each other"):
        build(Training, asked | {"architecture": {"encoder": "x", "vision": {"weights": "y"}}}, "train.x")


def test_params_without_a_tower_are_written_as_before_there_were_towers():
    params = build(Training, {"epochs": 1, "batch_size": 1, **RATES, "architecture": {"encoder": "x"}}, "train.x")
    assert "lr_vision" not in params.model_dump()
    assert "vision" not in params.model_dump()["architecture"]


def test_views_hold_the_first_boxes_of_images_that_are_there(tmp_path, capsys):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(photograph("flower").read_bytes())
    rows = [
        {"id": "1", "image": "a.jpg", "error": None},
        {"id": "2", "image": "gone.jpg", "error": None},
        {"id": "3", "image": "a.jpg", "error": "image broken: a.jpg"},
        {"id": "4", "image": None, "error": None},
    ]
    rows = [row | {"source": "x:1", "image_sha256": "ab"} for row in rows]
    region = {"expression": "a", "label": "a", "score": 0.5, "box": BOX}
    found = [{"id": row["id"], "regions": [region] * 3, "error": None} for row in rows]
    parquet.write(tmp_path / "regions.parquet", "regions", found)
    vision = Vision(weights="x", max_regions=2)
    made = image_views.views(tmp_path, rows, tmp_path / "images", vision, Switches())
    assert [view.present for view in made] == [True, False, False, False]
    assert [len(view.boxes) for view in made] == [2, 0, 0, 0]
    assert "1 images are no longer" in capsys.readouterr().err
    switches = Switches(regions=False, vae=False, patches=True, **{"global": False})
    (bare, *_) = image_views.views(tmp_path / "no-artifact", rows, tmp_path / "images", vision, switches)
    assert (bare.boxes, bare.whole) == ((), True)

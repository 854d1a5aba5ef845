"""The fused model on pixels: its tower against the same tower's cached features, gradients, what is missing."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from mmner.features.vision import Vision as Cached
from mmner.model import files
from mmner.model.batch import collate
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches, Vision
from mmner.model.visuals import Views, Visual
from mmner.networks import encoders
from mmner.networks.towers import Tower
from tests.fakes import tiny_models
from tests.fakes.pictures import cut, item, photograph

KINDS = ("vit", "clip", "siglip")
PART = {"x0": 0.2, "y0": 0.1, "x1": 0.4, "y1": 0.9}
HALF = {"x0": 0.0, "y0": 0.5, "x1": 1.0, "y1": 1.0}
VIEWS = [("grace_hopper", (PART, HALF)), (None, ()), ("china", ()), ("flower", (HALF,))]
GLOBAL, REGIONS, PATCHES, ALL = (
    {"vae": False, "regions": False},
    {"vae": False, "global": False},
    {"vae": False, "global": False, "regions": False, "patches": True},
    {"patches": True},
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {kind: tiny_models.vision(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.fixture(scope="module")
def posts(examples):
    """The four examples with photographs and boxes in place of cached features; the second has no image."""
    views = [Views(photograph(name) if name else None, boxes) for name, boxes in VIEWS]
    return [dataclasses.replace(example, visual=one) for example, one in zip(examples, views, strict=True)]


@pytest.fixture
def build(tiny_encoder):
    """build(folder, **switches) -> a FusedModel with the tower in `folder`, in evaluation mode."""

    def make(folder, **switches):
        torch.manual_seed(0)
        sizes = Architecture(
            encoder=str(tiny_encoder), heads=2, latent=4, vision=Vision(weights=str(folder), grid=2, max_regions=2)
        )
        tower = Tower.load(sizes.vision)
        network = encoders.network(str(tiny_encoder))
        return FusedModel(network, ["PER", "ORG"], tower.width, sizes, Switches(**switches), tower).eval()

    return make


def seen(model, posts):
    return collate(posts, model.visual_width, 0, model.tower)


@pytest.mark.parametrize("switches", [GLOBAL, REGIONS, PATCHES, ALL], ids=["global", "regions", "patches", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_pixels_give_what_cached_features_of_the_same_tower_give(kind, switches, folders, posts, build, tiny_encoder):
    model = build(folders[kind], **switches)
    sizes = model.architecture.model_copy(update={"vision": None})
    plain = FusedModel(encoders.network(str(tiny_encoder)), ["PER", "ORG"], 16, sizes, Switches(**switches)).eval()
    plain.load_state_dict({name: value for name, value in model.state_dict().items() if "tower" not in name})
    cache = Cached(Cached.Params(weights=str(folders[kind]), patches=True, grid=2))
    nothing, cached, other = np.zeros((0, 16), np.float32), [], []
    for post in posts:
        visual = swapped = Visual(None, nothing, nothing)
        if post.visual.path:
            (result,) = cache([item(post.visual.path, boxes=post.visual.boxes)])
            regions = np.array(result.value["regions"], np.float32).reshape(-1, 16)
            visual = Visual(result.value["image"], regions if switches.get("regions", True) else nothing, nothing)
            if switches.get("patches"):
                visual = dataclasses.replace(visual, patches=np.array(result.value["patches"]))
            swapped = Visual(-visual.image, -visual.regions, -visual.patches)
        cached.append(dataclasses.replace(post, visual=visual))
        other.append(dataclasses.replace(post, visual=swapped))
    with torch.no_grad():
        by_pixels = model(seen(model, posts)).emissions
        by_cache = plain(collate(cached, 16, 0)).emissions
        by_other = plain(collate(other, 16, 0)).emissions
    assert torch.allclose(by_pixels, by_cache, atol=1e-5)
    assert not torch.allclose(by_pixels, by_other, atol=1e-3), "features matter to this model"


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_reaches_every_weight_of_the_tower(kind, folders, posts, build):
    model = build(folders[kind], patches=True).train()
    loss, _ = model.loss(seen(model, posts))
    loss.backward()
    used = [(name, weight) for name, weight in model.tower.named_parameters() if "pooler" not in name]
    # The bias of an attention's keys shifts all scores alike: its gradient is nothing but noise.
    still = [name for name, weight in used if weight.grad is None or not weight.grad.any()]
    assert [name for name in still if "k_proj.bias" not in name and "key.bias" not in name] == []


def test_regions_alone_train_the_tower_without_a_pass_over_whole_images(folders, posts, build):
    model = build(folders["vit"], **REGIONS).train()
    alone = [dataclasses.replace(one, visual=dataclasses.replace(one.visual, whole=False)) for one in posts]
    batch = seen(model, alone)
    assert len(batch.pixels) == 3
    with torch.no_grad():
        assert torch.allclose(model.eval()(batch).emissions, model(seen(model, posts)).emissions, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_padded_batch_equals_single_examples(kind, folders, posts, build):
    model = build(folders[kind], patches=True)
    with torch.no_grad():
        together = model(seen(model, posts)).emissions
        for row, post in enumerate(posts):
            alone = model(seen(model, [post])).emissions[0]
            assert torch.allclose(together[row, : len(alone)], alone, atol=1e-5)


def test_an_example_without_an_image_ignores_the_pixels_of_others(folders, posts, build):
    model = build(folders["vit"], patches=True)
    batch = seen(model, posts)
    noisy = dataclasses.replace(batch, pixels=torch.full_like(batch.pixels, torch.nan))
    with torch.no_grad():
        expected, found = model(batch).emissions, model(noisy).emissions
    assert torch.equal(found[1], expected[1])
    assert found[1].isfinite().all()
    assert not found[0, 0].isfinite().any()


def test_a_batch_without_any_image_trains(folders, posts, build):
    model = build(folders["vit"], patches=True).train()
    batch = seen(model, [posts[1]])
    assert batch.pixels.shape == (0, 3, 32, 32)
    loss, output = model.loss(batch)
    loss.backward()
    assert loss.isfinite()
    assert output.weights.tolist() == [[1.0, 0.0, 0.0]]  # v_t alone is there


def test_an_image_that_cannot_be_read_is_none(folders, posts, build, tmp_path):
    model = build(folders["vit"])
    for path in (cut(tmp_path / "half.jpg", photograph("china")), tmp_path / "gone.jpg", None):
        batch = seen(model, [posts[0], dataclasses.replace(posts[2], visual=Views(path, (PART,) if path else ()))])
        assert batch.has_image.tolist() == [True, False]
        assert batch.regions_mask.tolist() == [[True, True], [False, False]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_predicts_the_same_without_the_towers_folder(kind, posts, build, tiny_encoder, tmp_path):
    folder = tiny_models.vision(tmp_path / "tower", kind)
    model = build(folder, patches=True)
    with torch.no_grad():
        for weight in model.tower.parameters():
            weight.mul_(1.5)  # as training would: no longer what the folder holds
        expected = model(seen(model, posts)).emissions
    files.save(tmp_path / "model", model, encoders.tokenizer(str(tiny_encoder)), {})
    shutil.rmtree(folder)
    loaded, _, _ = files.load(tmp_path / "model")
    with torch.no_grad():
        assert torch.equal(loaded(seen(loaded, posts)).emissions, expected)

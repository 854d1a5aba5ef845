"""What a vision tower sees of an image: all of it."""

import numpy as np
import pytest
from PIL import Image

from mmner.model.params import Vision
from mmner.networks.towers import Tower
from tests.fakes import tiny_models


@pytest.mark.parametrize("kind", ["vit", "clip", "siglip", "dinov2"])
def test_the_edges_of_an_image_are_seen_whatever_the_processor_cuts_off(kind, tmp_path):
    tower = Tower.load(Vision(weights=str(tiny_models.vision(tmp_path, kind))))
    framed = np.zeros((tower.side, tower.side, 3), np.uint8)
    framed[0] = framed[-1] = framed[:, 0] = framed[:, -1] = 255
    pixels = tower.pixels([tower.square(Image.fromarray(framed))])[0]
    assert pixels.shape == (3, 32, 32)
    low, high = pixels.amin((1, 2)), pixels.amax((1, 2))
    for row in (pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]):
        assert (high == row.T).all()
    assert (low == pixels[:, 1:-1, 1:-1].flatten(1).T).all()

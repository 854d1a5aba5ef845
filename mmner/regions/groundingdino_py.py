"""The backend `groundingdino-py`: Grounding DINO (TVO 3.3) by the package of that name, in an environment of its own.

Its weights are a folder with a checkpoint, perhaps its config, and the text encoder in `bert-base-uncased/`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated

import pydantic

from mmner.base.errors import InputError
from mmner.base.params import Count, Place, Size
from mmner.base.requirements import CheckpointFolder, Requirement
from mmner.networks import checkpoints
from mmner.regions import detections, grounding
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class GroundingDinoPy(Backend):
    """At most `max_regions` an image, for all of its expressions together: the text prompt is "a cat. a dog."."""

    class Params(grounding.Thresholds):
        """`checkpoint`: a file's name without its suffix. `config`: a file in the folder, else one of the package's.

        `shortest`, `longest`: pixels. Images are scaled to a shorter side of `shortest`, or to a longer side of
        `longest` where it would exceed that.
        """

        weights: Place
        checkpoint: Place = "groundingdino_swint_ogc"
        config: str = pydantic.Field("GroundingDINO_SwinT_OGC.py", pattern=r"\.(py|json)$")
        allow_pickle: bool = False
        shortest: Annotated[Size, pydantic.Field(ge=32)] = 800
        longest: Annotated[Size, pydantic.Field(ge=32)] = 1333
        batch_size: Count = 4

        def requirements(self) -> tuple[Requirement, ...]:
            return (CheckpointFolder(self.weights, self.allow_pickle),)

    environment = "lavis"
    uses = ("image_sha256", "expressions")
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.batch_size = detections.BATCHES_PER_CALL * params.batch_size

    def identity(self) -> dict:
        chosen = self.params.model_dump(exclude={"batch_size", "weights", "allow_pickle"})
        weights_identity = checkpoints.identity(self.params.weights, self.memo)
        return {"backend": "groundingdino-py", "version": 1, "weights": weights_identity, **chosen}

    def __call__(self, items: list[Item]) -> list[Result]:
        return grounding.ground(items, self.params, self._prompts, self._batches, self._detect)

    def _prompts(self, expressions: list[str]) -> list[grounding.Prompt]:
        return grounding.prompts(expressions, self._network.tokenizer, self._network.max_text_len)

    def _batches(self, images: dict):
        return detections.batches(images, self._pixels, self.params.batch_size)

    def _pixels(self, images, **_) -> dict:
        """One image -> (1, 3, height, width), as the package's own `load_image` prepares it."""
        from groundingdino.datasets import transforms

        steps = [
            transforms.RandomResize([self.params.shortest], max_size=self.params.longest),  # of one size: not random
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
        return {"pixel_values": transforms.Compose(steps)(images, None)[0][None]}

    def _detect(self, pixels, prompts: list[grounding.Prompt]) -> list[list[dict]]:
        """The regions of each of b images, for the expressions of its prompt.

        Only texts whose expressions have the same lengths are batched: the package repeats a batch's text masks over
        its heads in the wrong order, so that other texts would be read with each other's masks.
        """
        alike: dict[tuple, list[int]] = {}
        for row, prompt in enumerate(prompts):
            alike.setdefault(tuple(len(own) for _, own in prompt), []).append(row)
        regions_of: dict[int, list[dict]] = {}
        for rows in alike.values():
            regions = self._detect_alike(pixels["pixel_values"][rows], [prompts[row] for row in rows])
            regions_of.update(zip(rows, regions, strict=True))
        return [regions_of[row] for row in range(len(prompts))]

    def _detect_alike(self, images, prompts: list[grounding.Prompt]) -> list[list[dict]]:
        """As `_detect`, for images (b, 3, height, width) and prompts whose expressions have the same lengths."""
        import torch

        network = self._network
        texts = [" ".join(f"{self._text(own)}." for _, own in prompt) for prompt in prompts]
        with torch.no_grad():
            output = network(images.to(network.feat_map.weight.device), captions=texts)
        words = output["pred_logits"].sigmoid().cpu()  # (b, boxes, text length)
        boxes = output["pred_boxes"].cpu()  # (b, boxes, 4)
        return [
            grounding.regions(prompt, network.tokenizer, *one, self.params)
            for prompt, *one in zip(prompts, words, boxes, strict=True)
        ]

    def _text(self, pieces: list[int]) -> str:
        """The text whose word pieces are `pieces`: the network takes text, and tokenizes it itself."""
        return self._network.tokenizer.decode(pieces, clean_up_tokenization_spaces=False)

    @cached_property
    def _network(self):
        """Errors: InputError `pickle-weights`, `no-weights`."""
        checkpoints.check(self.params.weights, self.params.allow_pickle)
        checkpoints.offline()
        import groundingdino.config
        from groundingdino.models import build_model
        from groundingdino.util.misc import clean_state_dict
        from groundingdino.util.slconfig import SLConfig

        from mmner.networks import device

        folder = Path(self.params.weights)
        config = next(
            (
                parent / self.params.config
                for parent in (folder, Path(groundingdino.config.__file__).parent)
                if (parent / self.params.config).is_file()
            ),
            None,
        )
        if config is None:
            what = f"no config {self.params.config}, neither in the folder nor in the package"
            raise InputError("no-weights", what, where=self.params.weights, remedy=checkpoints.REMEDY)
        options = SLConfig.fromfile(str(config.resolve()))
        options.device = str(device.best())
        with checkpoints.names_as_subfolders(self.params.weights):
            network = build_model(options)
        state = clean_state_dict(checkpoints.load_tensors(self.params.weights, self.params.checkpoint, "model"))
        checkpoints.load_state(network, state, self.params.weights)
        return network.to(device.best()).eval()

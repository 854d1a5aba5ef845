"""The backend `grounding-dino`: boxes for expressions by Grounding DINO (TVO 3.3), through transformers."""

from __future__ import annotations

from functools import cached_property

from mmner.base.errors import InputError
from mmner.networks import weights
from mmner.regions import detections, grounding
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class GroundingDino(Backend):
    """At most `max_regions` an image, for all of its expressions together: the text prompt is "a cat. a dog."."""

    class Params(grounding.Thresholds, weights.WeightsParams):
        pass

    uses = ("image_sha256", "expressions")
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.batch_size = detections.BATCHES_PER_CALL * params.batch_size

    def identity(self) -> dict:
        return {"backend": "grounding-dino", "version": 1, **self.params.identity(self.memo)}

    def __call__(self, items: list[Item]) -> list[Result]:
        return grounding.ground(items, self.params, self._prompts, self._batches, self._detect)

    def _prompts(self, expressions: list[str]) -> list[grounding.Prompt]:
        length = self._network.config.max_text_len
        return grounding.prompts(expressions, self._processor.tokenizer, length)

    def _batches(self, images: dict):
        return detections.batches(images, self._processor.image_processor, self.params.batch_size)

    def _detect(self, pixels, prompts: list[grounding.Prompt]) -> list[list[dict]]:
        """The regions of each of b images, for the expressions of its prompt."""
        import torch

        tokenizer, network_device = self._processor.tokenizer, self._network.device
        texts = [grounding.pieces(prompt, tokenizer)[0] for prompt in prompts]
        text = tokenizer.pad({"input_ids": texts}, return_tensors="pt")
        with torch.inference_mode(), self._autocast():
            output = self._network(
                input_ids=text["input_ids"].to(network_device),
                attention_mask=text["attention_mask"].to(network_device),
                token_type_ids=torch.zeros_like(text["input_ids"]).to(network_device),
                **pixels.to(network_device),
            )
        words = output.logits.float().sigmoid().cpu()  # (b, boxes, text length)
        boxes = output.pred_boxes.float().cpu()  # (b, boxes, 4)
        return [
            grounding.regions(prompt, tokenizer, *one, self.params)
            for prompt, *one in zip(prompts, words, boxes, strict=True)
        ]

    @cached_property
    def _processor(self):
        from transformers import AutoProcessor

        return weights.processor(AutoProcessor, self.params)

    @cached_property
    def _network(self):
        from transformers import AutoModelForZeroShotObjectDetection

        network = weights.network(AutoModelForZeroShotObjectDetection, self.params)
        if not hasattr(network.config, "max_text_len"):
            what = f"a {network.config.model_type}, which scores whole phrases, not the words of one text"
            remedy = "grounding-dino and mm-grounding-dino are known to work"
            raise InputError("no-grounding-dino", what, where=self.params.weights, remedy=remedy)
        return network

    @cached_property
    def _autocast(self):
        from mmner.networks import device

        return device.autocast(self.params.precision, device.best())

"""The backend `detector`: a sample of an object detector's boxes, without regard to expressions (TVO's "w/o LLMs")."""

from __future__ import annotations

import random
from functools import cached_property

import pydantic

from mmner.base.params import Count, Seed
from mmner.networks import weights
from mmner.regions import detections
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class Detector(Backend):
    """`sample` of an image's detections, drawn by `seed` and the image: the same image gives the same ones."""

    class Params(weights.WeightsParams):
        threshold: float = pydantic.Field(0.5, ge=0, le=1)  # of a detection's score
        same: float = pydantic.Field(0.8, ge=0, le=1)  # intersection over union from which two are one
        sample: Count = 5  # TVO samples five
        seed: Seed = 1

    uses = ("image_sha256",)
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.batch_size = detections.BATCHES_PER_CALL * params.batch_size

    def identity(self) -> dict:
        return {"backend": "detector", "version": 1, **self.params.identity(self.memo)}

    def __call__(self, items: list[Item]) -> list[Result]:
        images, results = detections.open_readable(items)
        for places, pixels in detections.batches(images, self._processor, self.params.batch_size) if images else ():
            for place, regions in zip(places, self._detect(pixels), strict=True):
                different = detections.suppress_overlapping(regions, self.params.same)
                rng = random.Random(f"{self.params.seed} {items[place]['image_sha256']}")
                drawn = rng.sample(different, min(self.params.sample, len(different)))
                results[place] = Result({"regions": drawn})
        return [results[place] for place in range(len(items))]

    def _detect(self, pixels) -> list[list[dict]]:
        import torch

        with torch.inference_mode(), self._autocast():
            output = self._network(**pixels.to(self._network.device))
        output.logits, output.pred_boxes = output.logits.float(), output.pred_boxes.float()
        detected = self._processor.post_process_object_detection(
            output, threshold=self.params.threshold, target_sizes=[(1, 1)] * len(output.logits)
        )
        names = self._network.config.id2label
        return [
            [
                {"expression": None, "label": names[label], "score": score, "box": box}
                for score, label, edges in zip(
                    *(image_detections[key].tolist() for key in ("scores", "labels", "boxes")), strict=True
                )
                if (box := detections.box(edges))
            ]
            for image_detections in detected
        ]

    @cached_property
    def _processor(self):
        from transformers import AutoImageProcessor

        return weights.processor(AutoImageProcessor, self.params)

    @cached_property
    def _network(self):
        from transformers import AutoModelForObjectDetection

        return weights.network(AutoModelForObjectDetection, self.params)

    @cached_property
    def _autocast(self):
        from mmner.networks import device

        return device.autocast(self.params.precision, device.best())

"""The backend `grounding-dino`: boxes for expressions by Grounding DINO (TVO 3.3), through transformers."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated

import pydantic

from mmner import weights
from mmner.errors import InputError
from mmner.regions import detections
from mmner.rows import Result

Share = Annotated[float, pydantic.Field(ge=0, le=1)]


class GroundingDino:
    """At most `max_regions` an image, for all of its expressions together: the text prompt is "a cat. a dog."."""

    class Params(weights.WeightsParams):
        box_threshold: Share = 0.3  # of a box's best word
        text_threshold: Share = 0.25  # from which a word belongs to the region's label
        same: Share = 0.8  # intersection over union from which two boxes are one region
        max_regions: int = pydantic.Field(5, ge=1)

    uses = ("image_sha256", "expressions")
    reads_image = True

    def __init__(self, params: Params):
        self.params, self.batch_size = params, detections.AT_ONCE * params.batch_size

    def identity(self) -> dict:
        chosen = self.params.model_dump(exclude={"batch_size", "weights", "revision", "allow_pickle"})
        known = weights.identity(self.params.weights, self.params.revision, self.params.allow_pickle)
        return {"backend": "grounding-dino", "version": 1, "weights": known, **chosen}

    def __call__(self, items: list[dict]) -> list[Result]:
        images, answers = detections.opened(items)
        prompts = [(place, part) for place in images for part in self._prompts(items[place]["expressions"])]
        asked = {row: images[place] for row, (place, _) in enumerate(prompts)}
        found: dict[int, list[dict]] = {place: [] for place in images}
        for rows, pixels in self._batches(asked):
            for row, regions in zip(rows, self._detect(pixels, [prompts[row][1] for row in rows]), strict=True):
                found[prompts[row][0]] += regions
        for place, regions in found.items():
            kept = detections.merged(regions, self.params.same)[: self.params.max_regions]
            answers[place] = Result({"regions": kept})
        return [answers[place] for place in range(len(items))]

    def _batches(self, images: dict):
        if not images:
            return ()
        return detections.batches(images, self._processor.image_processor, self.params.batch_size)

    def _prompts(self, expressions: list[str]) -> list[list[tuple[str, list[int]]]]:
        """`expressions` with their word pieces, in as many prompts as the network's text length asks for."""
        room = self._network.config.max_text_len - 2  # [CLS] and [SEP]
        prompts: list[list[tuple[str, list[int]]]] = []
        left = 0
        for expression in dict.fromkeys(expressions):
            ids = self._processor.tokenizer(phrase(expression), add_special_tokens=False)["input_ids"][: room - 1]
            if not ids:
                continue
            if len(ids) + 1 > left:
                prompts.append([])
                left = room
            prompts[-1].append((expression, ids))
            left -= len(ids) + 1  # the full stop
        return prompts

    def _detect(self, pixels, prompts: list[list[tuple[str, list[int]]]]) -> list[list[dict]]:
        """The regions of each of b images, for the expressions of its prompt."""
        import torch

        tokenizer = self._processor.tokenizer
        stop = tokenizer.convert_tokens_to_ids(".")
        texts, spans = [], []
        for prompt in prompts:
            ids, places = [tokenizer.cls_token_id], []
            for _, pieces in prompt:
                places.append((len(ids), len(ids) + len(pieces)))
                ids += [*pieces, stop]
            texts.append([*ids, tokenizer.sep_token_id])
            spans.append(places)
        text = tokenizer.pad({"input_ids": texts}, return_tensors="pt")
        where = self._network.device
        with torch.inference_mode(), self._autocast():
            output = self._network(
                input_ids=text["input_ids"].to(where),
                attention_mask=text["attention_mask"].to(where),
                token_type_ids=torch.zeros_like(text["input_ids"]).to(where),
                **pixels.to(where),
            )
        words = output.logits.float().sigmoid().cpu()  # (b, boxes, text length): a box's score for each word piece
        center, size = output.pred_boxes.float().cpu().split(2, -1)  # shares of width and height
        corners = torch.cat([center - size / 2, center + size / 2], -1)
        return [self._regions(*one) for one in zip(prompts, spans, texts, words.numpy(), corners.tolist(), strict=True)]

    def _regions(self, prompt, spans, ids, words, corners) -> list[dict]:
        """A box belongs to the expression that has its best word; its label is that expression's words above
        text_threshold, or the expression where there is none."""
        regions = []
        for scores, edges in zip(words, corners, strict=True):
            best = [float(scores[first:last].max()) for first, last in spans]
            score = max(best)
            place = detections.box(edges)
            if place is None or score < self.params.box_threshold:
                continue
            expression = prompt[best.index(score)][0]
            first, last = spans[best.index(score)]
            named = [ids[at] for at in range(first, last) if scores[at] > self.params.text_threshold]
            label = self._processor.tokenizer.decode(named) if named else expression
            regions.append({"expression": expression, "label": label, "score": score, "box": place})
        return regions

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
        from mmner import device

        return device.autocast(self.params.precision, device.best())


def phrase(expression: str) -> str:
    """`expression` as the prompt takes it: lower case, without the marks that end one."""
    return " ".join(re.sub(r"[.?]", " ", expression.lower()).split())

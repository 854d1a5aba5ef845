"""Grounding DINO's prompts and regions (TVO 3.3), whichever library runs it. A prompt's text: "a cat. a dog.".

A prompt is a list of (expression, word pieces), as many as fit into the network's text length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import pydantic

from mmner.base.params import Count, Params
from mmner.regions import detections
from mmner.rows.contract import Result

Share = Annotated[float, pydantic.Field(ge=0, le=1)]
Prompt = list[tuple[str, list[int]]]


class Thresholds(Params):
    """Params that decide which boxes become regions."""

    box_threshold: Share = 0.3  # of a box's best word
    text_threshold: Share = 0.25  # from which a word belongs to the region's label
    same: Share = 0.8  # intersection over union from which two boxes are one region
    max_regions: Count = 5


def ground(
    items: Sequence[dict],
    thresholds: Thresholds,
    prompts: Callable[[list[str]], list[Prompt]],
    batches: Callable[[dict[int, object]], Iterator[tuple[list[int], object]]],
    detect: Callable[[object, list[Prompt]], list[list[dict]]],
) -> list[Result]:
    """The regions of each item.

    `prompts`: expressions -> their prompts. `batches`: images by number -> numbers and pixels of b images at a time.
    `detect`: pixels and a prompt of b images -> their regions.
    """
    images, results = detections.open_readable(items)
    prompt_of = [(place, part) for place in images for part in prompts(items[place]["expressions"])]
    regions: dict[int, list[dict]] = {place: [] for place in images}
    image_of = {number: images[place] for number, (place, _) in enumerate(prompt_of)}
    for numbers, pixels in batches(image_of) if image_of else ():
        for number, found_regions in zip(
            numbers, detect(pixels, [prompt_of[number][1] for number in numbers]), strict=True
        ):
            regions[prompt_of[number][0]] += found_regions
    for place, image_regions in regions.items():
        kept = detections.suppress_overlapping(image_regions, thresholds.same)[: thresholds.max_regions]
        results[place] = Result({"regions": kept})
    return [results[place] for place in range(len(items))]


def phrase(expression: str) -> str:
    """`expression` as it stands in a prompt: lower case, without the marks that end an expression there."""
    return " ".join(re.sub(r"[.?]", " ", expression.lower()).split())


def prompts(expressions: Sequence[str], tokenizer, length: int) -> list[Prompt]:
    """`expressions` with their word pieces, in as many prompts as needed for at most `length` pieces a text."""
    room = length - 2  # [CLS] and [SEP]
    prompt_list: list[Prompt] = []
    pieces_left = 0
    for expression in dict.fromkeys(expressions):
        ids = tokenizer(phrase(expression), add_special_tokens=False)["input_ids"][: room - 1]
        if not ids:
            continue
        if len(ids) + 1 > pieces_left:
            prompt_list.append([])
            pieces_left = room
        prompt_list[-1].append((expression, ids))
        pieces_left -= len(ids) + 1  # the full stop
    return prompt_list


def pieces(prompt: Prompt, tokenizer) -> tuple[list[int], list[tuple[int, int]]]:
    """The text of `prompt` as word pieces, and the range (end exclusive) of each expression in it."""
    stop = tokenizer.convert_tokens_to_ids(".")
    ids, spans = [tokenizer.cls_token_id], []
    for _, own in prompt:
        spans.append((len(ids), len(ids) + len(own)))
        ids += [*own, stop]
    return [*ids, tokenizer.sep_token_id], spans


def regions(prompt: Prompt, tokenizer, words, boxes, thresholds: Thresholds) -> list[dict]:
    """The regions of one image. `words`: (boxes, text length) scores in 0..1. `boxes`: (boxes, 4) tensor of center and
    size in shares of width and height.

    A box belongs to the expression that has its best word; its label is that expression's words above text_threshold,
    or the expression where there is none.
    """
    ids, spans = pieces(prompt, tokenizer)
    center, size = boxes.split(2, -1)
    corners = (*(center - size / 2).unbind(-1), *(center + size / 2).unbind(-1))
    kept = []
    for scores, *edges in zip(words.numpy(), *(edge.tolist() for edge in corners), strict=True):
        best = [float(scores[first:last].max()) for first, last in spans]
        score = max(best)
        box = detections.box(edges)
        if box is None or score < thresholds.box_threshold:
            continue
        expression = prompt[best.index(score)][0]
        first, last = spans[best.index(score)]
        label_pieces = [ids[at] for at in range(first, last) if scores[at] > thresholds.text_threshold]
        label = tokenizer.decode(label_pieces) if label_pieces else expression
        kept.append({"expression": expression, "label": label, "score": score, "box": box})
    return kept

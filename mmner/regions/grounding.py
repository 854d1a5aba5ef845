"""Grounding DINO's text and boxes (TVO 3.3), whichever library runs it: "a cat. a dog." and what its words find.

A prompt is a list of (expression, word pieces), as many as fit into the network's text length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

import pydantic

from mmner.base.params import Params
from mmner.regions import detections
from mmner.rows.contract import Result

Share = Annotated[float, pydantic.Field(ge=0, le=1)]
Prompt = list[tuple[str, list[int]]]


class Thresholds(Params):
    """What becomes a region."""

    box_threshold: Share = 0.3  # of a box's best word
    text_threshold: Share = 0.25  # from which a word belongs to the region's label
    same: Share = 0.8  # intersection over union from which two boxes are one region
    max_regions: int = pydantic.Field(5, ge=1)


def answers(
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
    images, found = detections.opened(items)
    asked = [(place, part) for place in images for part in prompts(items[place]["expressions"])]
    regions: dict[int, list[dict]] = {place: [] for place in images}
    shown = {number: images[place] for number, (place, _) in enumerate(asked)}
    for numbers, pixels in batches(shown) if shown else ():
        for number, more in zip(numbers, detect(pixels, [asked[number][1] for number in numbers]), strict=True):
            regions[asked[number][0]] += more
    for place, several in regions.items():
        kept = detections.merged(several, thresholds.same)[: thresholds.max_regions]
        found[place] = Result({"regions": kept})
    return [found[place] for place in range(len(items))]


def phrase(expression: str) -> str:
    """`expression` as the prompt takes it: lower case, without the marks that end one."""
    return " ".join(re.sub(r"[.?]", " ", expression.lower()).split())


def prompts(expressions: Sequence[str], tokenizer, length: int) -> list[Prompt]:
    """`expressions` with their word pieces, in as many prompts as a text of `length` pieces asks for."""
    room = length - 2  # [CLS] and [SEP]
    made: list[Prompt] = []
    left = 0
    for expression in dict.fromkeys(expressions):
        ids = tokenizer(phrase(expression), add_special_tokens=False)["input_ids"][: room - 1]
        if not ids:
            continue
        if len(ids) + 1 > left:
            made.append([])
            left = room
        made[-1].append((expression, ids))
        left -= len(ids) + 1  # the full stop
    return made


def pieces(prompt: Prompt, tokenizer) -> tuple[list[int], list[tuple[int, int]]]:
    """The text of `prompt` as word pieces, and where in it each expression's are (end exclusive)."""
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
    made = []
    for scores, *edges in zip(words.numpy(), *(edge.tolist() for edge in corners), strict=True):
        best = [float(scores[first:last].max()) for first, last in spans]
        score = max(best)
        place = detections.box(edges)
        if place is None or score < thresholds.box_threshold:
            continue
        expression = prompt[best.index(score)][0]
        first, last = spans[best.index(score)]
        named = [ids[at] for at in range(first, last) if scores[at] > thresholds.text_threshold]
        label = tokenizer.decode(named) if named else expression
        made.append({"expression": expression, "label": label, "score": score, "box": place})
    return made

"""Captions by networks that take an image and a prompt, which may have the post's sentence and domain in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

import pydantic

from mmner.rows.contract import Item, Result
from mmner.rows.inputs import open_images

FIELDS = ("sentence", "domain_cue")
QUESTION = 'Question: this photo was posted among {domain_cue} with "{sentence}". What does it show? Answer:'
Beams = Annotated[int, pydantic.Field(ge=1, le=100)]  # each takes the memory of an image
_FIELD = re.compile(r"\{(\w*)\}")


def _known_fields(prompt: str) -> str:
    if unknown := [name for name in _FIELD.findall(prompt) if name not in FIELDS]:
        raise ValueError(f"unknown field {{{unknown[0]}}}, a prompt may have {{sentence}} and {{domain_cue}}")
    return prompt


Prompt = Annotated[str, pydantic.AfterValidator(_known_fields)]


def uses(prompt: str) -> tuple[str, ...]:
    """The item fields that a caption by `prompt` depends on: the image, and the fields that are in `prompt`."""
    return ("image_sha256", *(name for name in FIELDS if f"{{{name}}}" in prompt))


def format_prompt(prompt: str, item: Item) -> str:
    """`prompt` with the fields of `item`; braces in these stay as they are."""
    return _FIELD.sub(lambda field: item[field[1]] or "", prompt)


def caption_batch(items: list[Item], prompt: str, answer: Callable[[list, list[str]], list[str]]) -> list[Result]:
    """One caption an item. `answer`: (RGB images, prompts) -> captions. An unreadable image fails its row alone."""
    results: list[Result | None] = [None] * len(items)
    images = {}
    for place, image in open_images(items):
        if isinstance(image, Result):
            results[place] = image
        else:
            images[place] = image
    captions = (
        answer(list(images.values()), [format_prompt(prompt, items[place]) for place in images]) if images else []
    )
    for place, text in zip(images, captions, strict=True):
        caption = " ".join(text.split())
        results[place] = Result({"caption": caption}) if caption else Result(None, "empty caption")
    return results

"""What captioning networks share: a prompt with the post's sentence and domain in it, and an image opened for each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

import pydantic

from mmner.base.image_files import ImageBroken, load
from mmner.rows.contract import Result
from mmner.rows.inputs import unreadable

FIELDS = ("sentence", "domain_cue")
QUESTION = 'Question: this photo was posted among {domain_cue} with "{sentence}". What does it show? Answer:'
_FIELD = re.compile(r"\{(\w*)\}")


def _known_fields(prompt: str) -> str:
    if unknown := [name for name in _FIELD.findall(prompt) if name not in FIELDS]:
        raise ValueError(f"unknown field {{{unknown[0]}}}, a prompt may have {{sentence}} and {{domain_cue}}")
    return prompt


Prompt = Annotated[str, pydantic.AfterValidator(_known_fields)]


def uses(prompt: str) -> tuple[str, ...]:
    """The item fields that a caption by `prompt` depends on: none of the sentence where {sentence} is not in it."""
    return ("image_sha256", *(name for name in FIELDS if f"{{{name}}}" in prompt))


def filled(prompt: str, item: dict) -> str:
    """`prompt` about `item`; braces in a post are text, not fields."""
    return _FIELD.sub(lambda field: item[field[1]] or "", prompt)


def captioned(items: list[dict], prompt: str, answer: Callable[[list, list[str]], list[str]]) -> list[Result]:
    """One caption an item, `answer` to images (RGB) and prompts; an image that can't be read costs its row alone."""
    results: list[Result | None] = [None] * len(items)
    images = {}
    for place, item in enumerate(items):
        try:
            images[place] = load(item["image_path"], item["image_sha256"])
        except ImageBroken as error:
            results[place] = unreadable(item, error)
    texts = answer(list(images.values()), [filled(prompt, items[place]) for place in images]) if images else []
    for place, text in zip(images, texts, strict=True):
        caption = " ".join(text.split())
        results[place] = Result({"caption": caption}) if caption else Result(None, "empty caption")
    return results

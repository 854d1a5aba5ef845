"""Captions from any vision language model behind an OpenAI-compatible server (IAC eq. 1; TVO appendix A)."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Literal

import pydantic

from mmner.base import image_files
from mmner.base.image_files import ImageBroken
from mmner.base.params import Count, Size
from mmner.llm import prompts
from mmner.llm.answers import AnswerSchema, ask
from mmner.llm.backend import LlmBackend
from mmner.llm.conversation import Picture, Request, Turns
from mmner.llm.params import Constrain, LlmParams
from mmner.rows.contract import Budget, Memo, Result
from mmner.rows.inputs import unreadable

PROMPTS = Path(__file__).parent / "prompts"
JPEG_QUALITY = 90


class Output(AnswerSchema):
    caption: str

    @pydantic.field_validator("caption")
    @classmethod
    def _not_empty(cls, caption: str) -> str:
        if not caption.strip():
            raise ValueError("it is empty")
        return caption


class Captions(LlmBackend):
    """C = VLM(T, I): one text an image, for the sentence and the domain where the params ask for that."""

    class Params(LlmParams):
        constrain: Constrain | Literal["text"] = "text"  # text: the answer is the caption
        prompt: str = "tvo"  # a file of prompts/
        sentence: bool = True  # DDC: condition on the sentence
        domain_cue: bool = True  # DDC: condition on the domain
        max_side: Size = 1024  # pixels; a larger image is scaled down
        image_tokens: Count = 3000  # of an image at most, for the spending limit; booked is the server's count

    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._conditions = tuple(name for name in ("sentence", "domain_cue") if getattr(params, name))
        self.uses = ("image_sha256", *self._conditions)
        self._prompt = prompts.load(PROMPTS, params.prompt, {"sentence", "domain_cue", "shape"})

    def identity(self) -> dict:
        own_params = {"prompt": self._prompt.digest, "given": self._conditions, "max_side": self.params.max_side}
        return {"backend": "llm", "version": 1, **self.params.identity(), **own_params}

    def _conversation(self, item: dict) -> Turns:
        plain = self.params.constrain == "text"
        values = {name: item[name] if name in self._conditions else None for name in ("sentence", "domain_cue")}
        shape = None if plain else prompts.Verbatim('{"caption": "the description"}')
        system, user = self._prompt.fill(**values, shape=shape)
        picture = Picture(
            item["image_sha256"],
            self.params.max_side,
            lambda: data_url(item, self.params.max_side),
            self.params.image_tokens,
        )
        try:
            answer = yield from ask(Request(system, user, None if plain else Output, picture))
        except ImageBroken as error:
            return unreadable(item, error)
        return Result({"caption": " ".join((answer if plain else answer.caption).split())})


def data_url(item: dict, max_side: int) -> str:
    """The image of `item`, at most `max_side` pixels wide and high, as a JPEG data URL. Errors: ImageBroken."""
    image = image_files.load(item["image_path"], item["image_sha256"])
    image.thumbnail((max_side, max_side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()

"""Captions from what small networks see: ImageNet tags and the text in the image, chosen for sentence and domain.

IAC 3.1 asks a large model for a caption given (image, sentence, domain). Here the same three decide what a caption
mentions: of all that is seen, what lies nearest to the sentence and the domain's cue.
"""

from __future__ import annotations

from functools import cached_property

import pydantic

from mmner.base.image_files import ImageBroken
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Need, Weights
from mmner.captions.words import choose, listed, with_article
from mmner.networks import encoders
from mmner.networks.embedded.image_analysis import NEEDS, Looks
from mmner.networks.encoders import MINILM, Sentences
from mmner.rows.contract import Result
from mmner.rows.inputs import unreadable


class Tags:
    """One English sentence an image, such as 'A photo of a violin, with the words "The Quiet Herons live"'."""

    class Params(BaseParams):
        encoder: str = MINILM
        max_tags: int = pydantic.Field(2, ge=0)
        max_words: int = pydantic.Field(12, ge=0)  # of the text in the image; two Chinese characters count as one
        min_tag_score: float = pydantic.Field(0.15, ge=0, le=1)  # the network's probability
        batch_size: int = pydantic.Field(16, ge=1)

        def needs(self) -> tuple[Need, ...]:
            return (Weights(self.encoder), *NEEDS)

    uses = ("image_sha256", "sentence", "domain_cue")
    reads_image = True

    def __init__(self, params: Params):
        self.params, self.batch_size = params, params.batch_size
        self._looks = Looks()

    def identity(self) -> dict:
        mattering = self.params.model_dump(exclude={"batch_size"}) | {"encoder": encoders.identity(self.params.encoder)}
        return {"backend": "tags", "version": 2, "looks": self._looks.identity(), **mattering}

    def __call__(self, items: list[dict]) -> list[Result]:
        looks = self._looks(items)
        texts = {item[name] for item in items for name in ("sentence", "domain_cue") if item[name]}
        for look in looks:
            if not isinstance(look, ImageBroken):
                texts |= {tag["name"] for tag in look["tags"]} | {line["text"] for line in look["lines"]}
        vectors = dict(zip(texts, self._sentences(list(texts)), strict=True))
        return [self._caption(item, look, vectors) for item, look in zip(items, looks, strict=True)]

    @cached_property
    def _sentences(self) -> Sentences:
        return Sentences(self.params.encoder)

    def _caption(self, item: dict, look: dict | ImageBroken, vectors: dict) -> Result:
        if isinstance(look, ImageBroken):
            return unreadable(item, look)
        cues = [vectors[item[name]] for name in ("sentence", "domain_cue") if item[name]]

        def relevance(text: str) -> float:
            """Mean cosine with the sentence and the domain's cue, in -1..1."""
            return float(sum(vectors[text] @ cue for cue in cues)) / max(len(cues), 1)

        tags = [tag for tag in look["tags"] if tag["score"] >= self.params.min_tag_score]
        tags.sort(key=lambda tag: tag["score"] + relevance(tag["name"]), reverse=True)
        caption = "A photo"
        if names := [with_article(tag["name"]) for tag in tags[: self.params.max_tags]]:
            caption += f" of {listed(names)}"
        lines = [line["text"] for line in look["lines"]]
        if words := " ".join(choose(lines, self.params.max_words, relevance)).replace('"', "'"):
            caption += f', with the words "{words}"' if names else f' with the words "{words}"'
        return Result({"caption": f"{caption}."})

"""Captions from small networks: ImageNet tags and text lines of the image, chosen for the sentence and the domain.

IAC 3.1 asks a large model for a caption given (image, sentence, domain). Here a caption mentions those tags and lines
of the image whose vectors are nearest to the sentence and the domain's cue.
"""

from __future__ import annotations

from functools import cached_property

import pydantic

from mmner.base.params import Count, Natural
from mmner.base.requirements import Requirement
from mmner.captions.english import choose_lines, enumeration, with_article
from mmner.networks.embedded.image_analysis import REQUIREMENTS, ImageAnalyzer
from mmner.networks.encoders import EncoderParams
from mmner.networks.sentences import Encode, SentenceEncoder, cosine
from mmner.rows.contract import Backend, Budget, Item, Memo, Result


class Tags(Backend):
    """One English sentence an image, such as 'A photo of a violin, with the words "The Quiet Herons live"'."""

    class Params(EncoderParams):
        max_tags: Natural = 2
        max_words: Natural = 12  # of the text in the image; two Chinese characters count as one
        min_tag_score: float = pydantic.Field(0.15, ge=0, le=1)  # the network's probability
        batch_size: Count = 16

        def requirements(self) -> tuple[Requirement, ...]:
            return (*super().requirements(), *REQUIREMENTS)

    uses = ("image_sha256", "sentence", "domain_cue")
    reads_image = True

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self._analyzer = ImageAnalyzer(self.memo)

    def identity(self) -> dict:
        chosen = self.params.identity(self.memo)
        return {"backend": "tags", "version": 2, "looks": self._analyzer.identity(), **chosen}

    def __call__(self, items: list[Item]) -> list[Result]:
        detections = self._analyzer(items)
        texts = {item[name] for item in items for name in ("sentence", "domain_cue") if item[name]}
        for detected in detections:
            if not isinstance(detected, Result):
                texts |= {tag["name"] for tag in detected["tags"]} | {line["text"] for line in detected["lines"]}
        self._encoder(list(texts))  # all at once; each caption finds its own again
        return [
            detected if isinstance(detected, Result) else self._caption(item, detected)
            for item, detected in zip(items, detections, strict=True)
        ]

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def _caption(self, item: Item, detected: dict) -> Result:
        cues = [item[name] for name in ("sentence", "domain_cue") if item[name]]

        def relevance(encode: Encode, text: str) -> float:
            """Mean cosine with the sentence and the domain's cue, in -1..1."""
            return sum(cosine(encode, text, cue) for cue in cues) / max(len(cues), 1)

        settled = self._encoder.settled
        tags = [tag for tag in detected["tags"] if tag["score"] >= self.params.min_tag_score]
        ranks = settled(tags, lambda encode, some: (tag["score"] + relevance(encode, tag["name"]) for tag in some))
        tags = [tags[place] for place in sorted(range(len(tags)), key=lambda place: -ranks[place])]
        lines = list(dict.fromkeys(line["text"] for line in detected["lines"]))
        relevances = settled(lines, lambda encode, some: (relevance(encode, line) for line in some))
        relevance_of = dict(zip(lines, relevances, strict=True))
        caption = "A photo"
        if names := [with_article(tag["name"]) for tag in tags[: self.params.max_tags]]:
            caption += f" of {enumeration(names)}"
        lines = [line["text"] for line in detected["lines"]]
        if words := " ".join(choose_lines(lines, self.params.max_words, relevance_of.__getitem__)).replace('"', "'"):
            caption += f', with the words "{words}"' if names else f' with the words "{words}"'
        return Result({"caption": f"{caption}."})

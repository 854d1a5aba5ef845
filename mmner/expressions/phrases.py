"""Expressions from a caption of any origin: those of its noun phrases and quoted texts that are near the sentence."""

from __future__ import annotations

import re
from functools import cached_property

import pydantic

from mmner.base.params import Count
from mmner.ner.text import cut
from mmner.networks.encoders import EncoderParams
from mmner.networks.sentences import SentenceEncoder
from mmner.rows.contract import Backend, Item, Result

_QUOTED = re.compile(r"[\"“]([^\"“”]+)[\"”]|「([^」]+)」|《([^》]+)》")
# Words between noun phrases in the plain English of captions, whoever writes them. -ing forms of verbs that hold
# things in pictures end a phrase too; a general rule would cut "wedding" and "building".
_BETWEEN = re.compile(
    r"[,.;:!?()，。；：！？、]|(?<![\w-])(?:with|and|or|in|on|at|of|by|from|to|near|next|beside|behind|under|over|above|below|"
    r"between|against|into|through|around|across|along|before|after|while|for|as|that|which|who|where|is|are|was|were|"
    r"be|has|have|there|this|it|they|he|she|front|top|the words|words|reads|says|saying|"
    r"holding|wearing|standing|sitting|walking|riding|playing|looking|posing|showing|featuring|hanging|lying|running|"
    r"talking|smiling|taking|giving|driving|eating|drinking|singing|speaking)(?![\w-])",
    re.IGNORECASE,
)
_PICTURE = re.compile(
    r"^(?:a|an|the)?\s*(?:\w+\s+)?(?:photo|photograph|picture|image|painting|drawing|close-?up|screenshot)s?$",
    re.IGNORECASE,
)
_DETERMINER = re.compile(
    r"^(?:a|an|the|his|her|their|its|some|two|three|four|several|many|other|another)\s+", re.IGNORECASE
)


class Phrases(Backend):
    """Phrases of the caption whose cosine with the sentence is at least `min_relevance`, nearest first."""

    class Params(EncoderParams):
        max_expressions: Count = 4
        min_relevance: float = pydantic.Field(0.1, ge=-1, le=1)
        batch_size: Count = 32

    uses = ("caption", "sentence")

    def identity(self) -> dict:
        return {"backend": "phrases", "version": 3, **self.params.identity(self.memo)}

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

    def __call__(self, items: list[Item]) -> list[Result]:
        phrases_of = [split(item["caption"]) for item in items]
        self._encoder([text for phrases in phrases_of for text in phrases] + [item["sentence"] for item in items])
        results = []
        for item, phrases in zip(items, phrases_of, strict=True):
            cosines = self._encoder.cosines(phrases, item["sentence"], [self.params.min_relevance])
            similarity = dict(zip(phrases, cosines, strict=True))
            kept = [phrase for phrase in phrases if similarity[phrase] >= self.params.min_relevance]
            kept.sort(key=lambda phrase: -similarity[phrase])
            results.append(Result({"expressions": kept[: self.params.max_expressions]}))
        return results


def split(caption: str) -> list[str]:
    """The noun phrases, found by rules, and quoted texts of `caption`: each once, in its order, without articles.

    'A photo of a violin, with the words "Live at 8".' -> ["violin", "Live at 8"].
    """
    pieces, at = [], 0
    for match in _QUOTED.finditer(caption):
        pieces += _phrases(caption[at : match.start()])
        pieces.append(next(group for group in match.groups() if group).strip())
        at = match.end()
    pieces += _phrases(caption[at:])
    return list(dict.fromkeys(piece for piece in pieces if piece))


def _phrases(text: str) -> list[str]:
    pieces = (piece.strip(" \t\n-'\"") for piece in cut(text, _BETWEEN))
    pieces = (_DETERMINER.sub("", piece) for piece in pieces if not _PICTURE.match(piece))
    return [piece for piece in pieces if len(piece) > 1 and not _DETERMINER.match(f"{piece} ")]

"""The relevance filter (TVO 3.2), of every encyclopedia: which pages on a candidate fit the sentence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

from pydantic import Field

from mmner.base.params import Count, Natural, Place
from mmner.knowledge.pages import Page
from mmner.ner import letters
from mmner.networks import encoders
from mmner.networks.encoders import EncoderParams
from mmner.networks.sentences import SentenceEncoder, cosine
from mmner.rows.contract import Memo, Result


class RelevanceParams(EncoderParams):
    """Params of every backend of this stage."""

    encoder: Place  # of sentences, for the relevance
    max_results: Count  # pages a candidate, in the row
    max_kept: Natural  # of these, the most that may be kept
    max_meanings: Natural  # pages of a disambiguation page that are looked at
    max_sentences: Count  # of a page's lead
    min_relevance: Annotated[float, Field(ge=-1, le=1)]  # cosine of sentence and summary; below, it is not kept
    without_name: bool  # leave the candidate's name out of both before they are compared
    batch_size: Count


class RelevanceFilter:
    """Turns pages into facts."""

    def __init__(self, params: RelevanceParams):
        self.params = params

    def identity(self, memo: Memo | None = None) -> dict:
        """The params that the filter's results depend on; the encoder by its identity. `memo` keeps files' digests."""
        names = set(RelevanceParams.model_fields) - {"batch_size"}
        return self.params.model_dump(include=names) | encoders.sentence_identity(self.params.encoder, memo)

    def results(self, items: Sequence[dict], pages_of: Sequence[dict[str, list[Page]]]) -> list[Result]:
        """The facts of each of `items`. `pages_of`: for each item, candidate -> pages, the most certain first."""
        pairs = [
            [
                (name, page, *self._texts_to_compare(item["sentence"], name, page))
                for name, pages in pages_by_name.items()
                for page in pages
            ]
            for item, pages_by_name in zip(items, pages_of, strict=True)
        ]
        self._encoder([text for row in pairs for pair in row for text in pair[2:]])  # all at once
        return [Result({"facts": self._facts(row)}) for row in pairs]

    def _facts(self, pairs: list[tuple[str, Page, str, str]]) -> list[dict]:
        """The facts of one item: at most `max_results` a candidate, the candidate's most relevant first."""
        facts_by_name: dict[str, list[dict]] = {}
        for (name, page, *_), relevance in zip(pairs, self._relevances(pairs), strict=True):
            facts_by_name.setdefault(name, []).append(
                {
                    "candidate": name,
                    "title": page.title,
                    "summary": page.summary,
                    "url": page.url,
                    "page": page.number,
                    "revision": page.revision,
                    "relevance": relevance,
                    "kept": relevance >= self.params.min_relevance,
                }
            )
        for facts in facts_by_name.values():
            facts.sort(key=lambda fact: -fact["relevance"])  # stable: the surer way of finding wins a tie
            del facts[self.params.max_results :]
            for fact in facts[self.params.max_kept :]:
                fact["kept"] = False
        return [fact for facts in facts_by_name.values() for fact in facts]

    def _texts_to_compare(self, sentence: str, name: str, page: Page) -> tuple[str, str]:
        """The two texts whose cosine is the relevance of `page` to `sentence`.

        With `without_name` the name is removed from both: every page on the candidate has it, so it can't tell a wrong
        page from the right one, and makes both more similar. A sentence of nothing but the name is left as it is.
        """
        if not self.params.without_name:
            return sentence, page.summary
        nameless = [letters.name_pattern(name).sub("", text) for text in (sentence, page.summary)]
        if not any(character.isalnum() for character in nameless[0]):
            return sentence, page.summary
        return nameless[0], nameless[1]

    def _relevances(self, pairs: list[tuple[str, Page, str, str]]) -> list[float]:
        """The cosine of the two texts of each of `pairs`."""
        least = self.params.min_relevance
        return self._encoder.settled(
            pairs,
            lambda encode, some: (cosine(encode, sentence, summary) for *_, sentence, summary in some),
            [least],
            rounded=True,
        )

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(self.params.encoder)

"""Which of the pages that were found fit the sentence (TVO 3.2): the relevance filter of every encyclopedia."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mmner.knowledge.pages import Page
from mmner.networks import encoders
from mmner.networks.encoders import EncoderParams
from mmner.rows.contract import Memo, Result


class RelevanceParams(EncoderParams):
    """What every backend of this room has."""

    encoder: str  # of sentences, for the relevance
    max_results: int  # pages a candidate, in the row
    max_kept: int  # of these, the most that may be kept
    max_meanings: int  # pages of a disambiguation page that are looked at
    max_sentences: int  # of a page's lead
    min_relevance: float  # cosine of sentence and summary, -1..1; below, a page is not kept
    without_name: bool  # leave the candidate's name out of both before they are compared
    batch_size: int


class Relevance:
    """Turns pages into facts."""

    def __init__(self, params: RelevanceParams):
        self.params = params
        self._sentences = None

    def identity(self, memo: Memo | None = None) -> dict:
        """What the filter depends on; `memo` remembers the digests of files."""
        names = set(RelevanceParams.model_fields) - {"batch_size"}
        return self.params.model_dump(include=names) | {"encoder": encoders.identity(self.params.encoder, memo=memo)}

    def results(self, items: Sequence[dict], found: Sequence[dict[str, list[Page]]]) -> list[Result]:
        """`found`: for each of `items` (sentence) the pages on each of its candidates, the surest first."""
        pairs = [
            [
                (name, page, *self._compared(item["sentence"], name, page))
                for name, pages in names.items()
                for page in pages
            ]
            for item, names in zip(items, found, strict=True)
        ]
        self._encode([text for row in pairs for pair in row for text in pair[2:]])
        return [Result({"facts": self._facts(row)}) for row in pairs]

    def _facts(self, pairs: list[tuple[str, Page, str, str]]) -> list[dict]:
        """Facts by candidate, the most relevant first, `max_results` each at most."""
        found: dict[str, list[dict]] = {}
        for name, page, sentence, summary in pairs:
            relevance = float(self._encode([sentence])[0] @ self._encode([summary])[0])
            found.setdefault(name, []).append(
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
        for facts in found.values():
            facts.sort(key=lambda fact: -fact["relevance"])  # stable: the surer way of finding wins a tie
            del facts[self.params.max_results :]
            for fact in facts[self.params.max_kept :]:
                fact["kept"] = False
        return [fact for facts in found.values() for fact in facts]

    def _compared(self, sentence: str, name: str, page: Page) -> tuple[str, str]:
        """The two texts whose cosine is the relevance of `page` to `sentence`.

        That the page has the name is why it was found, and says nothing of whether it is meant: with the name in
        both, a wrong page of the right name looks as near as the right one. A sentence that is nothing but the
        name is left whole.
        """
        if not self.params.without_name:
            return sentence, page.summary
        bare = [re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "", text, flags=re.I) for text in (sentence, page.summary)]
        if not any(mark.isalnum() for mark in bare[0]):
            return sentence, page.summary
        return bare[0], bare[1]

    def _encode(self, texts: list[str]):
        if self._sentences is None:
            from mmner.networks.encoders import SentenceEncoder

            self._sentences = SentenceEncoder(self.params.encoder)
        return self._sentences(texts)

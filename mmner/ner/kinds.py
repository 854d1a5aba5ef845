"""The coarse kind of a name, from the words that describe it: the same few kinds for every corpus."""

from __future__ import annotations

import re

KINDS = (
    "unknown",
    "person",
    "place",
    "organisation",
    "other",
    "number",
)  # other: a work, an event, an award, a product

_WORDS = {
    "person": """person persons people man woman boy girl individual individuals celebrity celebrities politician
        politicians player players musician musicians singer singers songwriter rapper actor actors actress performer
        performers artist artists painter sculptor athlete athletes president minister coach host character characters
        director author writer poet novelist journalist reporter producer designer model photographer comedian wrestler
        boxer footballer quarterback pitcher goalkeeper cricketer golfer cyclist driver entertainer businessman
        businesswoman entrepreneur executive ceo chef scientist physicist chemist mathematician biologist philosopher
        researcher professor teacher student composer pianist guitarist drummer dj king queen prince princess emperor
        pope bishop saint senator governor mayor congressman lawyer judge officer soldier general doctor engineer
        programmer activist commentator youtuber influencer blogger fan user username friend mother father son daughter
        brother sister wife husband lady deity god goddess figure""",
    "place": """location locations place city cities town village country countries state nation region province county
        district neighborhood neighbourhood continent island river lake sea ocean mountain valley planet street road
        avenue square park beach stadium arena venue building landmark airport bridge geographic geographical geography
        area territory capital municipality suburb museum theater theatre hotel church temple castle cathedral""",
    "organisation": """organization organisation organizations organisations chain team teams club league franchise
        company companies brand band group school university college institution institute agency government party
        network station newspaper magazine publication publisher outlet broadcaster channel website platform retailer
        store restaurant brewery airline bank business firm corporation manufacturer studio label charity foundation
        association federation union committee council ministry department army military police conference division
        industry duo orchestra choir bakery shop cafe hospital laboratory news community""",
    "other": """event events festival award awards ceremony show series title movie film song album book novel poem play
        game games championship tournament competition cup trophy concert tour season program programme playoff
        playoffs draft parade campaign holiday celebration election referendum war battle race match match-up gala
        convention summit hashtag product work works single episode video software app operating language languages
        nationality religion ship car vehicle aircraft device painting artwork opera musical podcast newsletter law
        treaty act bill theory algorithm dataset dog breed horse""",
    "number": """number numbers date year years time day month week hour age period century decade amount quantity
        percentage price money currency score statistic measurement size dimension season-number""",
}
_KIND_OF = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_PREDICATE = re.compile(r"\b(?:is|was|are|were)\b")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def kind(description: str) -> str:
    """The kind, of KINDS, that the first listed word of `description` (English) stands for; unknown without one."""
    return next((_KIND_OF[word] for word in _WORD.findall(description.lower()) if word in _KIND_OF), KINDS[0])


def predicate(sentence: str) -> str:
    """What `sentence` says of its subject: "Marlow is a bakery." -> " a bakery."; all of it without a verb of being."""
    verb = _PREDICATE.search(sentence)
    return sentence[verb.end() :] if verb else sentence

"""Chains: reasoning about a sentence, its caption and what is known, in steps (IAC 3.2, CRC).

Reads `examples`, `captions`, `candidates`, `knowledge`. Writes `chains`, one row an example:

    {"id": "t1", "steps": [{"name": "entities", "text": "Names: Marlow."},
                           {"name": "image", "text": "The image names Marlow: 'Marlow rye & buns'."},
                           {"name": "knowledge", "text": "Marlow is a bakery chain."},
                           {"name": "types", "text": "Marlow is an organisation (ORG)."}], "error": None}
"""

BACKENDS = {
    "steps": "mmner.chains.steps:Steps",
    "llm": "mmner.chains.llm:Chains",
    "precomputed": "mmner.rows.precomputed:Chains",
    "none": "mmner.rows.none:Nothing",
}
EMPTY = {"steps": []}


# A chain reads no score: a tagger taught anew gives others to the same spans, and no chain is asked for again for that.


def places(spans: list[dict] | None) -> list[dict]:
    """Where candidates `spans` stand, and their texts."""
    return [{name: span[name] for name in ("start", "end", "text")} for span in spans or ()]


def kept(facts: list[dict] | None) -> list[dict]:
    """What those of `facts` say that are kept."""
    return [
        {name: fact[name] for name in ("candidate", "title", "summary", "kept")} for fact in facts or () if fact["kept"]
    ]

"""What an encyclopedia says about each candidate, where it has to do with the sentence (TVO 3.2).

Reads: examples, candidates. Writes: `knowledge.parquet`, one row an example:

    {"id": "train-7", "facts": [{"candidate": "Tessaly", "title": "Tessaly (honey)", "url": "Tessaly_(honey)",
     "summary": "Tessaly is an island on which beehives have stood ...", "page": None, "revision": None,
     "relevance": 0.61, "kept": True}], "error": None}

An article that was found and judged to be about something else stays in the row with `kept` false.
"""

BACKENDS = {
    "zim": "mmner.knowledge.zim:Zim",
    "wikipedia": "mmner.knowledge.wikipedia:Wikipedia",
    "none": "mmner.rows.none:Nothing",
}
EMPTY = {"facts": []}


def names(spans: list[dict] | None) -> list[str]:
    """The texts of candidates `spans`, each once, in the order of the sentence."""
    return list(dict.fromkeys(span["text"] for span in spans or []))

"""Knowledge: facts of an encyclopedia about each candidate, filtered by their relevance to the sentence (TVO 3.2).

Reads: examples, candidates. Writes: `knowledge.parquet`, one row an example:

    {"id": "train-7", "facts": [{"candidate": "Tessaly", "title": "Tessaly (honey)", "url": "Tessaly_(honey)",
     "summary": "Tessaly is an island on which beehives have stood ...", "page": None, "revision": None,
     "relevance": 0.61, "kept": True}], "error": None}

A fact that is not relevant enough stays in the row with `kept` false.
"""

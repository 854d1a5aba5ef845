"""Candidates: spans of the sentence that may be entities, of whatever type (TVO 4.1, stage 1).

Reads `examples` and `gold` (tags of the train split alone). Writes `candidates`, one row an example:

    {"id": "t1", "spans": [{"start": 2, "end": 3, "text": "Marlow", "score": 0.97}], "error": None}
"""

BACKENDS = {
    "tagger": "mmner.candidates.tagger:Tagger",
    "precomputed": "mmner.rows.precomputed:Candidates",
    "none": "mmner.rows.none:Nothing",
}

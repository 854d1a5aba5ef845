"""Expressions: phrases that name something in the image that matters to the sentence (referring expressions).

Reads: examples, captions.
Writes: expressions, such as
{"id": "train-3", "expressions": ["Marlow Bakery open", "military uniform"], "error": null}.
"""

BACKENDS = {
    "phrases": "mmner.expressions.phrases:Phrases",
    "llm": "mmner.expressions.llm:Expressions",
    "precomputed": "mmner.rows.precomputed:Expressions",
    "none": "mmner.rows.none:Nothing",
}
EMPTY = {"expressions": None}

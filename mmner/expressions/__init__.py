"""Referring expressions: phrases that name objects in the image that matter to the sentence.

Reads: examples, captions.
Writes: expressions, such as
{"id": "train-3", "expressions": ["Marlow Bakery open", "military uniform"], "error": null}.
"""

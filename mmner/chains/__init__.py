"""Chains: K reasoning steps about an example's sentence and its caption (IAC 3.2, CRC).

Reads: examples, captions, candidates, knowledge.
Writes: chains, such as {"id": "train-3", "steps": [{"name": "entities", "text": "Marlow may be an entity."}, ...],
"error": null}.
"""

BACKENDS = {
    "steps": "mmner.chains.steps:Steps",
    "precomputed": "mmner.precomputed:Chains",
    "none": "mmner.nothing:Nothing",
}
EMPTY = {"steps": None}

"""Chains: reasoning in steps about a sentence, its caption and the facts on its candidates (IAC 3.2, CRC).

Reads `examples`, `captions`, `candidates`, `knowledge`. Writes `chains`, one row an example:

    {"id": "t1", "steps": [{"name": "entities", "text": "Names: Marlow."},
                           {"name": "image", "text": "The image names Marlow: 'Marlow rye & buns'."},
                           {"name": "knowledge", "text": "Marlow is a bakery chain."},
                           {"name": "types", "text": "Marlow is an organisation (ORG)."}], "error": None}
"""

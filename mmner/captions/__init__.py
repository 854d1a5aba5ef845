"""Captions: text about an example's image, conditioned on its sentence and domain (IAC 3.1, DDC).

Reads: examples, images.
Writes: captions, such as
{"id": "train-3", "caption": 'A photo of a military uniform, with the words "Marlow Bakery open".', "error": null}.
"""

BACKENDS = {
    "tags": "mmner.captions.tags:Tags",
    "blip2": "mmner.captions.blip2:Blip2",
    "lavis-blip2": "mmner.captions.lavis_blip2:LavisBlip2",
    "llm": "mmner.captions.llm:Captions",
    "precomputed": "mmner.rows.precomputed:Captions",
    "none": "mmner.rows.none:Nothing",
}
EMPTY = {"caption": None}

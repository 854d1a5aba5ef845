"""Captions: text about an example's image, conditioned on its sentence and domain (IAC 3.1, DDC).

Reads: examples, images.
Writes: captions, such as
{"id": "train-3", "caption": 'A photo of a military uniform, with the words "Marlow Bakery open".', "error": null}.
"""

"""Regions: a box in the image for an expression (TVO's regions of interest).

Reads: images, expressions.
Writes: regions, such as
{"id": "train-3", "regions": [{"expression": "bakery", "label": "Marlow Bakery", "score": 0.9,
 "box": {"x0": 0.1, "y0": 0.2, "x1": 0.6, "y1": 0.3}}], "error": null}; boxes in 0..1 of width and height.
"""

BACKENDS = {
    "boxes": "mmner.regions.boxes:Boxes",
    "grounding-dino": "mmner.regions.grounding_dino:GroundingDino",
    "groundingdino-py": "mmner.regions.groundingdino_py:GroundingDinoPy",
    "detector": "mmner.regions.detector:Detector",
    "sampled": "mmner.regions.sampled:Sampled",
    "precomputed": "mmner.rows.precomputed:Regions",
    "none": "mmner.rows.none:Nothing",
}
EMPTY = {"regions": None}

"""Features: frozen visual vectors of the image, of its regions, and of a grid of patches where a variant wants them.

Reads: images, regions.
Writes: features, such as {"id": "train-3", "image": [0.12, ...], "regions": [[0.3, ...]], "patches": null,
"error": null}; every vector as wide as the network's, float32. No region: an empty list. No image: all null.
"""

BACKENDS = {
    "efficientnet": "mmner.features.efficientnet:Features",
    "vision": "mmner.features.vision:Vision",
    "none": "mmner.rows.none:Nothing",
}
EMPTY = {"image": None, "regions": None, "patches": None}

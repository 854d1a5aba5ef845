"""mmner: multimodal named-entity recognition, from posts to a scored model and to tags for the next post.

model = mmner.load("sample-full")
model.predict([{"text": "Fans of Mira Park!", "image": "mira.jpg"}])
"""


def load(place, **options):
    """A model that tags new posts: a run, an exported folder, or a name on the hub. See `mmner.predict.places.load`."""
    import importlib  # by name: a stage imports this with its own package, and does not depend on that one

    return importlib.import_module("mmner.predict.places").load(place, **options)

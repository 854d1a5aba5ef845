"""An image for each sentence that has none, from a wiki (IAC searched the web for CrossNER's).

Gold never comes here: the tags' lines are copied into the new corpus, nobody looks at them.

Reads: the posts of a corpus, examples and candidates of a preparation of it. Writes: a corpus, and `images.parquet`,
in its folder too, one row an example:

    {"id": "train-7", "image": "9f2c….jpg", "licence": "CC BY-SA 4.0", "author": "A. Keeper", "url":
     "https://commons.wikimedia.org/wiki/File:Hive.jpg", "title": "File:Hive.jpg", "found_by": "article: Honey",
     "address": "https://upload.wikimedia.org/…/500px-Hive.jpg", "error": None}

`found_by`: `article` and the title of a candidate's article, `candidate` and what of it was searched for, or `words`
and those of the sentence that were. `address`: where the bytes came from.
"""

BACKENDS = {"mediawiki": "mmner.images.mediawiki:Mediawiki"}
EMPTY = dict.fromkeys(("image", "licence", "author", "url", "title", "found_by", "address"))
HAS_IMAGE = "has an image"  # why a sentence gets none


def names(spans: list[dict] | None) -> list[str]:
    """The texts of candidates `spans`, each once, the surest first."""
    surest = sorted(spans or [], key=lambda span: -span["score"])  # stable: else in the order of the sentence
    return list(dict.fromkeys(span["text"] for span in surest))

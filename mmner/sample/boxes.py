"""Where in its picture each entity of the sample is: the sign that names it, or the subject of a photograph."""

from __future__ import annotations

import re

from mmner.ner import iob
from mmner.sample.pictures import Box
from mmner.sample.posts import Post


def rows(identifier: str, post: Post, thing: Box | None) -> list[dict]:
    """Rows of the corpus's boxes about `post`, which is called `identifier`. thing: what its picture shows, and where.

    An entity has it as its box where a line of the sign names the entity, or the photograph is the evidence for it.
    """
    found = []
    for (start, end, _), evidence in zip(iob.spans(post.tags), post.evidence, strict=True):
        name = re.escape(" ".join(post.tokens[start:end]))
        if thing is None or evidence != "image":
            continue
        if post.picture.photo or any(re.search(rf"\b{name}\b", line, re.IGNORECASE) for line in post.picture.lines):
            box = [round(share, 4) for share in thing]
            found.append({"id": identifier, "start": start, "end": end, "boxes": [box]})
    return found

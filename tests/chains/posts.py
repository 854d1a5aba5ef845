"""Items as the chains stage makes them."""

LABELS = {
    "PER": "a person, such as a musician, player, baker or mayor",
    "LOC": "a place, such as a town, street, river, island or park",
    "ORG": "an organisation, such as a shop, company, club or band",
}


def post(sentence: str, names=(), caption=None, facts=(), labels=LABELS) -> dict:
    """An item: `names` occur in `sentence`; `facts`: (candidate, title, summary), all of them kept."""
    tokens = sentence.split()
    spans = []
    for name in names:
        words = name.split()
        start = next(at for at in range(len(tokens)) if tokens[at : at + len(words)] == words)
        spans.append({"start": start, "end": start + len(words), "text": name, "score": 0.9})
    return {
        "id": sentence,
        "tokens": tokens,
        "sentence": sentence,
        "caption": caption,
        "spans": spans,
        "facts": [fact(*one) for one in facts],
        "labels": labels,
    }


def fact(candidate: str, title: str, summary: str, kept: bool = True) -> dict:
    about = {"candidate": candidate, "title": title, "summary": summary, "url": "", "page": None, "revision": None}
    return about | {"relevance": 0.4, "kept": kept}

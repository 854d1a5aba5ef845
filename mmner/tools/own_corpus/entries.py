"""The entries of params.yaml for a corpus of the user's own, as YAML."""

from __future__ import annotations

import json
import re

from mmner.model.params import SOURCES
from mmner.rows.stages import PREPARED
from mmner.tools.own_corpus.look import Found, Wanted

DEFINITIONS = {
    ("per", "person", "people"): "a person",
    ("loc", "location", "place"): "a place",
    ("org", "organisation", "organization", "corp", "corporation"): "an organisation",
    ("misc", "other", "miscellaneous"): "another name, such as an event, a work or a product",
    ("gpe",): "a country, city or state",
    ("date",): "a date",
    ("time",): "a time",
    ("event",): "an event",
    ("product", "prod"): "a product",
}
EMBEDDED = {  # what needs neither a server nor a download; the variants are those of the params.yaml that ships
    True: {"captions": "tags", "candidates": "minilm", "expressions": "phrases", "regions": "boxes", "chains": "steps"},
    False: {"candidates": "minilm", "chains": "steps"},
}
SWITCHED_OFF = {"knowledge": "none"} | dict.fromkeys(
    ("caption", "caption_fusion", "chain", "global", "regions", "vae"), False
)
WITHOUT_IMAGES = SWITCHED_OFF | {"knowledge": "candidates"}
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


def fragment(name: str, found: Found, wanted: Wanted, content: dict) -> str:
    """Corpus, preparation and runs called `name`, and the variants that they need and `content` lacks.

    The run `name` uses all that the preparation has; `name`-text the sentence alone.
    """
    remote = "private" if wanted.private else None
    labels = {found.label_names.get(label, label): None for label, _ in found.labels.most_common()}
    corpus = {
        "splits": found.splits,
        "images": found.images,
        "image_suffix": found.image_suffix,
        "language": found.language,
        "tokenizer": found.tokenizer,
        "domain": wanted.domain or name,
        "domain_cue": wanted.domain_cue or f"posts about {wanted.domain or name}",
        "labels": {label: definition(label) for label in labels},
        "label_names": found.label_names,
        "scheme": found.scheme,
        "violations": "repair" if found.violations else "error",
        "max_failed": 0.1,
        "limit": wanted.limit,
        "remote": remote,
    }
    variants = dict.fromkeys(PREPARED, "none") | EMBEDDED[bool(found.images)]
    variants |= {"features": "efficientnet"} if found.images else {}
    train = "minilm" if "dev" in found.splits else f"{name}-last"
    run = {"preparation": name, "remote": remote, "from": "scratch", "train": train, "evaluate": "strict", "seed": 1}
    full = _evidence(SOURCES) if found.images else WITHOUT_IMAGES | _evidence(("chain", "candidates", "shape"))
    sections: dict[str, dict] = {"corpora": {name: corpus}}
    for stage in PREPARED:
        if variants[stage] == "none" and "none" not in (content.get(stage) or {}):
            sections[stage] = {"none": {"backend": "none"}}
    sections["preparations"] = {name: {"corpus": name, "remote": remote} | variants}
    if train != "minilm":
        shipped = (content.get("train") or {}).get("minilm") or {}
        sections["train"] = {train: shipped | {"choose": "last"}}
    sections["runs"] = {name: run | {"switches": full}, f"{name}-text": run | {"switches": SWITCHED_OFF}}
    return "\n".join(_lines(sections)) + "\n"


def _evidence(sources: tuple[str, ...]) -> dict:
    """Switches of a run that reads what its chains find, as text and on tokens, and marks tokens by `sources`."""
    return {"chain": "findings", "tokens": dict.fromkeys(sources, True)}


def definition(label: str) -> str:
    """What chains and language models are told of a type, until the user says better."""
    known = (text for names, text in DEFINITIONS.items() if label.lower() in names)
    return next(known, f"a name of the type {label.replace('_', ' ').lower()}")


def _lines(sections: dict[str, dict]) -> list[str]:
    lines = []
    for section, named in sections.items():
        lines.append(f"{section}:")
        for name, values in named.items():
            lines.append(f"  {_plain(name)}:")
            for key, value in values.items():
                if key == "labels":
                    lines.append(f"    {key}:  # write what each is: chains and language models read it")
                    lines += [f"      {_plain(label)}: {_plain(text)}" for label, text in value.items()]
                else:
                    lines.append(f"    {key}: {_flow(value)}")
    return lines


def _flow(value: object) -> str:
    """`value` as YAML of one line, which JSON is, without the quotes that nobody needs."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_plain(str(key))}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _plain(value) if isinstance(value, str) else json.dumps(value)


def _plain(text: str) -> str:
    words = text.split(" ")
    safe = all(PLAIN.fullmatch(word) for word in words) and text.lower() not in YAML_WORDS
    return text if safe else json.dumps(text, ensure_ascii=False)

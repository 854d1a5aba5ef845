"""Bad names of entries of params.yaml, for the stage that would be asked for them and for doctor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs.attempt import Case
from benchmarks.bad_inputs.project import Odd, stage, write_params

NAMES = {
    **{name: name for name in ("a b", "a'b", 'a"b', "a.b", "../a", "$(x)", "-a", "a/b", "ü", "x" * 200, "")},
    **{f"YAML's {text}": Odd(text) for text in ("NO", "1", "null", "true", "2020-01-01", "1.5", "[a]")},
}


def names(content: dict, base: Path) -> Iterator[Case]:
    """Bad names of entries, for the stage that would be asked for them and for doctor."""
    sections = {
        "corpora": "examples",
        "captions": "captions",
        "features": "features",
        "preparations": "",
        "runs": "train",
    }
    for section, reader in sections.items():
        for label, name in NAMES.items():
            good = next(iter(content[section].values()))
            entry = {name: good}
            told = (name.text if isinstance(name, Odd) else name).replace(" ", "\x1f") or "''"
            other = {"corpora": {"corpus": told}}.get(section, {"variant": told})
            commands = (f"{stage(reader, **other)}",) if reader else ()
            preparation = content["preparations"]["tiny"]
            if section in preparation or section == "corpora":
                key = "corpus" if section == "corpora" else section
                content_of = {"preparations": {"tiny": preparation, "bad": {**preparation, key: told}}}
            else:
                content_of = {}
            params = {**content, **content_of, section: {**content[section], **entry}}
            why = "YAML 1.2, which DVC reads, has NO as a word" if label == "YAML's NO" else ""
            spoil = partial(write_params, params=params)
            yield Case("names", f"{section}: {label[:20]!r}", spoil, (*commands, "-m mmner doctor"), why)

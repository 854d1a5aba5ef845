"""Where DVC sends what is made of a corpus: to the remote that the corpus names, by the key `remote` of each entry.

DVC's `foreach` reads the key in the entry alone, so that preparations, runs, images and systems repeat what their
corpus says.
"""

from __future__ import annotations

from mmner.base import params
from mmner.base.errors import InputError

# Section -> (the section whose entry an entry has to agree with, the key that names that entry).
AGREES_WITH = {
    "runs": ("preparations", "preparation"),
    "preparations": ("corpora", "corpus"),
    "images": ("corpora", "corpus"),
    "systems": ("preparations", "preparation"),
}


def check(content: dict, section: str, name: str) -> None:
    """That entry `name` of `section` of params.yaml says the same as what it is made of.

    Errors: InputError `remote-differs`; `unknown-section`, `unknown-entry`.
    """
    entry = params.entry(content, section, name)
    other, key = AGREES_WITH[section]
    remote, expected = entry.get(params.REMOTE), params.entry(content, other, entry[key]).get(params.REMOTE)
    if remote != expected:
        what = f"{params.REMOTE} is {_text(remote)}, and that of {other}.{entry[key]} is {_text(expected)}"
        remedy = "write the same in both: texts of a corpus that may not be shared would be pushed otherwise"
        raise InputError("remote-differs", what, where=f"params.yaml: {section}.{name}", remedy=remedy)


def check_preparations(content: dict, corpus: str) -> None:
    """`check` of each preparation of `corpus`."""
    for name, chosen in (content.get("preparations") or {}).items():
        if (chosen or {}).get("corpus") == corpus:
            check(content, "preparations", name)


def _text(remote: object) -> str:
    return "null" if remote is None else str(remote)

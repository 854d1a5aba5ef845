"""Whether what is made of a corpus goes to the remote that the corpus names, wherever params.yaml says where."""

from __future__ import annotations

from mmner.base import dvc_files, params
from mmner.base.errors import InputError

# Section -> (the section whose entry an entry has to agree with, the key that names that entry).
AGREES_WITH = {
    "runs": ("preparations", "preparation"),
    "preparations": ("corpora", "corpus"),
    "images": ("corpora", "corpus"),
}


def check(content: dict, section: str, name: str) -> None:
    """Errors: InputError `bad-params`, `remote-differs`, `no-remote` about entry `name` of `section` of params.yaml."""
    entry, where = params.entry(content, section, name), f"params.yaml: {section}.{name}"
    if params.REMOTE not in entry:
        what = f"no {params.REMOTE}, which dvc.yaml reads"
        remedy = f"add `{params.REMOTE}: null`, or `private` where the corpus may not be shared"
        raise InputError("bad-params", what, where=where, remedy=remedy)
    other, key = AGREES_WITH[section]
    remote = entry[params.REMOTE]
    expected = params.entry(content, other, entry[key]).get(params.REMOTE)
    if remote != expected:
        what = f"{params.REMOTE} is {_text(remote)}, and that of {other}.{entry[key]} is {_text(expected)}"
        remedy = "write the same in both: texts of a corpus that may not be shared would be pushed otherwise"
        raise InputError("remote-differs", what, where=where, remedy=remedy)
    if remote is not None and remote not in dvc_files.remotes():
        remedy = f"dvc remote add {remote} FOLDER"
        raise InputError("no-remote", f"DVC has no remote {remote}", where=where, remedy=remedy)


def _text(remote: str | None) -> str:
    return "null" if remote is None else remote

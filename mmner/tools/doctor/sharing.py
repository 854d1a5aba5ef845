"""Whether what is made of a corpus goes to the remote that the corpus names, and whether DVC knows that remote."""

from __future__ import annotations

from mmner.base import dvc_files, params, sharing
from mmner.base.errors import InputError


def check(content: dict, section: str, name: str) -> None:
    """Errors: InputError `bad-params`, `remote-differs`, `no-remote` about entry `name` of `section` of params.yaml."""
    entry, where = params.entry(content, section, name), f"params.yaml: {section}.{name}"
    if params.REMOTE not in entry:
        what = f"no {params.REMOTE}, which dvc.yaml reads"
        remedy = f"add `{params.REMOTE}: null`, or `private` where the corpus may not be shared"
        raise InputError("bad-params", what, where=where, remedy=remedy)
    sharing.check(content, section, name)
    remote = entry[params.REMOTE]
    if remote is not None and remote not in dvc_files.remotes():
        remedy = f"dvc remote add {remote} FOLDER"
        raise InputError("no-remote", f"DVC has no remote {remote}", where=where, remedy=remedy)

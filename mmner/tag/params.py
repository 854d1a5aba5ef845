"""`systems.<name>` of params.yaml: what is said of a system beside its backend's own params."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pydantic

from mmner.base import params, sharing
from mmner.base.errors import InputError


class System(params.Params):
    """A system on a preparation's posts.

    corpus: that of the preparation; dvc.yaml reads it. remote: as the preparation's. evaluate: a variant: which splits
    are tagged and scored, and how. tables: table of a paper -> the row that shows the system, such as {tvo1: GPT-NER}.
    """

    corpus: str
    preparation: str
    remote: str | None = None
    evaluate: str
    tables: dict[str, params.Words] = pydantic.Field(default={})


def split(content: Mapping[str, Any], name: str) -> tuple[System, dict[str, Any]]:
    """Entry `name` of section systems: (System, the variant of its backend).

    Errors: InputError `unknown-section`, `unknown-entry`, `bad-params`, `remote-differs`.
    """
    entry = params.entry(dict(content), "systems", name)
    own = {key: value for key, value in entry.items() if key in System.model_fields}
    system = params.build(System, own, f"systems.{name}")
    corpus = params.corpus_of(dict(content), system.preparation)
    if corpus != system.corpus:
        what = f"{system.preparation} is a preparation of {corpus}, not of {system.corpus}"
        raise InputError("bad-params", what, where=f"params.yaml: systems.{name}", remedy=f"write `corpus: {corpus}`")
    sharing.check(dict(content), "systems", name)
    return system, {key: value for key, value in entry.items() if key not in own}

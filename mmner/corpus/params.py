"""The `corpora.<name>` section of params.yaml."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mmner.base import params
from mmner.ner import iob, languages


def _label(name: str) -> str:
    if not re.fullmatch(r"\S+", name):
        raise ValueError(f"label {name!r} holds a blank")
    return name


class Splits(params.Params):
    """One file a split, relative to the corpus folder; `.jsonl` holds objects, any other name columns."""

    train: str
    dev: str
    test: str


class Corpus(params.Params):
    """How the posts of one corpus are read.

    `images`: folder relative to the corpus folder, null where there is none (names in the files are then ignored).
    `language`: a code of BCP 47 or ISO 639, kept in one form: zh_CN becomes zh-CN, zho becomes zh.
    `domain_cue`: what the posts are about, for backends that condition on the domain.
    `label_names`: what the files call a label -> the label, where the two differ.
    `max_failed`: share (0..1) of examples that may lack a readable image. `max_pixels`: width x height of the
    largest image that is opened.
    """

    splits: Splits
    images: str | None
    image_suffix: str
    language: Annotated[str, AfterValidator(languages.fold)]
    domain: str
    domain_cue: str
    labels: Annotated[dict[Annotated[str, AfterValidator(_label)], str], Field(min_length=1)]
    label_names: dict[str, str] = {}
    violations: Literal["error", "repair"]
    max_failed: Annotated[float, Field(ge=0, le=1)]
    max_pixels: Annotated[int, Field(gt=0)]

    @model_validator(mode="after")
    def _names_of_labels(self) -> Corpus:
        for theirs, ours in self.label_names.items():
            if ours not in self.labels:
                raise ValueError(f"label_names: {theirs} becomes {ours}, which is not in labels")
        return self

    @property
    def tags(self) -> frozenset[str]:
        """Every tag of the inventory: O, and B- and I- of each label."""
        return frozenset(iob.tags(self.labels))


def load(mapping: dict, name: str) -> Corpus:
    """Corpus `name` of params.yaml's content `mapping`. Errors: InputError `unknown-entry`, `bad-params`."""
    return params.build(Corpus, params.entry(mapping, "corpora", name), f"corpora.{name}")

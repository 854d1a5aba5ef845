"""The `corpora.<name>` section of params.yaml."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from mmner.base import params
from mmner.ner import languages, schemes, tokenizers

TAKEN = ("O", "default", "dev", "dev_default")  # what no label may be called: see _label


def _label(name: str) -> str:
    if not re.fullmatch(r"\S+", name):
        raise ValueError(
            f"label {name!r} holds a blank: name it by label_names, such as {{Creative Work: Creative_Work}}"
        )
    if name in TAKEN:
        taken = "O is the tag of no entity" if name == "O" else f"metrics have a score of their own called {name}_f1"
        raise ValueError(f"label {name} is taken ({taken}): name it by label_names, such as {{{name}: {name}_type}}")
    return _text(name)


def _text(value: str) -> str:
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError(f"{value!r} holds what no text of a file can: a zero, or half a character")
    return value


Text = Annotated[str, AfterValidator(_text)]
Inside = Annotated[str, AfterValidator(params.inside)]


class Splits(params.Params):
    """One file a split, relative to the corpus folder; what a file is, its content says.

    A split may be missing: without train nothing is taught, without dev a training keeps its last weights
    (`choose: last`), without test dev alone is.
    """

    train: Inside | None = None
    dev: Inside | None = None
    test: Inside | None = None

    @model_validator(mode="after")
    def _some_file(self) -> Splits:
        if not self.files():
            raise ValueError("no file: name one of train, dev, test")
        return self

    def files(self) -> dict[str, str]:
        """The file of each split that there is, in the order train, dev, test."""
        return {split: file for split, file in self if file is not None}


class Corpus(params.Params):
    """How the posts of one corpus are read.

    `images`: folder relative to the corpus folder, null where there is none (names in the files are then ignored).
    `boxes`: where in its image each entity is, a folder of Pascal VOC XML or a file of JSON Lines, relative to the
    corpus folder; null where nobody said. See docs/grounding.md.
    `language`: a code of BCP 47 or ISO 639, kept in one form: zh_CN becomes zh-CN, zho becomes zh.
    `domain_cue`: what the posts are about, for backends that condition on the domain.
    `label_names`: what the files call a label -> the label, where the two differ; O leaves its entities out.
    `tokenizer`: how the files' sentences were split into tokens, for raw text that a model is to tag: see
    mmner.ner.tokenizers; null: words, or characters where the language writes no blanks.
    `scheme`: how the files' tags say where an entity begins and ends; see mmner.ner.schemes.
    `remote`: the DVC remote for all that is made of the corpus; null, unless it may not be shared.
    `violations`: an error, or repair: of tags that begin or go on against the scheme, and of boxes that can't be.
    `max_failed`: share (0..1) of examples that may lack a readable image. `max_pixels`: width x height of the
    largest image that is opened. `limit`: posts of each split, from its beginning, that are read; null for all.
    DVC needs the keys images, domain_cue, max_failed and labels in params.yaml, whatever they are; `corpus new`
    writes them.
    """

    splits: Splits
    images: Inside | None = None
    image_suffix: Text = ""
    boxes: Inside | None = None
    language: Annotated[str, AfterValidator(languages.fold)]
    domain: Text = ""
    domain_cue: Text = ""
    labels: Annotated[dict[Annotated[str, AfterValidator(_label)], str], Field(min_length=1)]
    label_names: dict[str, str] = {}
    tokenizer: tokenizers.Tokenizer | None = None
    scheme: Literal[schemes.SCHEMES] = "iob2"
    violations: Literal["error", "repair"] = "error"
    max_failed: Annotated[float, Field(ge=0, le=1)] = 0.1
    max_pixels: params.Large = 50_000_000
    limit: params.Count | None = None
    remote: Annotated[str, Field(pattern=f"^{params.NAME.pattern}$")] | None = None

    @model_validator(mode="after")
    def _names_of_labels(self) -> Corpus:
        for theirs, ours in self.label_names.items():
            if ours not in self.labels and ours != "O":
                raise ValueError(f"label_names: {theirs} becomes {ours}, which is not in labels")
        return self

    @model_validator(mode="after")
    def _boxes_of_images(self) -> Corpus:
        if self.boxes is not None and self.images is None:
            raise ValueError("boxes: they are of images, and `images` names no folder of them")
        return self

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that a label has, here or in the files."""
        return frozenset({*self.labels, *self.label_names})


def load(content: dict, name: str) -> Corpus:
    """Corpus `name` of params.yaml, whose content is `content`. Errors: InputError `unknown-entry`, `bad-params`."""
    return params.build(Corpus, params.entry(content, "corpora", name), f"corpora.{name}")

"""What turns a new post into what a model was trained on: settings of its corpus, and the variant of each stage."""

from __future__ import annotations

from typing import Any

from mmner.base.params import Params
from mmner.model.params import Architecture, Switches
from mmner.ner import tokenizers
from mmner.rows.stages import PREPARED, STAGES


class Variant(Params):
    """Entry `name` of a stage's section in params.yaml, with its content."""

    name: str
    values: dict[str, Any]


class Recipe(Params):
    """How posts are prepared. run: whose model it is for. settings: of its corpus, for stages, as stages.DEFAULTS lists
    them. variants: by stage, of those alone whose answers reach the model. region_threshold: how well a region has to
    fit an entity to be its, as dev showed; None where nobody scored the run.
    """

    run: str
    corpus: str
    language: str
    domain: str
    tokenizer: tokenizers.Tokenizer
    max_pixels: int
    settings: dict[str, Any]
    variants: dict[str, Variant]
    region_threshold: float | None = None


def read_by_model(switches: Switches, architecture: Architecture) -> set[str]:
    """The stages whose artifacts a model with `switches` reads."""
    wanted = {stage: switches.reads(stage) for stage in ("candidates", "knowledge", "captions", "chains", "regions")}
    wanted["features"] = switches.visual and architecture.vision is None
    wanted["regions"] |= switches.regions and architecture.vision is not None
    return {stage for stage, is_read in wanted.items() if is_read}


def closure(wanted: set[str], uses: dict[str, tuple[str, ...]], brought: frozenset[str] = frozenset()) -> list[str]:
    """The stages that have to run for those `wanted`, in order. uses: the item fields that each stage's backend uses.

    brought: stages that somebody did already.
    """
    needed = set(wanted) - brought
    for stage in reversed(PREPARED):
        if stage in needed:
            sources = {
                source.artifact
                for source in STAGES[stage].inputs
                if source.artifact in PREPARED and source.field in uses.get(stage, ())
            }
            needed |= sources - brought
    return [stage for stage in PREPARED if stage in needed]

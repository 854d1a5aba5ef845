"""The one list of the stages that compute row by row: what each reads, what its empty row is, which backends it has.

Stage scripts, `costs --plan`, doctor, the README's table and the test of dvc.yaml read it. Nothing heavy is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Settings of a corpus (`corpora.<name>` in params.yaml) that stages read, and what they are where the entry is silent.
DEFAULTS = {"images": None, "domain_cue": None, "max_failed": 1.0, "labels": {}}
HAS_IMAGE = "has an image"  # why the stage images looks for none


@dataclass(frozen=True)
class Input:
    """A column of an artifact that items get as `field`, made by `of` where it is not the column itself.

    required: a backend that uses the field can do nothing without it; such a row is skipped for the artifact's own
    error, so that "image missing: x.jpg" is said by every stage after it.
    """

    artifact: str
    column: str
    field: str
    of: Callable[[Any], Any] | None = None
    required: bool = False


@dataclass(frozen=True)
class Stage:
    """A stage whose artifact, of the same name, has a row an example.

    settings: of the corpus, see DEFAULTS. empty: the columns of a row that has no value.
    backends: name -> module:Class.
    skip: a row of `examples` -> why there is nothing to do, if so. of: the section of params.yaml that has its
    variants, where that is not the stage's name.
    """

    name: str
    inputs: tuple[Input, ...]
    settings: tuple[str, ...]
    empty: dict[str, Any]
    backends: dict[str, str]
    skip: Callable[[dict], str | None] | None = None
    of: str | None = None

    @property
    def section(self) -> str:
        return self.of or self.name

    @property
    def reads_images(self) -> bool:
        """Whether items have the paths of their images."""
        return "images" in self.settings

    @property
    def artifacts(self) -> tuple[str, ...]:
        """The artifacts that the stage reads beside `examples`, each once."""
        return tuple(dict.fromkeys(source.artifact for source in self.inputs))


def candidate_names(spans: list[dict] | None) -> list[str]:
    """The texts of candidates `spans`, each once, in the order of the sentence."""
    return list(dict.fromkeys(span["text"] for span in spans or []))


def surest_names(spans: list[dict] | None) -> list[str]:
    """The texts of candidates `spans`, each once, the surest first."""
    surest = sorted(spans or [], key=lambda span: -span["score"])  # stable: else in the order of the sentence
    return list(dict.fromkeys(span["text"] for span in surest))


# A chain reads no score: a tagger taught anew gives others to the same spans, and no chain is asked for again for that.


def span_places(spans: list[dict] | None) -> list[dict]:
    """Where candidates `spans` stand, and their texts."""
    return [{name: span[name] for name in ("start", "end", "text")} for span in spans or ()]


def kept_facts(facts: list[dict] | None) -> list[dict]:
    """What those of `facts` say that are kept."""
    return [
        {name: fact[name] for name in ("candidate", "title", "summary", "kept")} for fact in facts or () if fact["kept"]
    ]


def region_boxes(regions: list[dict] | None) -> list[dict]:
    return [region["box"] for region in regions or []]


def _has_image(example: dict) -> str | None:
    return HAS_IMAGE if example["image"] and not example["error"] else None


NONE = "mmner.rows.none:NoneBackend"

STAGES = {
    stage.name: stage
    for stage in (
        Stage(
            "captions",
            inputs=(),
            settings=("domain_cue", "images", "max_failed"),
            empty={"caption": None},
            backends={
                "tags": "mmner.captions.tags:Tags",
                "blip2": "mmner.captions.blip2:Blip2",
                "lavis-blip2": "mmner.captions.lavis_blip2:LavisBlip2",
                "llm": "mmner.captions.llm:Captions",
                "precomputed": "mmner.rows.precomputed:Captions",
                "none": NONE,
            },
        ),
        Stage(
            "candidates",
            inputs=(Input("gold", "tags", "tags"),),
            settings=(),
            empty={"spans": []},
            backends={
                "tagger": "mmner.candidates.tagger:Tagger",
                "precomputed": "mmner.rows.precomputed:Candidates",
                "none": NONE,
            },
        ),
        Stage(
            "images",
            inputs=(Input("candidates", "spans", "candidates", surest_names),),
            settings=(),
            empty=dict.fromkeys(("image", "licence", "author", "url", "title", "found_by", "address")),
            backends={"mediawiki": "mmner.images.mediawiki:Mediawiki"},
            skip=_has_image,
        ),
        Stage(
            "knowledge",
            inputs=(Input("candidates", "spans", "candidates", candidate_names),),
            settings=(),
            empty={"facts": []},
            backends={
                "zim": "mmner.knowledge.zim:Zim",
                "wikipedia": "mmner.knowledge.wikipedia:Wikipedia",
                "none": NONE,
            },
        ),
        Stage(
            "expressions",
            inputs=(Input("captions", "caption", "caption", required=True),),
            settings=(),
            empty={"expressions": None},
            backends={
                "phrases": "mmner.expressions.phrases:Phrases",
                "llm": "mmner.expressions.llm:Expressions",
                "precomputed": "mmner.rows.precomputed:Expressions",
                "none": NONE,
            },
        ),
        Stage(
            "regions",
            inputs=(Input("expressions", "expressions", "expressions", required=True),),
            settings=("images", "max_failed"),
            empty={"regions": None},
            backends={
                "boxes": "mmner.regions.boxes:Boxes",
                "grounding-dino": "mmner.regions.grounding_dino:GroundingDino",
                "groundingdino-py": "mmner.regions.groundingdino_py:GroundingDinoPy",
                "detector": "mmner.regions.detector:Detector",
                "sampled": "mmner.regions.sampled:Sampled",
                "precomputed": "mmner.rows.precomputed:Regions",
                "none": NONE,
            },
        ),
        Stage(
            "chains",
            inputs=(
                Input("captions", "caption", "caption"),
                Input("candidates", "spans", "spans", span_places),
                Input("knowledge", "facts", "facts", kept_facts),
            ),
            settings=("labels",),
            empty={"steps": []},
            backends={
                "steps": "mmner.chains.steps:Steps",
                "llm": "mmner.chains.llm:Chains",
                "precomputed": "mmner.rows.precomputed:Chains",
                "none": NONE,
            },
        ),
        Stage(
            "features",
            inputs=(Input("regions", "regions", "boxes", region_boxes),),
            settings=("images", "max_failed"),
            empty={"image": None, "regions": None, "patches": None},
            backends={
                "efficientnet": "mmner.features.efficientnet:Features",
                "vision": "mmner.features.vision:Vision",
                "none": NONE,
            },
        ),
        Stage(
            "tag",
            inputs=(Input("gold", "tags", "tags"),),
            settings=("labels",),
            empty={"tags": None, "unplaced": []},
            backends={"llm": "mmner.tag.llm:Tags", "precomputed": "mmner.tag.precomputed:Tags"},
            of="systems",
        ),
    )
}

# The stages of which a preparation names a variant each, in their order.
PREPARED = tuple(name for name in STAGES if name not in ("images", "tag"))


def fields_of(artifact: str) -> set[str]:
    """The item fields that come from `artifact`: a row depends on it only if its backend uses one of them."""
    return {source.field for stage in STAGES.values() for source in stage.inputs if source.artifact == artifact}

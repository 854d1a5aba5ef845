"""What a run can switch and size: frozen objects built from `runs.<name>` and `train.<variant>`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pydantic

from mmner.base.errors import InputError
from mmner.base.params import Count, Params, Place, Size, Weight
from mmner.networks import weights
from mmner.networks.budget import Lengths

Share = Annotated[float, pydantic.Field(ge=0, lt=1)]


SOURCES = ("chain", "candidates", "facts", "regions", "caption", "shape")


class TokenEvidence(Params):
    """What marks the tokens of the sentence, by embeddings added at the encoder's input; they start at zero.

    chain, candidates, facts, regions, caption: the tokens that this source names, begin and inside apart, and of which
    coarse kind it says they are (`mmner.ner.kinds`). A caption holds the text in the image; a region its expression.
    shape: of the word (capitals, digits), which an uncased encoder does not see.
    """

    chain: bool = False
    candidates: bool = False
    facts: bool = False
    regions: bool = False
    caption: bool = False
    shape: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Those that are on, in the order of SOURCES."""
        return tuple(source for source in SOURCES if getattr(self, source))


def _chain(value: Any) -> Any:
    """`chain` as it was once written: true for text, false for none."""
    return {True: "text", False: "none"}[value] if isinstance(value, bool) else value


class Switches(Params):
    """Which parts of the two papers a run uses; the defaults are all of them.

    knowledge: none (TVO "w/o O-T") | candidates (bare, "w/o Wiki") | facts. caption: the caption as extra text.
    caption_fusion: IAC 3.1.3's gates, needs caption. chain: IAC's reasoning chain as extra text: text (or true), its
    steps as they are | findings, the names in it with their descriptions | none (or false). tokens: which sources mark
    the sentence's tokens (`TokenEvidence`); ours, in neither paper, so that all are off by default. global_: v_img.
    regions: v_obj. patches: the patch grid as further keys of the cross-modal attention. vae: TVO eq. 2.
    bilstm: TVO eq. 6; without it the CRF reads R itself. grounding: a scorer of (entity, region) learns from gold boxes
    (`mmner.model.grounder`); needs regions; ours, off by default.
    """

    knowledge: Literal["none", "candidates", "facts"] = "facts"
    caption: bool = True
    caption_fusion: bool = True
    chain: Annotated[Literal["text", "findings", "none"], pydantic.BeforeValidator(_chain)] = "text"
    tokens: TokenEvidence = pydantic.Field(default=TokenEvidence(), exclude_if=lambda tokens: tokens == TokenEvidence())
    global_: bool = pydantic.Field(default=True, alias="global")
    regions: bool = True
    patches: bool = False
    vae: bool = True
    bilstm: bool = True
    grounding: bool = pydantic.Field(default=False, exclude_if=lambda learns: not learns)

    @pydantic.model_validator(mode="after")
    def _consistent(self):
        if self.caption_fusion and not self.caption:
            raise ValueError("caption_fusion needs caption: true")
        if self.grounding and not self.regions:
            raise ValueError("grounding needs regions: true")
        return self

    @pydantic.field_serializer("chain")
    def _as_before(self, chain: str) -> bool | str:
        """Models, resume files and keys of before there were findings stay as they are."""
        return {"text": True, "none": False}.get(chain, chain)

    def reads(self, artifact: str) -> bool:
        """Whether the text or the marks of a token are made of `artifact`: candidates, knowledge, captions, chains or
        regions; a vision tower reads those by itself."""
        text = {
            "candidates": self.knowledge != "none",
            "knowledge": self.knowledge == "facts",
            "captions": self.caption,
            "chains": self.chain != "none",
        }
        if self.grounding and artifact in ("regions", "chains"):  # by whose words a region may name an entity
            return True
        marks = {"knowledge": "facts", "captions": "caption", "chains": "chain"}
        return text.get(artifact, False) or getattr(self.tokens, marks.get(artifact, artifact))

    @property
    def visual(self) -> bool:
        """Whether any visual feature is used. v_t alone counts: it is decoded into the visual space."""
        return self.global_ or self.regions or self.patches or self.vae


class Vision(weights.WeightsSource):
    """A vision tower that is trained with the fused model, in place of cached features.

    pooling, grid: as in `features` (`mmner.networks.towers.Tower`); grid counts with the switch patches alone.
    max_regions: so many of an example's regions are looked at, the first ones; each costs a pass of the tower.
    """

    pooling: Literal["auto", "cls", "pooler", "mean"] = "auto"
    grid: weights.Grid = 7
    max_regions: Count = 5


class Characters(Params):
    """A char CNN. width: of a character's embedding. filters: what it adds to a word's. kernel: characters wide."""

    width: Size = 30
    filters: Size = 50
    kernel: Size = 3


class Words(Params):
    """Word embeddings learnt from nothing. characters: null for none (BiLSTM-CRF; with it, CNN-BiLSTM-CRF).

    width: of a word's embedding; with the filters of the char CNN an even number, d, which the BiLSTM has too.
    singletons: the chance that a word seen once counts as an unknown one, in training.
    """

    width: Size
    characters: Characters | None = None
    singletons: Share = 0.5

    @property
    def hidden(self) -> int:
        """d, the width of the text."""
        return self.width + (self.characters.filters if self.characters else 0)

    @pydantic.model_validator(mode="after")
    def _consistent(self):
        if self.hidden % 2:
            raise ValueError("width, and characters.filters where there are some, must add up to an even number")
        return self


WORDS = "words"
MOST_HEADS = 64  # that a remedy names; more, nobody has


class Architecture(Params):
    """The sizes of the fused model.

    encoder: any transformers AutoModel, embedded:all-MiniLM-L6-v2, or words: embeddings sized by `words`.
    dropout: share (TVO 5.1 uses 0.3).
    heads, layers: of the cross-modal attention. latent: width of z (eq. 2). lambda_vae: λ of eq. 9.
    overlap: word pieces that two neighbouring windows of a long sentence share.
    self_attention: eq. 1's layer; the paper always has it.
    attention_dropout: within the encoder's attention; null keeps the encoder's own. 0 lets torch use its fused
    attention: on a CPU a training step is 1.3 times as fast with 200 pieces, 1.8 times with 320.
    vision: a tower trained end to end; null: the preparation's features.
    """

    encoder: Place
    lengths: Lengths = Lengths()
    overlap: Count = 64
    dropout: Share = 0.1
    self_attention: bool = True
    attention_dropout: Share | None = None
    heads: Size = 8
    layers: Size = 1
    latent: Size = 64
    lambda_vae: Weight = 1e-3
    # Left out of dumps where it is null: models and resume files of before it existed stay as they are.
    words: Words | None = pydantic.Field(default=None, exclude_if=lambda value: value is None)
    vision: Vision | None = pydantic.Field(default=None, exclude_if=lambda value: value is None)

    @pydantic.model_validator(mode="after")
    def _consistent(self):
        if (self.encoder == WORDS) != (self.words is not None):
            raise ValueError("encoder: words and the sizes under words need each other")
        if self.words is not None and self.self_attention and self.words.hidden % self.heads:
            raise ValueError(
                f"words are {self.words.hidden} wide, which {self.heads} heads can't share: see self_attention"
            )
        return self


def check_heads(architecture: Architecture, switches: Switches, width: int) -> None:
    """Errors: InputError `bad-params` where the heads of the fused model can't share a text of `width`."""
    attends = architecture.self_attention or switches.visual or switches.caption_fusion
    if attends and width % architecture.heads:
        divisors = [str(count) for count in range(1, min(width, MOST_HEADS) + 1) if width % count == 0]
        what = f"architecture.heads: {architecture.heads} heads do not divide the encoder's width, {width}"
        remedy = f"one of: {', '.join(divisors)}"
        raise InputError("bad-params", what, where="params.yaml: train", remedy=remedy)

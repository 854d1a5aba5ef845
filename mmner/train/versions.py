"""A number for each part of the model and its training: whoever changes what a part computes raises its number.

tests/train/test_versions.py holds the losses of three steps with each part, and the defaults of every parameter. Where
one of them moves, the number of that part goes up, and the runs that use the part are trained again; others are not.
"""

from __future__ import annotations

from mmner.model.params import WORDS
from mmner.train.params import SCRATCH, Run, Training

VERSIONS = {
    "loop": 2,  # batches, seeds, optimiser, schedule, choice of the weights; the defaults of Training
    "text": 1,  # pieces, windows and places of sentence and extra text; the way through a transformers encoder
    "words": 1,  # vocabulary, embeddings and char CNN learnt from nothing
    "budget": 1,  # how kinds of extra text, and candidates, share their room
    "tokens": 1,  # what marks tokens, and its embeddings
    "self_attention": 1,  # TVO eq. 1
    "visual": 1,  # norm, adaptive fusion (eq. 3), visual tokens
    "vae": 1,  # eq. 2
    "patches": 1,
    "tower": 2,  # pixels, crops, pooling
    "caption_fusion": 1,  # IAC 3.1.3
    "cross": 1,  # cross-modal attention and gate (eqs. 4, 5)
    "bilstm": 2,  # eq. 6
    "grounding": 1,  # pairs of entity and region, their scorer and its loss
    "crf": 3,  # emissions, eqs. 7, 8
    "word_dropout": 1,
    "evidence_dropout": 1,
    "warm_start": 1,  # what is taken over from another run
}


def used(run: Run, params: Training) -> dict[str, int]:
    """The numbers of the parts that `run` with `params` uses."""
    switches, architecture = run.switches, params.architecture
    kinds = sum((switches.knowledge != "none", switches.caption, switches.chain != "none"))
    parts = {
        "loop": True,
        "text": architecture.encoder != WORDS,
        "words": architecture.encoder == WORDS,
        "budget": kinds > 1 or switches.knowledge != "none",
        "tokens": bool(switches.tokens.sources),
        "self_attention": architecture.self_attention,
        "visual": switches.visual,
        "vae": switches.vae,
        "patches": switches.patches,
        "tower": switches.visual and architecture.vision is not None,
        "caption_fusion": switches.caption_fusion,
        "cross": switches.visual or switches.caption_fusion,
        "bilstm": switches.bilstm,
        "grounding": switches.grounding,
        "crf": True,
        "word_dropout": bool(params.word_dropout),
        "evidence_dropout": bool(params.evidence_dropout),
        "warm_start": run.from_ != SCRATCH,
    }
    return {name: VERSIONS[name] for name, is_used in parts.items() if is_used}

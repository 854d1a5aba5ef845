"""The key of a training: what changes it, and what does not."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from mmner.base.params import build
from mmner.model.batch import Example
from mmner.model.params import SOURCES, Architecture, Characters, Switches, TokenEvidence, Vision, Words
from mmner.model.visuals import Views, Visual
from mmner.ner.fewshot import Shots
from mmner.networks.budget import Lengths
from mmner.train.data import Rows
from mmner.train.digests import Digests
from mmner.train.key import LEFT_OUT, training_key
from mmner.train.params import Run, Training

RUN = {"preparation": "p", "from": "a", "train": "t", "evaluate": "e", "seed": 1, "shots": {"k": 1, "seed": 1}}
TRAINING = {"epochs": 2, "batch_size": 4, "lr_encoder": 5e-3, "lr_head": 1e-2}
SEES = {"architecture": {"encoder": "x", "vision": {"weights": "y"}}, "lr_vision": 1e-3}
READS = {"architecture": {"encoder": "words", "words": {"width": 8, "characters": {"filters": 8}}}}

# For each field: changes of RUN, of its switches, of TRAINING, and of architecture. The others of a field's own class.
OTHER_RUN = {
    "Run.preparation": {"preparation": "q"},
    "Run.remote": {"remote": "private"},
    "Run.from_": {"from": "b"},
    "Run.train": {"train": "u"},
    "Run.evaluate": {"evaluate": "f"},
    "Run.seed": {"seed": 2},
    "Run.shots": {"shots": None},
    "Run.switches": {"switches": {"bilstm": False}},
    "Shots.k": {"shots": {"k": 2, "seed": 1}},
    "Shots.seed": {"shots": {"k": 1, "seed": 2}},
    "Switches.knowledge": {"switches": {"knowledge": "candidates"}},
    "Switches.caption": {"switches": {"caption": False, "caption_fusion": False}},
    "Switches.caption_fusion": {"switches": {"caption_fusion": False}},
    "Switches.chain": {"switches": {"chain": False}},
    "Switches.tokens": {"switches": {"tokens": {"chain": True}}},
    **{f"TokenEvidence.{source}": {"switches": {"tokens": {source: True}}} for source in SOURCES},
    "Switches.global_": {"switches": {"global": False}},
    "Switches.regions": {"switches": {"regions": False}},
    "Switches.patches": {"switches": {"patches": True}},
    "Switches.vae": {"switches": {"vae": False}},
    "Switches.bilstm": {"switches": {"bilstm": False}},
    "Switches.grounding": {"switches": {"grounding": True}},
}
OTHER_TRAINING = {
    "Training.architecture": READS | {"lr_vision": None},
    "Training.epochs": {"epochs": 3},
    "Training.batch_size": {"batch_size": 8},
    "Training.accumulate": {"accumulate": 2},
    "Training.lr_encoder": {"lr_encoder": 1e-3},
    "Training.lr_head": {"lr_head": 1e-3},
    "Training.lr_vision": {"lr_vision": 1e-4},
    "Training.weight_decay": {"weight_decay": 0.0},
    "Training.lr_crf": {"lr_crf": 1e-2},
    "Training.layer_decay": {"layer_decay": 0.9},
    "Training.decay": {"decay": "all"},
    "Training.adversarial": {"adversarial": 0.5},
    "Training.word_dropout": {"word_dropout": 0.1},
    "Training.evidence_dropout": {"evidence_dropout": 0.1},
    "Training.warmup": {"warmup": 0.2},
    "Training.clip": {"clip": 2.0},
    "Training.optimizer": {"optimizer": "adam"},
    "Training.dev_every": {"dev_every": 2},
    "Training.choose": {"choose": "last"},
    "Training.patience": {"patience": 1},
    "Training.precision": {"precision": "float32"},
    "Training.tf32": {"tf32": True},
    "Training.compile": {"compile": True},
    "Training.checkpointing": {"checkpointing": True},
    "Training.max_pieces": {"max_pieces": 100},
    "Training.save_minutes": {"save_minutes": 1.0},
}
OTHER_ARCHITECTURE = {
    "Architecture.encoder": {"encoder": "z"},
    "Architecture.lengths": {"lengths": {"chain": 7}},
    "Architecture.overlap": {"overlap": 8},
    "Architecture.dropout": {"dropout": 0.2},
    "Architecture.self_attention": {"self_attention": False},
    "Architecture.attention_dropout": {"attention_dropout": 0.0},
    "Architecture.heads": {"heads": 2},
    "Architecture.layers": {"layers": 2},
    "Architecture.latent": {"latent": 4},
    "Architecture.lambda_vae": {"lambda_vae": 1.0},
    "Architecture.vision": {"vision": {"weights": "y", "grid": 3}},
    "Lengths.knowledge": {"lengths": {"knowledge": 7}},
    "Lengths.caption": {"lengths": {"caption": 7}},
    "Lengths.chain": {"lengths": {"chain": 7}},
    "Vision.weights": {"vision": {"weights": "z"}},
    "Vision.revision": {"vision": {"weights": "y", "revision": "1"}},
    "Vision.allow_pickle": {"vision": {"weights": "y", "allow_pickle": True}},
    "Vision.pooling": {"vision": {"weights": "y", "pooling": "mean"}},
    "Vision.grid": {"vision": {"weights": "y", "grid": 3}},
    "Vision.max_regions": {"vision": {"weights": "y", "max_regions": 1}},
}
OTHER_WORDS = {
    "Architecture.words": {"width": 16},
    "Words.width": {"width": 16},
    "Words.characters": {"width": 8},
    "Words.singletons": {"width": 8, "characters": {"filters": 8}, "singletons": 0.1},
    "Characters.width": {"width": 8, "characters": {"filters": 8, "width": 7}},
    "Characters.filters": {"width": 8, "characters": {"filters": 16}},
    "Characters.kernel": {"width": 8, "characters": {"filters": 8, "kernel": 5}},
}
NOTHING = np.zeros((0, 2), np.float32)
BOX = {"x0": 0.1, "y0": 0.2, "x1": 0.7, "y1": 0.8}
VISUAL = Visual(np.array([1, 2], np.float32), np.array([[1, 2], [3, 4]], np.float32), NOTHING)
VIEWS = Views(Path("a.jpg"), (BOX,), True, "ab")
ROW = {"id": "1", "split": "train", "tokens": ["Ada", "runs"], "tags": ["B-PER", "O"], "caption": "a map"}
REGION = {"expression": "Ada", "label": "a", "score": 0.5, "box": BOX}
ROW |= {"spans": [], "facts": [], "steps": [{"name": "a", "text": "b"}], "regions": [REGION, REGION]}
ROW |= {"boxes": [{"start": 0, "end": 1, "boxes": [BOX]}]}
OTHER_ROWS = {
    "Example.id": [(ROW | {"id": "2"}, VISUAL)],
    "Example.text": [
        (ROW | {"tokens": ["Ada", "ran"]}, VISUAL),
        (ROW | {"caption": "a mat"}, VISUAL),
        (ROW | {"steps": []}, VISUAL),
        (ROW | {"spans": [{"text": "Ada"}]}, VISUAL),
    ],
    "Example.tags": [(ROW | {"tags": ["B-ORG", "O"]}, VISUAL)],
    "Example.visual": [(ROW, VIEWS)],
    "Visual.image": [
        (ROW, dataclasses.replace(VISUAL, image=None)),
        (ROW, dataclasses.replace(VISUAL, image=VISUAL.image[::-1])),  # of the same sum
    ],
    "Visual.regions": [
        (ROW, dataclasses.replace(VISUAL, regions=VISUAL.regions[::-1])),
        (ROW, dataclasses.replace(VISUAL, regions=VISUAL.regions.reshape(1, 4))),
    ],
    "Visual.patches": [(ROW, dataclasses.replace(VISUAL, patches=VISUAL.regions))],
}
OTHER_PAIRS = [
    (ROW | {"regions": [{**REGION, "expression": "a dog"}, REGION]}, VISUAL),
    (ROW | {"boxes": []}, VISUAL),
    (ROW | {"boxes": [{"start": 0, "end": 1, "boxes": [BOX | {"x0": 0.69}]}]}, VISUAL),
]
OTHER_VIEWS = {
    "Views.path": [(ROW, dataclasses.replace(VIEWS, path=Path("b.jpg")))],
    "Views.boxes": [(ROW, dataclasses.replace(VIEWS, boxes=(BOX | {"x0": 0.1001},)))],
    "Views.whole": [(ROW, dataclasses.replace(VIEWS, whole=False))],
    "Views.sha256": [(ROW, dataclasses.replace(VIEWS, sha256="cd"))],
}
PARAMS = (Run, Shots, Switches, TokenEvidence, Training, Architecture, Lengths, Vision, Words, Characters)
ROWS = (Example, Visual, Views)


def key(run=None, training=None, post=(ROW, VISUAL), digests=("x", None, "a"), labels=("PER", "ORG"), width=2) -> str:
    row, visual = post
    run = build(Run, RUN | {"switches": {}} | (run or {}), "runs.x")
    training = build(Training, TRAINING | SEES | (training or {}), "train.x")
    data = Rows([row], [visual], list(labels), width)
    return training_key(run, training, data, {"train": [0]}, Digests(*digests))


def changed() -> dict[str, list[tuple[str, str]]]:
    """{field: [(the key before, the key after it has another value)]}"""
    found = {name: [(key(), key(run=other))] for name, other in OTHER_RUN.items()}
    found |= {name: [(key(), key(training=other))] for name, other in OTHER_TRAINING.items()}
    for name, other in OTHER_ARCHITECTURE.items():
        found[name] = [(key(), key(training={"architecture": SEES["architecture"] | other}))]
    reads = READS | {"lr_vision": None}
    for name, other in OTHER_WORDS.items():
        after = reads | {"architecture": {"encoder": "words", "words": other}}
        found[name] = [(key(training=reads), key(training=after))]
    found |= {name: [(key(), key(post=post)) for post in posts] for name, posts in OTHER_ROWS.items()}
    learns = {"switches": {"grounding": True}}
    found["Example.pairs"] = [(key(run=learns), key(run=learns, post=post)) for post in OTHER_PAIRS]
    for name, posts in OTHER_VIEWS.items():
        found[name] = [(key(post=(ROW, VIEWS)), key(post=post)) for post in posts]
    return found


def fields() -> set[str]:
    found = {f"{cls.__name__}.{name}" for cls in PARAMS for name in cls.model_fields}
    return found | {f"{cls.__name__}.{field.name}" for cls in ROWS for field in dataclasses.fields(cls)}


def test_every_field_changes_the_key_or_says_why_not():
    found = changed()
    assert set(found) == fields()
    wrong = [
        name for name, pairs in found.items() if {before == after for before, after in pairs} != {name in LEFT_OUT}
    ]
    assert wrong == []
    assert set(LEFT_OUT) <= set(found)


def test_what_marks_tokens_is_in_the_key_of_a_run_that_looks_at_it():
    marked = ROW | {"spans": [{"start": 0, "end": 1, "text": "Ada"}]}
    seen, unseen = ({"switches": {"knowledge": "none", "tokens": {"candidates": on}}} for on in (True, False))
    assert key(run=seen) != key(run=seen, post=(marked, VISUAL))
    assert key(run=unseen) == key(run=unseen, post=(marked, VISUAL))


def test_regions_and_boxes_are_in_the_key_of_a_run_that_learns_grounding_alone():
    assert all(key() == key(post=post) for post in OTHER_PAIRS)


def test_labels_their_order_the_visual_width_and_each_digest_change_the_key():
    others = [{"labels": ("ORG", "PER")}, {"labels": ("PER", "ORG", "LOC")}, {"width": 3}]
    others += [{"digests": digests} for digests in (("y", None, "a"), ("x", "t", "a"), ("x", None, "b"))]
    assert len({key(), *(key(**other) for other in others)}) == 1 + len(others)


def test_order_and_split_of_the_posts_change_the_key():
    rows, visual = [ROW, ROW | {"tokens": ["Bob", "runs"]}], [VISUAL, VISUAL]
    run, training = build(Run, RUN | {"switches": {}}, "runs.x"), build(Training, TRAINING | SEES, "train.x")
    data, digests = Rows(rows, visual, ["PER"], 2), Digests("x", None, "a")
    chosen = [{"train": [0, 1]}, {"train": [1, 0]}, {"train": [0], "dev": [1]}, {"train": [0]}]
    assert len({training_key(run, training, data, one, digests) for one in chosen}) == len(chosen)


def test_a_value_that_is_the_default_is_as_good_as_none():
    written = {name: value for name, value in DEFAULTS["Training"].items() if name not in ("lr_vision", "patience")}
    architecture = SEES["architecture"] | {name: DEFAULTS["Architecture"][name] for name in ("heads", "overlap")}
    assert key(training=written | {"architecture": architecture | {"lengths": DEFAULTS["Lengths"]}}) == key()
    assert key(run={"switches": {"vae": True, "patches": False, "chain": True, "tokens": {"shape": False}}}) == key()
    assert key(run={"switches": {"chain": False}}) == key(run={"switches": {"chain": "none"}})


# Defaults are not in the key: whoever changes one raises the version of the part that has it (mmner/train/versions.py).
DEFAULTS = {
    "Run": {"remote": None, "shots": None},
    "Shots": {},
    "Switches": {"knowledge": "facts", "chain": "text", "tokens": TokenEvidence(), "patches": False, "grounding": False}
    | dict.fromkeys(("caption", "caption_fusion", "global_", "regions", "vae", "bilstm"), True),
    "TokenEvidence": dict.fromkeys(SOURCES, False),
    "Training": {
        "accumulate": 1,
        "lr_vision": None,
        "lr_crf": None,
        "layer_decay": 1.0,
        "weight_decay": 0.01,
        "decay": "weights",
        "adversarial": 0.0,
        "word_dropout": 0.0,
        "evidence_dropout": 0.0,
        "warmup": 0.1,
        "clip": 1.0,
        "optimizer": "adamw",
        "dev_every": 1,
        "choose": "dev",
        "patience": None,
        "precision": "auto",
        "tf32": False,
        "compile": False,
        "checkpointing": False,
        "max_pieces": 16384,
        "save_minutes": 5.0,
    },
    "Architecture": {
        "lengths": Lengths(),
        "overlap": 64,
        "dropout": 0.1,
        "self_attention": True,
        "attention_dropout": None,
        "heads": 8,
        "layers": 1,
        "latent": 64,
        "lambda_vae": 1e-3,
        "words": None,
        "vision": None,
    },
    "Lengths": {"knowledge": 96, "caption": 48, "chain": 160},
    "Vision": {"revision": None, "allow_pickle": False, "pooling": "auto", "grid": 7, "max_regions": 5},
    "Words": {"characters": None, "singletons": 0.5},
    "Characters": {"width": 30, "filters": 50, "kernel": 3},
}


@pytest.mark.parametrize("cls", PARAMS)
def test_defaults_are_those_that_keys_leave_out(cls):
    found = {name: field.default for name, field in cls.model_fields.items() if not field.is_required()}
    assert found == DEFAULTS[cls.__name__]

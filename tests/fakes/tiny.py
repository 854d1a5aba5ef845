"""A tiny real encoder, saved to disk and loaded as any other, and examples for it."""

from pathlib import Path

import numpy as np
import pytest
import torch

WIDTH, VISUAL = 16, 6
SENTENCE = "we saw marlow bakery in tessaly today with fern hill band . a photo of shop map and"
WORDS = SENTENCE.split()


def encoder(folder: Path) -> Path:
    """A 2-layer BERT of width 16 in `folder`, with a tokenizer whose vocabulary is WORDS and letters."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *letters[1:], *("##" + x for x in letters), ":"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def model(folder: Path, sizes=None, **switches):
    """A FusedModel over the encoder in `folder`, in evaluation mode, the same weights each time."""
    from mmner.model.fused import FusedModel
    from mmner.model.params import Architecture, Switches
    from mmner.networks import encoders

    torch.manual_seed(0)
    sizes = Architecture(encoder=str(folder), **{"heads": 2, "latent": 4} | (sizes or {}))
    return FusedModel(encoders.network(str(folder)), ["PER", "ORG"], VISUAL, sizes, Switches(**switches)).eval()


SENTENCES = [
    ("we saw marlow today", "O O B-PER O", "marlow: a baker", "a photo of a shop", "marlow is a baker .", True, 2),
    ("fern hill band in tessaly with marlow bakery", "B-ORG I-ORG I-ORG O O O B-ORG I-ORG", "", "", "", False, 0),
    ("marlow", "B-PER", "", "a map", "", True, 0),
    ("today we saw fern and the shop .", "O O O B-PER O O O O", "fern: a baker", "", "fern is a person", True, 1),
]


def examples(encoding) -> list:
    """Four examples: with and without image, regions, caption, knowledge and chain."""
    from mmner.model.batch import Example
    from mmner.model.visuals import Visual
    from mmner.ner import iob
    from mmner.networks.budget import Extra

    random = np.random.default_rng(0)
    tags = iob.tags(["PER", "ORG"])
    made = []
    for number, (sentence, gold, fact, caption, chain, image, regions) in enumerate(SENTENCES):
        extras = [Extra("knowledge", (fact,)), Extra("caption", (caption,)), Extra("chain", (chain,))]
        visual = Visual(
            random.normal(size=VISUAL).astype("float32") if image else None,
            random.normal(size=(regions, VISUAL)).astype("float32"),
            random.normal(size=(3 if image else 0, VISUAL)).astype("float32"),
        )
        text = encoding(sentence.split(), [extra for extra in extras if any(extra.texts)])
        made.append(Example(str(number), text, visual, [tags.index(tag) for tag in gold.split()]))
    return made


def fit_until_killed(trainer, examples, kill_at: int) -> None:
    """Fit `trainer` on `examples`; it is killed when step number `kill_at` + 1 begins."""
    original, steps = trainer.step, 0

    def dies(group):
        nonlocal steps
        steps += 1
        if steps > kill_at:
            raise KeyboardInterrupt
        return original(group)

    trainer.step = dies
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(examples, examples)


def weights(trainer) -> dict:
    """A copy of the weights of what `trainer` trains, by name."""
    return {name: value.clone() for name, value in trainer.model.state_dict().items()}


def same(one: dict, other: dict) -> bool:
    """Whether two dicts of weights hold the same names and the same bits."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)

"""The backend `tagger`: an encoder with an untyped BIO head; no tagger tags the sentences that it was trained on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import pydantic

from mmner.base.params import Count, Place, Rate, Seed
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Requirement, Weights
from mmner.ner import iob, text
from mmner.ner.fewshot import Shots, draw
from mmner.networks import encoders
from mmner.rows.contract import Backend, Budget, Item, Memo, Result

WEIGHTS = "tagger.safetensors"  # of an export
Example = tuple[tuple[str, ...], tuple[str, ...]]  # a sentence: its tokens and their tags B, I, O


class Tagger(Backend):
    """Candidate spans by BIO tagging with cross-entropy (TVO 4.1), k-fold for the train split.

    The paper tags the train split with a tagger trained on it, so that its model meets near-perfect candidates in
    training and worse ones in testing. Here the train split falls into `folds` by a hash of the id; each fold is
    tagged by a tagger trained on the others, dev and test by one trained on the whole train split.
    With `shots` the taggers see no other labels than those of the shots: the shots fall into folds, and the rest of the
    train split is tagged as dev and test are.
    `prepare` gives each item the digest of the tagger that it needs; that tagger is trained at the first row that is
    not known. Only the tagger trained on all examples is cached (mmner/candidates/weights_cache.py): posts added to dev
    and test train none.
    """

    class Params(BaseParams):
        encoder: Place
        folds: Annotated[Count, pydantic.Field(ge=2)]
        epochs: Count
        batch_size: Count  # sentences a training step; when tagging, it changes nothing but speed
        lr_encoder: Rate
        lr_head: Rate
        seed: Seed
        shots: Shots | None = None  # learn from these sentences of the train split alone, as a run with the same shots
        allow_pickle: bool = False  # of a folder that has its weights in a pickle alone
        attention_dropout: Annotated[float, pydantic.Field(ge=0, lt=1)] | None = None  # None: as the encoder has it
        precision: Literal["auto", "float32", "bf16"] = "auto"  # auto: bf16 on a GPU that has it or a CPU with AMX

        def requirements(self) -> tuple[Requirement, ...]:
            return (
                Weights(self.encoder, allow_pickle=self.allow_pickle, precision=self.precision, use="train", text=True),
            )

    uses = ("tokens", "language", "tagger")
    reads_gold = True
    whole = True  # `order` brings each tagger's rows together: in chunks it would be trained for each of them
    parallel = "group"

    def __init__(self, params: Params, memo: Memo | None = None, budget: Budget | None = None):
        super().__init__(params, memo, budget)
        self.batch_size = 8  # sentences that are tagged at once
        self._examples: dict[str, list[Example]] = {}
        self._full_digest = ""  # the digest of all examples
        self._restored: Path | None = None  # the weights of the tagger trained on all examples, of an export
        self._trained: tuple[str, object] = ("", None)  # one network at a time: `order` brings its rows together

    def identity(self) -> dict:
        chosen = self.params.model_dump(exclude={"folds", "shots", "allow_pickle"})
        encoder_identity = encoders.identity(self.params.encoder, self.params.allow_pickle, self.memo)
        return {"backend": "tagger", "version": 2} | chosen | {"encoder": encoder_identity}

    def order(self, item: Item) -> tuple[str, int]:
        return item["tagger"], len(item["tokens"])

    def group(self, item: Item) -> str:
        return item["tagger"]

    def prepare(self, items: Sequence[Item]) -> list[Item]:
        """`items` with the field `tagger`: the digest of the examples on which the item's tagger is trained.

        Items have `tags`, gold in IOB2; those of dev and test are not read. A sentence that occurs in two folds is left
        out of the examples of both folds' taggers.
        """
        train = [number for number, item in enumerate(items) if item["split"] == "train"]
        if self.params.shots:
            train = [train[shot] for shot in draw([items[number]["tags"] for number in train], self.params.shots)]
        folds = {number: fold(items[number]["id"], self.params.folds) for number in train}
        examples = [
            (held_out, (tuple(items[number]["tokens"]), tuple(tag[0] for tag in items[number]["tags"])))
            for number, held_out in folds.items()
        ]
        self._full_digest = self._register([example for _, example in examples])
        digests = {None: self._full_digest}
        for held_out in range(self.params.folds):
            unseen = {tokens for number, (tokens, _) in examples if number == held_out}
            digests[held_out] = self._register([example for _, example in examples if example[0] not in unseen])
        return [item | {"tagger": digests[folds.get(number)]} for number, item in enumerate(items)]

    def prepare_new(self, items: Sequence[Item]) -> list[Item]:
        """`items` with the tagger that was trained on all examples, as those of dev and test have."""
        return [item | {"tagger": self._full_digest} for item in items]

    def prepared(self) -> tuple[dict[str, list[Example]], str]:
        return self._examples, self._full_digest

    def take_over(self, prepared: tuple[dict[str, list[Example]], str]) -> None:
        self._examples, self._full_digest = prepared

    def save(self, folder: Path) -> dict:
        """The tagger trained on all examples; the digest of these. Nothing is written where there are none."""
        from mmner.candidates import weights_cache

        if network := self._network(self._full_digest):
            weights_cache.write(folder / WEIGHTS, network)
        return {"examples": self._full_digest, "weights": WEIGHTS if network else None}

    def restore(self, folder: Path, saved: dict) -> None:
        """The tagger that `save` wrote, in place of one that is trained."""
        self._full_digest = saved["examples"]
        self._restored = folder / saved["weights"] if saved["weights"] else None
        self._examples[self._full_digest] = []

    def _register(self, examples: list[Example]) -> str:
        digest = hashlib.sha256(json.dumps(examples, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
        self._examples[digest] = examples
        return digest

    def __call__(self, items: list[Item]) -> list[Result]:
        groups: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            groups.setdefault(item["tagger"], []).append(place)
        results: list[Result] = [Result({"spans": []}) for _ in items]
        for digest, places in groups.items():
            network = self._network(digest)
            if network is None:
                continue
            for place, (tags, scores) in zip(places, network.tag([items[i]["tokens"] for i in places]), strict=True):
                results[place] = Result({"spans": spans(items[place], tags, scores)})
        return results

    def _network(self, digest: str):
        """The tagger trained on the examples of `digest`; None where there are none."""
        if self._trained[0] != digest:
            exist = self._restored or self._examples[digest]
            self._trained = (digest, self._train_or_load(digest) if exist else None)
        return self._trained[1]

    def _train_or_load(self, digest: str):
        from mmner.candidates import tagger_network, weights_cache

        if self._restored:
            return weights_cache.read(self._restored, self.params)
        examples = self._examples[digest]
        if (
            digest != self._full_digest or self.memo.folder is None
        ):  # a fold's: a new post in train is news to all of them
            return tagger_network.train(examples, self.params)
        path = weights_cache.path(self.memo.folder, self.identity(), digest)
        if (network := weights_cache.load(path, self.params)) is None:
            network = tagger_network.train(examples, self.params)
            weights_cache.save(path, network)
        return network


def fold(name: str, folds: int) -> int:
    """The fold, 0..folds-1, of the example whose id is `name`. It depends on nothing but `name` and `folds`."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8]) % folds


def spans(item: dict, tags: Sequence[str], scores: Sequence[float]) -> list[dict]:
    """Spans of untyped `tags` (B, I, O); an I that continues no span starts one. score: its tokens' mean, 0..1."""
    typed = iob.repair([tag if tag == "O" else f"{tag}-E" for tag in tags])
    return [
        {
            "start": start,
            "end": end,
            "text": text.sentence(item["tokens"][start:end], item["language"]),
            "score": sum(scores[start:end]) / (end - start),
        }
        for start, end, _ in iob.spans(typed)
    ]

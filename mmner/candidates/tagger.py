"""The backend `tagger`: an encoder with an untyped BIO head, taught so that no sentence is tagged by who saw it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Literal

import pydantic

from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Need, Weights
from mmner.ner import iob, text
from mmner.ner.fewshot import Shots, draw
from mmner.networks import encoders
from mmner.rows.contract import Result

Positive = Annotated[int, pydantic.Field(ge=1)]
Rate = Annotated[float, pydantic.Field(gt=0)]
Lesson = tuple[tuple[str, ...], tuple[str, ...]]  # a sentence: its tokens and their tags B, I, O


class Tagger:
    """Candidate spans by BIO tagging with cross-entropy (TVO 4.1), k-fold for the train split.

    The paper tags the train split with a tagger trained on it, so that its model meets near-perfect candidates in
    training and worse ones in testing. Here the train split falls into `folds` by a hash of the id; each fold is
    tagged by a tagger taught on the others, dev and test by one taught on the whole train split.
    With `shots` the taggers know no other labels than theirs: folds are of the shots, and the rest of the train split
    is tagged as dev and test are.
    `learn` names for each item the tagger it needs; that tagger is trained when one of its rows is not in the store.
    Only the one taught on all is kept (mmner/candidates/kept.py): posts added to dev and test do not teach it again.
    """

    class Params(BaseParams):
        encoder: str
        folds: Annotated[int, pydantic.Field(ge=2)]
        epochs: Positive
        batch_size: Positive  # sentences a training step; when tagging, it changes nothing but speed
        lr_encoder: Rate
        lr_head: Rate
        seed: int
        shots: Shots | None = None  # learn from these sentences of the train split alone, as a run with the same shots
        allow_pickle: bool = False  # of a folder that has its weights in a pickle alone
        attention_dropout: Annotated[float, pydantic.Field(ge=0, lt=1)] | None = None  # None: as the encoder has it
        precision: Literal["auto", "float32", "bf16"] = "auto"  # auto: bf16 where GPU or CPU have it, else float32

        def needs(self) -> tuple[Need, ...]:
            return (Weights(self.encoder, allow_pickle=self.allow_pickle, precision=self.precision, use="train"),)

    uses = ("tokens", "language", "tagger")
    reads_image = False
    batch_size = 8
    whole = True  # `order` brings each tagger's rows together: in chunks it would be trained for each of them

    def __init__(self, params: Params):
        self.params = params
        self._lessons: dict[str, list[Lesson]] = {}
        self._whole = ""  # the digest of all lessons
        self._trained: tuple[str, object] = ("", None)  # one network at a time: `order` brings its rows together

    def identity(self) -> dict:
        chosen = self.params.model_dump(exclude={"folds", "shots", "allow_pickle"})
        known = encoders.identity(self.params.encoder, self.params.allow_pickle)
        return {"backend": "tagger", "version": 2} | chosen | {"encoder": known}

    def order(self, item: dict) -> tuple[str, int]:
        return item["tagger"], len(item["tokens"])

    def learn(self, items: Sequence[dict], tags: Sequence[Sequence[str]]) -> None:
        """Give each item its `tagger`: a digest of the sentences which that tagger is taught on.

        `tags`: gold IOB2 tags of each item; those of dev and test are not read.
        A sentence that stands in the train split twice is kept from the taggers of both folds.
        """
        train = [number for number, item in enumerate(items) if item["split"] == "train"]
        if self.params.shots:
            train = [train[shot] for shot in draw([tags[number] for number in train], self.params.shots)]
        folds = {number: fold(items[number]["id"], self.params.folds) for number in train}
        taught = [
            (held_out, (tuple(items[number]["tokens"]), tuple(tag[0] for tag in tags[number])))
            for number, held_out in folds.items()
        ]
        self._whole = self._add([lesson for _, lesson in taught])
        digests = {None: self._whole}
        for held_out in range(self.params.folds):
            unseen = {tokens for number, (tokens, _) in taught if number == held_out}
            digests[held_out] = self._add([lesson for _, lesson in taught if lesson[0] not in unseen])
        for number, item in enumerate(items):
            item["tagger"] = digests[folds.get(number)]

    def _add(self, lessons: list[Lesson]) -> str:
        digest = hashlib.sha256(json.dumps(lessons, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
        self._lessons[digest] = lessons
        return digest

    def __call__(self, items: list[dict]) -> list[Result]:
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
        """The trained tagger; None where there is nothing to learn from, and so nothing to propose."""
        if self._trained[0] != digest:
            self._trained = (digest, self._taught(digest) if self._lessons[digest] else None)
        return self._trained[1]

    def _taught(self, digest: str):
        from mmner.candidates import kept, network

        lessons = self._lessons[digest]
        if digest != self._whole:  # a fold's: a new post in train is news to all of them
            return network.train(lessons, self.params)
        place = kept.place(self.identity(), digest)
        if (found := kept.load(place, self.params)) is None:
            found = network.train(lessons, self.params)
            kept.save(place, found)
        return found


def fold(name: str, folds: int) -> int:
    """The fold, 0..folds-1, of the example whose id is `name`: the same on every machine and beside any others."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8]) % folds


def spans(item: dict, tags: Sequence[str], scores: Sequence[float]) -> list[dict]:
    """Spans of untyped `tags` (B, I, O); an I that continues nothing starts one. score: mean over its tokens, 0..1."""
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

"""A model that tags new posts: `mmner.load(place).predict(posts)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from mmner.base.errors import InputError
from mmner.model.params import Architecture, Switches
from mmner.model.visuals import Views, Visual
from mmner.networks import weights
from mmner.predict import answers, posts
from mmner.predict.answers import Answer
from mmner.predict.preparation import Preparation, Prepared
from mmner.predict.recipe import Recipe, read_by_model
from mmner.predict.tagging import Network
from mmner.rows.contract import Backend
from mmner.rows.store import Store
from mmner.train import data, image_views

CHUNK = 4096  # posts that are prepared and tagged at a time, where they come one after the other

Given = str | Mapping[str, Any] | posts.Post


class Predictor:
    """The model in folder `model`, with the stages of `recipe`.

    backends: of its stages; without: those that are left out. store: where their rows are kept. Any thread may ask it;
    of several that do at once, one is answered after the other.
    Errors: those of `mmner.model.files.load`.
    """

    def __init__(
        self,
        model: Path,
        recipe: Recipe,
        backends: Mapping[str, Backend],
        store: Store,
        without: Iterable[str] = (),
    ):
        self.recipe, self.store, self._lock = recipe, store, Lock()
        self._network = Network(model)
        self._model = weights.digest(model, sorted(model.glob("*.safetensors")), store)
        about = self._network.about
        self.labels: list[str] = about["labels"]
        self._width: int = about["visual_width"]
        self._switches = Switches.model_validate(about["switches"])
        self._architecture = Architecture.model_validate(about["architecture"])
        wanted = read_by_model(self._switches, self._architecture)
        self._tower = self._architecture.vision is not None and self._switches.visual
        self.preparation = Preparation(recipe, wanted, backends, store, frozenset(without), reads_images=self._tower)

    def predict(
        self, given: Given | Iterable[Given], *, explain: bool = False, batch_size: int | None = None
    ) -> list[Answer]:
        """An answer a post, in order. A post is a text, or a dict with the keys of `posts.Post`.

        explain: with what the model was given of each. batch_size: posts at a time in the network; what is None takes
        as many as an evaluation does. A post that can't be read has an answer with `error`, and changes no other's.
        Errors: InputError `no-engine` where a stage that some post needs can't run.
        """
        alone = [given] if isinstance(given, str | Mapping | posts.Post) else [*given]
        numbered = [(f"post {number}", post) for number, post in enumerate(alone)]
        with self._lock:
            return self._answers(numbered, explain, batch_size)

    def stream(
        self,
        given: Iterable[tuple[str, Given | InputError]],
        *,
        explain: bool = False,
        batch_size: int | None = None,
        chunk: int = CHUNK,
        tell: Callable[[int], None] | None = None,
    ) -> Iterator[Answer]:
        """Answers to posts that come as (where, post), `chunk` at a time; an InputError in place of a post is answered.

        tell: called with how many posts a batch of the network had.
        """
        rest = iter(given)
        while part := list(islice(rest, chunk)):
            with self._lock:
                found = self._answers(part, explain, batch_size, tell)
            yield from found

    def identity(self) -> list:
        """What answers depend on, beside the posts: JSON-able, equal where they would be."""
        stages = {stage: backend.identity() for stage, backend in self.preparation.backends.items()}
        threshold = self.recipe.region_threshold
        return [self._model, stages, self.recipe.tokenizer, self.recipe.language, self.recipe.domain, threshold]

    def close(self) -> None:
        self.store.close()

    def _answers(
        self,
        given: Sequence[tuple[str, Given | InputError]],
        explain: bool,
        batch_size: int | None,
        tell: Callable[[int], None] | None = None,
    ) -> list[Answer]:
        found: list[Answer | None] = [None] * len(given)
        ready: dict[int, posts.Ready] = {}
        for number, (where, post) in enumerate(given):
            try:
                if isinstance(post, InputError):
                    raise post
                checked = posts.read(post, where)
                ready[number] = posts.ready(checked, self.recipe.tokenizer, self.recipe.language, where)
            except InputError as error:
                found[number] = Answer(id=_id(post), text=_text(post), error=str(error))
        prepared = self.preparation([*ready.values()])
        rows = self._rows(prepared)
        tagged = self._network(rows, range(len(prepared)), batch_size=batch_size, tell=tell)
        reads_images = self.preparation.reads_images
        for number, one, said in zip(ready, prepared, tagged, strict=True):
            found[number] = answers.answer(
                one, said, explain=explain, reads_images=reads_images, threshold=self.recipe.region_threshold
            )
        return [one for one in found if one is not None]

    def _rows(self, prepared: Sequence[Prepared]) -> data.Rows:
        rows = [
            {
                "id": one.example["id"],
                "tokens": one.example["tokens"],
                "tags": None,
                "caption": one.rows.get("captions", {}).get("caption"),
                "spans": one.rows.get("candidates", {}).get("spans"),
                "facts": one.rows.get("knowledge", {}).get("facts"),
                "steps": one.rows.get("chains", {}).get("steps"),
                "regions": one.rows.get("regions", {}).get("regions"),
            }
            for one in prepared
        ]
        visual = [self._views(one) if self._tower else self._visual(one) for one in prepared]
        return data.Rows(rows, visual, self.labels, 0 if self._tower else self._width)

    def _visual(self, one: Prepared) -> Visual:
        width = self._width if self._switches.visual else 1
        nothing = np.zeros((0, width), np.float32)
        row = one.rows.get("features") or {}
        image = row.get("image")
        if image is not None and len(image) != self._width:
            what = f"features are {len(image)} wide, the model was trained on {self._width}"
            remedy = "use the features variant that the model was trained with"
            raise InputError("feature-width", what, where="features", remedy=remedy)
        return Visual(
            None if image is None else np.asarray(image, np.float32),
            _stack(row.get("regions"), nothing) if self._switches.regions else nothing,
            _stack(row.get("patches"), nothing) if self._switches.patches else nothing,
        )

    def _views(self, one: Prepared) -> Views:
        example = one.example
        path = Path(example["image"]) if example["image"] is not None and not example["error"] else None
        regions = one.rows.get("regions") or {}
        return image_views.view(path, example, regions, self._architecture.vision, self._switches)


def _stack(vectors: Sequence | None, nothing: np.ndarray) -> np.ndarray:
    return np.stack(vectors).astype(np.float32) if vectors is not None and len(vectors) else nothing


def _id(post: object) -> str | None:
    value = post.get("id") if isinstance(post, Mapping) else None
    return str(value) if isinstance(value, str | int) else None


def _text(post: object) -> str | None:
    value = post.get("text") if isinstance(post, Mapping) else post
    return value if isinstance(value, str) else None

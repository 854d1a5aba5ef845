"""New posts through the stages that a model was trained with, rows in memory, and known ones from the row store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from mmner.base import image_files
from mmner.base.errors import InputError
from mmner.predict import engines
from mmner.predict.posts import Ready
from mmner.predict.recipe import Recipe, closure
from mmner.rows import schemas
from mmner.rows.compute import Computation
from mmner.rows.contract import LEFT_OUT, Backend, Item
from mmner.rows.inputs import Inputs
from mmner.rows.none import NoneBackend
from mmner.rows.stages import STAGES
from mmner.rows.store import Store

KNOWN, COMPUTED, BROUGHT, NOT_NEEDED = "known", "computed", "brought by the post", "not needed"


@dataclass
class Prepared:
    """A post with what the stages say of it. example: its row of `examples`. rows: by stage, as its artifact has them.

    came: by stage, how: known, computed, brought by the post, or why there is none. tokens, money: paid for now.
    """

    post: Ready
    example: dict
    rows: dict[str, dict] = field(default_factory=dict)
    came: dict[str, str] = field(default_factory=dict)
    tokens: int = 0
    money: float = 0.0


class Preparation:
    """The stages of `recipe` for a model that reads `wanted`. backends: by stage. without: stages that are left out.

    reads_images: whether the model itself looks at images. A row is asked for once: `store` answers a second time.
    """

    def __init__(
        self,
        recipe: Recipe,
        wanted: set[str],
        backends: Mapping[str, Backend],
        store: Store,
        without: frozenset[str] = frozenset(),
        *,
        reads_images: bool = False,
    ):
        self.recipe, self.store, self._wanted = recipe, store, wanted
        self.backends = {stage: backend for stage, backend in backends.items() if stage not in without}
        self._uses = {stage: tuple(backend.uses) for stage, backend in self.backends.items()}
        self._without = without
        self._reads_images = reads_images
        self._can: set[str] = set()  # stages that lacked nothing; a server that is down may come up
        self._computations: dict[str, Computation] = {}

    @property
    def reads_images(self) -> bool:
        """Whether an image of a post is looked at by any stage, or by the model."""
        stages = closure(self._wanted, self._uses)
        backends = [self.backends[stage] for stage in stages if stage in self.backends]
        return self._reads_images or any(
            backend.reads_image or {"image", "image_sha256"} & {*backend.uses} for backend in backends
        )

    def __call__(self, posts: Sequence[Ready]) -> list[Prepared]:
        """Each of `posts`, prepared. Errors: InputError `no-engine` where a stage that some post needs can't run."""
        prepared = [Prepared(post, self._example(number, post)) for number, post in enumerate(posts)]
        needs = [closure(self._wanted, self._uses, frozenset(post.own)) for post in posts]
        self._check({stage for stages in needs for stage in stages})
        for stage in closure(self._wanted, self._uses):
            self._run(stage, prepared, [stage in stages for stages in needs])
        return prepared

    def warnings(self) -> list[str]:
        """What of the stages can't run, before any post is seen: a line each; posts may bring these themselves."""
        found = {stage: self._why_not(stage) for stage in closure(self._wanted, self._uses)}
        return [f"stage {stage} can't run: {why}" for stage, why in found.items() if why]

    def _check(self, stages: set[str]) -> None:
        lacks = {stage: why for stage in STAGES if stage in stages and (why := self._why_not(stage))}
        if lacks:
            raise engines.refuse(lacks)

    def _why_not(self, stage: str) -> str | None:
        if stage not in self.backends or stage in self._can:
            return None
        if (why := engines.lacking(self.backends[stage])) is None:
            self._can.add(stage)
        return why

    def _example(self, number: int, post: Ready) -> dict:
        row = {
            "id": post.post.id or f"post-{number}",
            "split": "test",
            "domain": self.recipe.domain if post.post.domain is None else post.post.domain,
            "language": post.language,
            "tokens": [token.text for token in post.tokens],
            "image": post.post.image,
            "image_sha256": None,
            "source": "post",
            "error": None,
        }
        if post.post.image is not None and self.reads_images:
            row["image_sha256"], row["error"] = self._look(post.post.image)
        return row

    def _look(self, path: str) -> tuple[str | None, str | None]:
        """(sha256 of the image's bytes, why it can't be read)."""
        try:
            digest, broken = image_files.examine(path, path, self.recipe.max_pixels)
        except (InputError, ValueError) as error:  # too many pixels; a path that no file can have
            return None, f"image broken: {path}: {getattr(error, 'what', error)}"
        return digest, broken and broken.row_error(path)

    def _run(self, stage: str, prepared: list[Prepared], needed: Sequence[bool]) -> None:
        """Give each of `prepared` its row of `stage`."""
        empty, backend = STAGES[stage].empty, self.backends.get(stage)
        asked = []
        for one, is_needed in zip(prepared, needed, strict=True):
            if stage in one.post.own:
                reason, value, error = BROUGHT, one.post.own[stage], None
            elif not is_needed:
                reason, value, error = NOT_NEEDED, empty, LEFT_OUT
            elif backend is None or isinstance(backend, NoneBackend):
                why = "--without" if stage in self._without else "as in training"
                reason, value, error = f"left out ({why})", empty, LEFT_OUT
            else:
                asked.append(one)
                continue
            one.rows[stage] = {"id": one.example["id"], **empty, **value, "error": error}
            one.came[stage] = reason
        if asked:
            self._compute(stage, backend, asked)

    def _compute(self, stage: str, backend: Backend, asked: list[Prepared]) -> None:
        artifacts = {"examples": [one.example for one in asked]}
        for artifact in STAGES[stage].artifacts:
            if artifact != "gold":
                artifacts[artifact] = [one.rows.get(artifact) or self._nothing(artifact, one) for one in asked]
        settings = {name: self.recipe.settings[name] for name in STAGES[stage].settings}
        inputs = Inputs(STAGES[stage], backend, artifacts, settings, anywhere=True)
        items: list[Item] = [*backend.prepare_new([*inputs])]
        computation = self._computations.setdefault(stage, Computation(stage, backend, self.store))
        answers = computation(items)
        rows = [
            {"id": item["id"], **(row.value or STAGES[stage].empty), "error": row.error}
            for item, (_, row) in zip(items, answers, strict=True)
        ]
        paid: set[str] = set()  # equal rows are paid for once
        for one, (key, row), columns in zip(asked, answers, _as_stored(stage, rows), strict=True):
            one.rows[stage] = columns
            new = key in computation.computed
            one.came[stage] = row.error or (COMPUTED if new else KNOWN)
            if new and key not in paid:
                paid.add(key)
                one.tokens, one.money = one.tokens + row.tokens, one.money + row.money

    def _nothing(self, artifact: str, one: Prepared) -> dict:
        return {"id": one.example["id"], **STAGES[artifact].empty, "error": LEFT_OUT}


def _as_stored(stage: str, rows: list[dict]) -> list[dict]:
    """`rows` with the numbers that they have when they come out of their artifact: float32, as vectors have."""
    if stage == "features":
        return rows
    columns = schemas.by_column(rows, schemas.SCHEMAS[stage].names, where="predict")
    return pa.table(columns, schemas.SCHEMAS[stage]).to_pylist()

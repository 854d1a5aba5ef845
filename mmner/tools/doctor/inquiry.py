"""What of params.yaml is in use, and what that needs."""

from __future__ import annotations

from pathlib import Path

from mmner.base import params, requirements
from mmner.base.errors import InputError
from mmner.base.requirements import Requirement
from mmner.corpus.params import load
from mmner.images import illustrated_corpus
from mmner.rows.command import resolve_file
from mmner.rows.stages import PREPARED, STAGES
from mmner.tools.doctor import files
from mmner.tools.doctor.findings import Finding, Here, wrong

NO_FEATURES = "put images there and a variant into features, or switch global, regions, patches and vae off in the run"


class Inquiry:
    """`users`: each need and the entries of params.yaml that have it, in the order met. `wrong`: (entry, finding).

    An entry is built as its stage builds it, so that what a stage would refuse is refused here.
    """

    def __init__(self, everything: dict, raw: Path, here: Here):
        self.everything, self.raw, self.here = everything, raw, here
        self.users: dict[Requirement, list[str]] = {}
        self.wrong: list[tuple[str, Finding]] = []
        self._blind: dict[str, tuple[bool, bool]] = {}  # preparation -> whether it lacks images, and features
        self._asked: set[tuple[str, ...]] = set()

    def preparation(self, name: str) -> None:
        """All that preparation `name` uses."""
        if not self._first("preparations", name):
            return
        try:
            chosen = params.entry(self.everything, "preparations", name)
            if lacking := [stage for stage in ("corpus", *PREPARED) if stage not in chosen]:
                remedy = "name a variant for each; `none` leaves a stage out"
                raise InputError(
                    "bad-params", f"no {', '.join(lacking)}", where=f"params.yaml: preparations.{name}", remedy=remedy
                )
            found = self._corpus(chosen["corpus"])
        except InputError as error:
            self.wrong.append((f"preparations.{name}", wrong(error)))
            return
        for stage in PREPARED:
            self._variant(stage, chosen[stage], self.raw / chosen["corpus"])
        features = (self.everything.get("features") or {}).get(chosen["features"]) or {}
        blind = Path(found.folder).is_dir() and not files.images(found)  # a corpus that lacks as a whole says so itself
        self._blind[name] = blind, blind or features.get("backend") == "none"

    def run(self, name: str) -> None:
        """All that run `name` uses, its preparation included."""
        from mmner.evaluate.report import Evaluation
        from mmner.train import labels
        from mmner.train.params import SCRATCH, Run, Training

        try:
            run = params.build(Run, params.entry(self.everything, "runs", name), f"runs.{name}")
            training = self._built(Training, "train", run.train)
            self._built(Evaluation, "evaluate", run.evaluate)
            labels.check(run, training, self.everything)
            if run.from_ != SCRATCH:
                params.entry(self.everything, "runs", run.from_)
        except InputError as error:
            self.wrong.append((f"runs.{name}", wrong(error)))
            return
        self.preparation(run.preparation)
        no_images, no_features = self._blind.get(run.preparation, (False, False))
        if run.switches.visual and (no_features if training.architecture.vision is None else no_images):
            told = "error[no-features] the run uses visual features, and no example can have any"
            self.wrong.append((f"runs.{name}", Finding("FAIL", told, NO_FEATURES)))

    def _built(self, kind: type, section: str, variant: str):
        found = params.build(kind, params.entry(self.everything, section, variant), f"{section}.{variant}")
        self._needs(f"{section}.{variant}", found.requirements())
        return found

    def _corpus(self, name: str) -> requirements.CorpusFolder:
        found = load(self.everything, name)
        splits = tuple(file for _, file in found.splits)
        need = requirements.CorpusFolder(str(self.raw / name), splits, found.images, found.max_failed)
        if name in (self.everything.get("images") or {}):
            self._images(name)
        self._needs(f"corpora.{name}", (need,))
        return need

    def _images(self, name: str) -> None:
        """What corpus `name` needs to be made."""
        if not self._first("images", name):
            return
        try:
            _, variant = illustrated_corpus.source_and_variant(self.everything, name)
            _, chosen = params.variant("images", name, variant, STAGES["images"].backends)
        except InputError as error:
            self.wrong.append((f"images.{name}", wrong(error)))
            return
        self._needs(f"images.{name}", chosen.requirements())
        self.preparation(self.everything["images"][name]["preparation"])

    def _variant(self, stage: str, name: str, raw: Path) -> None:
        if not self._first(stage, name, str(raw)):
            return
        try:
            variant = resolve_file(params.entry(self.everything, stage, name), raw)
            kind, chosen = params.variant(stage, name, variant, STAGES[stage].backends)
            kind(chosen)  # a prompt that is not there is found when the backend is made
        except InputError as error:
            self.wrong.append((f"{stage}.{name}", wrong(error)))
            return
        environment = (requirements.Environment(kind.environment),) if kind.environment else ()
        self._needs(f"{stage}.{name}", (*environment, *chosen.requirements()))

    def _needs(self, user: str, found: tuple[Requirement, ...]) -> None:
        for need in found:
            users = self.users.setdefault(need, [])
            if user not in users:
                users.append(user)

    def _first(self, *what: str) -> bool:
        new = what not in self._asked
        self._asked.add(what)
        return new

"""The requirements of all entries of params.yaml that preparations and runs use."""

from __future__ import annotations

from pathlib import Path

from mmner.base import params, requirements
from mmner.base.errors import InputError
from mmner.base.requirements import Requirement
from mmner.corpus.params import load
from mmner.images import illustrated_corpus
from mmner.rows.command import resolve_file
from mmner.rows.stages import PREPARED, STAGES
from mmner.tools.doctor import local_files, models, sharing
from mmner.tools.doctor.findings import Finding, from_error

NO_FEATURES = "put images there and a variant into features, or switch global, regions, patches and vae off in the run"


class Collector:
    """Walks from preparations and runs to the entries of `content` (of params.yaml) that they use.

    users: requirement -> the entries that have it, in the order met.
    findings: (entry, finding) about entries that are wrong in themselves. An entry is built as its stage builds it, so
    that it is refused here if the stage would refuse it.
    """

    def __init__(self, content: dict, raw: Path):
        self.content, self.raw = content, raw
        self.users: dict[Requirement, list[str]] = {}
        self.findings: list[tuple[str, Finding]] = []
        self._lacks: dict[str, tuple[bool, bool]] = {}  # preparation -> whether it has no images, and no features
        self._visited: set[tuple[str, ...]] = set()

    def preparation(self, name: str) -> None:
        """Collect what preparation `name` requires."""
        if not self._first("preparations", name):
            return
        try:
            chosen = params.entry(self.content, "preparations", name)
            if lacking := [stage for stage in ("corpus", *PREPARED) if stage not in chosen]:
                remedy = "name a variant for each; `none` leaves a stage out"
                raise InputError(
                    "bad-params", f"no {', '.join(lacking)}", where=f"params.yaml: preparations.{name}", remedy=remedy
                )
            self._check_remote("preparations", name)
            corpus_files = self._corpus(chosen["corpus"])
        except InputError as error:
            self.findings.append((f"preparations.{name}", from_error(error)))
            return
        for stage in PREPARED:
            self._variant(stage, chosen[stage], self.raw / chosen["corpus"])
        features = (self.content.get("features") or {}).get(chosen["features"]) or {}
        # Of a corpus that is not there at all, its own check says so.
        no_images = Path(corpus_files.folder).is_dir() and not local_files.count_images(corpus_files)
        self._lacks[name] = no_images, no_images or features.get("backend") == "none"

    def run(self, name: str) -> None:
        """Collect what run `name` and its preparation require."""
        from mmner.evaluate.report import Evaluation
        from mmner.train import label_leakage
        from mmner.train.params import SCRATCH, Run, Training

        try:
            run = params.build(Run, params.entry(self.content, "runs", name), f"runs.{name}")
            training = self._built(Training, "train", run.train)
            self._built(Evaluation, "evaluate", run.evaluate)
            label_leakage.check(run, training, self.content)
            self._check_remote("runs", name)
            if run.from_ != SCRATCH:
                params.entry(self.content, "runs", run.from_)
        except InputError as error:
            self.findings.append((f"runs.{name}", from_error(error)))
            return
        self._check_heads(name, run, training)
        self.preparation(run.preparation)
        self._check_splits(name, run, training)
        no_images, no_features = self._lacks.get(run.preparation, (False, False))
        if run.switches.visual and (no_features if training.architecture.vision is None else no_images):
            message = "error[no-features] the run uses visual features, and no example can have any"
            self.findings.append((f"runs.{name}", Finding("FAIL", message, NO_FEATURES)))

    def _check_heads(self, name: str, run, training) -> None:
        from mmner.model.params import check_heads

        try:
            if width := models.width(training.architecture.encoder):
                check_heads(training.architecture, run.switches, width)
        except InputError as error:
            self.findings.append((f"runs.{name}", from_error(error)))

    def system(self, name: str) -> None:
        """Collect what system `name` requires, beside its preparation."""
        from mmner.evaluate.report import Evaluation
        from mmner.tag.params import split

        try:
            system, variant = split(self.content, name)
            self._built(Evaluation, "evaluate", system.evaluate)
            self._engine("tag", name, resolve_file(variant, self.raw / system.corpus))
        except InputError as error:
            self.findings.append((f"systems.{name}", from_error(error)))

    def _check_splits(self, name: str, run, training) -> None:
        """Find the splits that run `name` learns from, chooses by or is scored on, and its corpus lacks."""
        try:
            corpus = params.entry(self.content, "preparations", run.preparation).get("corpus")
            files = load(self.content, corpus).splits.files()
        except InputError:
            return  # the preparation's own check says so
        scored = params.entry(self.content, "evaluate", run.evaluate).get("splits") or []
        wanted = ["train", *(["dev"] if run.shots is None and training.choose == "dev" else [])]
        wanted += ["test"] if "test" in scored else []
        for split in [split for split in wanted if split not in files]:
            message = f"error[empty-split] the run needs {split}, which corpora.{corpus}.splits lacks"
            remedy = f"name its file there, such as {split}: {split}.txt"
            if split == "dev":
                remedy += f"; or keep the last weights: `choose: last` in train.{run.train}"
            self.findings.append((f"runs.{name}", Finding("FAIL", message, remedy)))

    def _check_remote(self, section: str, name: str) -> None:
        try:
            sharing.check(self.content, section, name)
        except InputError as error:
            self.findings.append((f"{section}.{name}", from_error(error)))

    def _built(self, kind: type, section: str, variant: str):
        built = params.build(kind, params.entry(self.content, section, variant), f"{section}.{variant}")
        self._require(f"{section}.{variant}", built.requirements())
        return built

    def _corpus(self, name: str) -> requirements.CorpusFolder:
        entry = load(self.content, name)
        splits = tuple(entry.splits.files().values())
        requirement = requirements.CorpusFolder(str(self.raw / name), splits, entry.images, entry.max_failed)
        if name in (self.content.get("images") or {}):
            self._images(name)
        self._require(f"corpora.{name}", (requirement,))
        return requirement

    def _images(self, name: str) -> None:
        """Collect what finding the images of corpus `name` requires."""
        if not self._first("images", name):
            return
        try:
            _, variant = illustrated_corpus.source_and_variant(self.content, name)
            _, chosen = params.variant("images", name, variant, STAGES["images"].backends)
            self._check_remote("images", name)
        except InputError as error:
            self.findings.append((f"images.{name}", from_error(error)))
            return
        self._require(f"images.{name}", chosen.requirements())
        self.preparation(self.content["images"][name]["preparation"])

    def _variant(self, stage: str, name: str, raw: Path) -> None:
        if not self._first(stage, name, str(raw)):
            return
        try:
            self._engine(stage, name, resolve_file(params.entry(self.content, stage, name), raw))
        except InputError as error:
            self.findings.append((f"{stage}.{name}", from_error(error)))

    def _engine(self, stage: str, name: str, variant: dict) -> None:
        section = STAGES[stage].section
        kind, chosen = params.variant(section, name, variant, STAGES[stage].backends)
        kind(chosen)  # a prompt that is not there is found when the backend is made
        environment = (requirements.Environment(kind.environment),) if kind.environment else ()
        self._require(f"{section}.{name}", (*environment, *chosen.requirements()))

    def _require(self, user: str, required: tuple[Requirement, ...]) -> None:
        for requirement in required:
            users = self.users.setdefault(requirement, [])
            if user not in users:
                users.append(user)

    def _first(self, *entry: str) -> bool:
        new = entry not in self._visited
        self._visited.add(entry)
        return new

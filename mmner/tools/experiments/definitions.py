"""The files of mmner/catalogue/experiments as frozen, validated objects."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

import pydantic

from mmner.base import params, yaml_files
from mmner.base.errors import InputError
from mmner.tools import catalogue

FOLDER = catalogue.FOLDER / "experiments"
SCRATCH = "scratch"
Positive = Annotated[int, pydantic.Field(ge=1)]
Names = Annotated[list[str], pydantic.Field(min_length=1), pydantic.AfterValidator(params.no_duplicates)]
Numbers = Annotated[list[Positive], pydantic.Field(min_length=1), pydantic.AfterValidator(params.no_duplicates)]


class Row(params.Params):
    """A row of a paper's table. name: as printed. kind: of preparation. switches: on top of its set's first row."""

    name: str
    kind: str
    switches: dict[str, Any]


class Block(params.Params):
    """Runs that are alike: one for each corpus, row, number of shots and seed.

    of: the set of rows, where it is not the table's. rows: null for the set's first one, which then is no part of the
    runs' names. train, trains: the variant of all rows, and of single ones. from_: the run to start from. shots: K.
    switches: on top of the rows'. note, notes: printed below the table, for all rows and for single ones.
    """

    corpora: Names
    of: str | None = None
    rows: Names | None = None
    seeds: Numbers
    train: str
    trains: dict[str, str] = {}
    from_: str = pydantic.Field(SCRATCH, alias="from")
    shots: Numbers | None = None
    switches: dict[str, Any] = {}
    note: str = ""
    notes: dict[str, str] = {}


class Definition(params.Params):
    """An experiment. rows: the set of rows of its blocks. profiles: what each profile runs of it.

    claims: the printed name of the row that claims to beat the others, or {profile: name} where profiles differ.
    also: profile -> experiment -> {its row: the row here that it is shown as}. empty: profile -> {corpus: why nothing
    is run there}, before what the profile says.
    """

    about: str
    rows: str
    claims: str | dict[str, str] | None = None
    also: dict[str, dict[str, dict[str, str]]] = {}
    empty: dict[str, dict[str, str]] = {}
    profiles: dict[str, list[Block]]

    def claim(self, profile: str) -> str | None:
        """The row that claims to beat the others in `profile`; None where none does."""
        return self.claims.get(profile) if isinstance(self.claims, dict) else self.claims


class Profile(params.Params):
    """The engines of a profile. prefix: of its runs' names. preparations: {corpus: {kind: name}} of those that the
    catalogue has. kinds: {kind: {stage: variant}} of the others, which are called <prefix><corpus>-<kind>.
    empty: {corpus: why nothing is run there}. catalogue: entries of the catalogue that have its variants.
    illustrated: corpora without images that all kinds but text use as <corpus>-images, which the stage images makes
    with the params `images`, for the words of kind `text`: no label plays a part, few shots may use what it finds.
    """

    about: str
    prefix: str
    catalogue: list[str] = []
    illustrated: list[str] = []
    images: dict[str, Any] = {}
    empty: dict[str, str] = {}
    preparations: dict[str, dict[str, str]]
    kinds: dict[str, dict[str, str]]


def names() -> list[str]:
    """The names of all experiments."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != "rows")


def profiles() -> list[str]:
    return sorted(path.stem for path in (FOLDER / "profiles").glob("*.yaml"))


@cache
def load(name: str) -> Definition:
    """Experiment `name`. Errors: InputError `unknown-experiment`, `bad-params`."""
    if name not in names():
        what, remedy = f"no experiment {name} in the catalogue", f"one of: {', '.join(names())}"
        raise InputError("unknown-experiment", what, where=str(FOLDER), remedy=remedy)
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    where = f"mmner/catalogue/experiments/{name}.yaml"
    return params.build(Definition, yaml_files.parse(text, where), where)


@cache
def profile(name: str) -> tuple[Profile, str]:
    """Profile `name` and its fragment of params.yaml. Errors: InputError `unknown-profile`, `bad-params`."""
    if name not in profiles():
        what, remedy = f"no profile {name}", f"one of: {', '.join(profiles())}"
        raise InputError("unknown-profile", what, where=str(FOLDER / "profiles"), remedy=remedy)
    head, _, fragment = (FOLDER / "profiles" / f"{name}.yaml").read_text(encoding="utf-8").partition("\n---\n")
    where = f"mmner/catalogue/experiments/profiles/{name}.yaml"
    return params.build(Profile, yaml_files.parse(head, where), where), fragment


@cache
def rows(of: str) -> dict[str, Row]:
    """The rows of set `of` by key, each with all its switches. Errors: InputError `unknown-rows`, `bad-params`."""
    sets = yaml_files.read(FOLDER / "rows.yaml")
    if of not in sets:
        what, remedy = f"no set of rows {of}", f"one of: {', '.join(sets)}"
        raise InputError("unknown-rows", what, where=str(FOLDER / "rows.yaml"), remedy=remedy)
    rows_of_set, base = {}, {}
    for key, entry in sets[of].items():
        row = params.build(Row, entry, f"mmner/catalogue/experiments/rows.yaml: {of}.{key}")
        base = base or row.switches
        rows_of_set[key] = row.model_copy(update={"switches": base | row.switches})
    return rows_of_set

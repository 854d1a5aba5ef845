"""The backends of a recipe's stages, and why one of them can't answer a new post."""

from __future__ import annotations

import os
import socket
from collections.abc import Set
from pathlib import Path
from urllib.parse import urlsplit

from mmner.base import proxies
from mmner.base.errors import InputError
from mmner.base.requirements import Key, PrecomputedFile, Requirement, Server, Wiki, ZimFile
from mmner.predict.recipe import Recipe, closure
from mmner.rows.command import build_backend
from mmner.rows.contract import Backend, Memo
from mmner.rows.none import NoneBackend
from mmner.rows.stages import PREPARED, STAGES

PATIENCE = 3.0  # seconds for a server's port


def build(recipe: Recipe, wanted: set[str], without: Set[str], folder: Path, memo: Memo) -> dict[str, Backend]:
    """The backend of each stage of `recipe` that those `wanted` need, in order. without: stages that are left out.

    folder: from which a variant's own paths count. Errors: InputError `unknown-stage`; those of `build_backend`.
    """
    if odd := without - {*PREPARED}:
        raise InputError("unknown-stage", min(odd), remedy=f"one of {', '.join(PREPARED)}")
    backends: dict[str, Backend] = {}
    for stage in reversed(PREPARED):
        uses = {name: tuple(backend.uses) for name, backend in backends.items()}
        if stage in closure(wanted, uses) and stage not in without:
            variant = recipe.variants[stage]
            backends[stage] = build_backend(STAGES[stage], variant.name, variant.values, folder, memo)
    return {stage: backends[stage] for stage in PREPARED if stage in backends}


def without_engine(backend: Backend) -> str | None:
    """Why `backend` can answer no new post, whoever has keys and servers; None where it can."""
    if not backend.answers_new:
        return "its rows were made by somebody else (precomputed), and no engine is named for new posts"
    if backend.environment is not None:
        return f"it runs in an interpreter of its own (.venv-{backend.environment}), one stage at a time"
    return None


def lacking(backend: Backend) -> str | None:
    """What `backend` needs of this machine and does not find: a key, a server, a file; None for nothing."""
    if isinstance(backend, NoneBackend):
        return None
    if why := without_engine(backend):
        return why
    return next(filter(None, map(_missing, backend.params.requirements())), None)


def _missing(requirement: Requirement) -> str | None:
    match requirement:
        case Key(variable):
            return None if os.environ.get(variable, "").strip() else f"no key: the variable {variable} is not set"
        case Server(url):
            return _no_answer(url)
        case ZimFile(file):
            return None if Path(file).is_file() else f"no archive at {file}"
        case PrecomputedFile():
            return "its rows were made by somebody else (precomputed)"
    return None


def _no_answer(url: str) -> str | None:
    parts = urlsplit(url)
    if proxies.proxy_of(url):
        return None  # it alone can tell
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), timeout=PATIENCE).close()
    except OSError as error:
        return f"no server answers at {parts.scheme}://{parts.hostname}: {error.strerror or error}"
    return None


def servers(backend: Backend) -> list[str]:
    """The addresses to which `backend` sends what it is given of a post."""
    addresses = []
    for requirement in backend.params.requirements():
        match requirement:
            case Server(url):
                addresses.append(url)
            case Wiki(address):
                addresses.append(address)
    return addresses


def refuse(lacks: dict[str, str]) -> InputError:
    """The error about stages that can't run, and why, by stage."""
    what = "; ".join(f"stage {stage}: {why}" for stage, why in lacks.items())
    stages = " ".join(f"--without {stage}" for stage in lacks)
    first = next(iter(lacks))
    remedy = (
        f"name an engine of params.yaml's section {first} (--with {first}=VARIANT), let posts bring what it makes, or "
        f"go on without: {stages}"
    )
    return InputError("no-engine", what, remedy=remedy)

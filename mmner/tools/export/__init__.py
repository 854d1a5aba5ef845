"""A run's model with its pipeline as a folder, for machines that have no repository; and a place on the hub for it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from mmner.base.atomic import atomic_write
from mmner.base.errors import InputError
from mmner.base.paths import file_digest
from mmner.base.requirements import CheckpointFolder, Key, Requirement, Weights, ZimFile
from mmner.candidates import tagger
from mmner.predict import exported, repository
from mmner.predict.recipe import Variant
from mmner.rows.contract import Backend
from mmner.rows.store import Store
from mmner.tools.export import card

MAX_COPIED = 50_000_000  # bytes of a stage's file that goes into the folder
SECRET = re.compile(r"key|token|secret|password|signature|^sig$|^code$|auth", re.IGNORECASE)
MODEL = ("model.safetensors", "model.json")
PARTS = {*MODEL, "encoder", "vision", exported.FILE, "README.md", "files", tagger.WEIGHTS}  # all that an export holds


def export(run: str, to: Path, chosen: Mapping[str, str], example: str | None = None) -> exported.Pipeline:
    """Write the model of `run`, its pipeline and its card to folder `to`, which must be new, or an export and no more.

    chosen: stage -> engine, in place of the one of its training. example: the text of the card's example.
    Errors: InputError `folder-in-use`, `secret-in-params`; those of `repository.load`.
    """
    _check_place(to)
    store = Store()
    whole, model = repository.recipe(run, chosen)
    backends = repository.learnt(run, whole, model, chosen, (), store)
    with atomic_write(to.absolute()) as folder:
        folder.mkdir(parents=True)
        _copy_model(model, folder)
        saved = {stage: state for stage, backend in backends.items() if (state := backend.save(folder))}
        variants, files = {}, []
        for stage, backend in backends.items():
            variant = whole.variants[stage]
            _check_secrets(stage, variant.values)
            named = _files(stage, backend, variant, folder)
            files += named
            own = variant.values | {one.key: one.name for one in named}
            variants[stage] = variant.model_copy(update={"values": own})
        answering = {stage: backend for stage, backend in backends.items() if backend.answers_new}
        pipeline = exported.Pipeline(
            version=exported.VERSION,
            mmner=card.version(),
            recipe=whole.model_copy(update={"variants": variants}),
            identities={stage: exported.plain(backend.identity()) for stage, backend in answering.items()},
            saved=saved,
            files=files,
        )
        _write(folder / exported.FILE, pipeline.model_dump(mode="json"))
        _check_keys(backends, folder)
        text = card.text(run, folder, pipeline, backends, example or card.EXAMPLE, to.name)
        (folder / "README.md").write_text(text, encoding="utf-8")
        store.close()
        if to.exists():
            shutil.rmtree(to)
    return pipeline


def push(folder: Path, name: str) -> str:
    """Upload the export in `folder` to the hub as `name`; its address there. Errors: InputError `no-hub`."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    api = HfApi()
    try:
        api.create_repo(name, exist_ok=True, private=None)
        return str(api.upload_folder(repo_id=name, folder_path=folder, commit_message="Export of mmner"))
    except HFValidationError as error:
        raise InputError("no-hub", str(error), where=name, remedy="name it OWNER/NAME") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        what = " ".join(str(error).split())[:300]
        raise InputError(
            "no-hub", what, where=name, remedy="log in (hf auth login) and see that OWNER is you"
        ) from error


def _check_place(to: Path) -> None:
    """Errors: InputError `folder-in-use` where `to` holds what no export holds, and what would be gone with it."""
    held = sorted(one.name for one in to.iterdir()) if to.is_dir() else [to.name] * to.exists()
    if others := [name for name in held if not (exported.is_one(to) and name in PARTS)]:
        what = f"it holds other files: {', '.join(others[:3])}{' and more' * (len(others) > 3)}"
        remedy = "name a new folder; to renew a clone of the hub, copy the new folder's files into it"
        raise InputError("folder-in-use", what, where=str(to), remedy=remedy)


def _copy_model(model: Path, folder: Path) -> None:
    for name in MODEL:
        shutil.copy(model / name, folder / name)
    for name in ("encoder", "vision"):
        if (model / name).is_dir():
            shutil.copytree(model / name, folder / name)
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    _write(folder / "model.json", _without_places(about) | {"labels": about["labels"]})  # /person is a label


def _without_places(value):
    """`value` with no folder of this machine in it: of an absolute path its name stays."""
    if isinstance(value, dict):
        return {key: _without_places(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_places(one) for one in value]
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def _files(stage: str, backend: Backend, variant: Variant, folder: Path) -> list[exported.NamedFile]:
    """What the values of `variant` name on this machine; copied to `folder` where it is small."""
    found = []
    for requirement in backend.params.requirements():
        place = _place(requirement)
        key = next((key for key, value in backend.params.model_dump().items() if place and value == place), None)
        if key is None or key not in variant.values or not Path(place).exists():
            continue
        path, size = Path(place), _size(Path(place))
        kept = f"files/{stage}.{key}/{path.name}" if size <= MAX_COPIED else None
        if kept:
            (folder / kept).parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / kept)
        digest = _digest(path)
        found.append(exported.NamedFile(stage=stage, key=key, path=kept, name=path.name, digest=digest, bytes=size))
    return found


def _place(requirement: Requirement) -> str | None:
    match requirement:
        case Weights(place) | CheckpointFolder(place) | ZimFile(place):
            return place
    return None


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def _digest(path: Path) -> str:
    from mmner.networks import weights

    if path.is_dir():
        return weights.digest(path, sorted(one for one in path.rglob("*") if one.is_file()))
    return f"sha256:{file_digest(path)}"


def _check_secrets(stage: str, values: Mapping) -> None:
    """Errors: InputError `secret-in-params` where a value of `query` or `extra` is one that nobody else should have."""
    for section in ("query", "extra"):
        for key in values.get(section) or {}:
            if SECRET.search(str(key)):
                what = f"{section}.{key} of stage {stage} looks like a secret, and an export is for others"
                remedy = "put the key into a variable of the environment, and its name into key_env"
                raise InputError("secret-in-params", what, where="params.yaml", remedy=remedy)


def _check_keys(backends: Mapping[str, Backend], folder: Path) -> None:
    """Errors: InputError `secret-in-params` where a text of the export holds the key of one of its servers."""
    variables = {
        one.variable for backend in backends.values() for one in backend.params.requirements() if isinstance(one, Key)
    }
    keys = {name: os.environ[name] for name in variables if os.environ.get(name)}
    for path in sorted(folder.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        for name, key in keys.items():
            if len(key) > 7 and key in text:
                remedy = "take it out of params.yaml: key_env names the variable alone"
                raise InputError("secret-in-params", f"it holds the key in {name}", where=path.name, remedy=remedy)


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

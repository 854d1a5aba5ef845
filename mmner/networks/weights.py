"""Weights of transformers' models, from a folder or the model hub: one door for every backend that loads a big network.

Reads: a folder that `save_pretrained` wrote, or a name on the hub. Nothing is unpickled unless a parameter allows it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar, Literal

import pydantic

from mmner.base.errors import InputError
from mmner.base.params import Params as BaseParams
from mmner.base.requirements import Need, Weights
from mmner.rows.store import Store, known_file

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
READ = (".safetensors", ".json", ".txt", ".model", ".jinja")  # what an answer may depend on, beside pickles
FETCH = "name a folder that save_pretrained wrote, or fetch it where the hub can be reached: hf download"
PICKLE_REMEDY = (
    "save it as safetensors (save_pretrained does); if you trust it, set allow_pickle: true where the variant has that"
)


class Source(BaseParams):
    """Where a network of transformers comes from. `weights`: a folder, or a name on the model hub."""

    weights: str
    revision: str | None = None  # of a name on the hub: a commit makes the answers repeatable
    allow_pickle: bool = False


class WeightsParams(Source):
    """What every backend on a transformers model has."""

    precision: Literal["auto", "float32", "bf16"] = "auto"  # auto: half on a GPU, float32 elsewhere
    batch_size: int = pydantic.Field(8, ge=1)

    use: ClassVar[Literal["run", "half"]] = "run"  # half: the weights themselves, not only what is computed with them

    def needs(self) -> tuple[Need, ...]:
        return (Weights(self.weights, self.revision, self.allow_pickle, self.precision, self.use),)

    def identity(self) -> dict:
        """What of these an answer depends on: the weights themselves, and all but their place and the batch size."""
        chosen = self.model_dump(exclude={"batch_size", *Source.model_fields})
        return {"weights": identity(self.weights, self.revision, self.allow_pickle), **chosen}


def check(weights: str, allow_pickle: bool) -> None:
    """Errors: InputError `pickle-weights` for a folder that has its weights in a pickle alone and isn't allowed to."""
    if allow_pickle or not Path(weights).is_dir():
        return
    files = sorted(path.name for path in Path(weights).iterdir())
    pickles = [name for name in files if name.endswith(PICKLES)]
    if pickles and not any(name.endswith(".safetensors") for name in files):
        what = f"{', '.join(pickles)} would be unpickled, which runs whatever code it holds"
        raise InputError("pickle-weights", what, where=weights, remedy=PICKLE_REMEDY)


def identity(weights: str, revision: str | None = None, allow_pickle: bool = False) -> str:
    """What identifies `weights`: the digest of a folder's files, or the name on the hub with its revision."""
    folder = Path(weights)
    if not folder.is_dir():
        return f"{weights}@{revision}" if revision else weights
    kinds = READ + PICKLES if allow_pickle else READ
    return digest(folder, sorted(path for path in folder.iterdir() if path.is_file() and path.name.endswith(kinds)))


def digest(folder: Path, files: list[Path]) -> str:
    """What identifies `files` of `folder`: their contents and their names in it, not where it is."""
    total = hashlib.sha256()
    for path, content in zip(files, _digests(files), strict=True):
        total.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _digests(files: list[Path]) -> list[str]:
    """sha256 of each file, remembered in the row store: some have 10 GB."""
    keys = [known_file("file", path) for path in files]
    store = Store()
    known = store.get(keys)
    for key, path in zip(keys, files, strict=True):
        if key not in known:
            with path.open("rb") as content:
                known[key] = {"sha256": hashlib.file_digest(content, "sha256").hexdigest()}
            store.put({key: known[key]})
    store.close()
    return [known[key]["sha256"] for key in keys]


def network(kind, params: Source, **options):
    """The network of `params`, made by `kind` (an AutoModel class), on the best device, in evaluation mode.

    `options`: of from_pretrained, such as `dtype`; float32 without. Errors: InputError `pickle-weights`, `no-weights`.
    """
    import torch

    from mmner.networks import device

    check(params.weights, params.allow_pickle)
    safe = None if params.allow_pickle else True
    options = {"dtype": torch.float32, "revision": params.revision or "main", "use_safetensors": safe} | options
    return loaded(kind, params.weights, **options).to(device.best()).eval()


def processor(kind, params: Source, **options):
    """The tokenizer, image processor or both that belong to `params`. Errors: InputError `no-weights`."""
    return loaded(kind, params.weights, revision=params.revision or "main", **options)


def loaded(kind, weights: str, **options):
    """`kind.from_pretrained(weights, ...)`, without progress bars. Errors: InputError `no-weights`.

    A hub that does not answer is asked once: left alone, its client tries each file six times, for minutes.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    if not Path(weights).is_dir() and not cached(weights, options.get("revision")):
        on_hub(weights, options.get("revision"))
    try:
        return kind.from_pretrained(weights, **options)
    except (OSError, ValueError) as error:  # ValueError: a config of a kind that `kind` doesn't know
        what = " ".join(str(error).split())[:300]
        remedy = "name a folder that save_pretrained wrote, or a model of the right kind on the hub"
        raise InputError("no-weights", what, where=weights, remedy=remedy) from error


def cached(name: str, revision: str | None = None) -> Path | None:
    """The folder of model `name` in the hub's cache, where at least its config is there."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json", revision=revision or "main")
    except HFValidationError:
        return None
    return Path(config).parent if isinstance(config, str) else None


def on_hub(name: str, revision: str | None = None, *, hub: str | None = None, timeout: float = 10.0):
    """What the hub says of model `name`, its files and their sizes included: a ModelInfo, asked for once.

    hub: its address, where it is another than the client's own. timeout: seconds. Errors: InputError `no-weights`.
    """
    from huggingface_hub import HfApi, errors

    try:
        return HfApi(hub).model_info(name, revision=revision, files_metadata=True, timeout=timeout)
    except errors.HFValidationError:
        what, remedy = "no such folder, and no name that the hub could have", FETCH
    except errors.RevisionNotFoundError:
        what, remedy = f"the hub has no revision {revision} of it", "correct the revision"
    except errors.RepositoryNotFoundError:
        what, remedy = (
            "no such folder, and the hub knows no such model",
            "correct it; for one behind a login: hf auth login",
        )
    except errors.OfflineModeIsEnabled:
        what, remedy = "no such folder, not in the hub's cache, and HF_HUB_OFFLINE forbids to ask the hub", FETCH
    except (errors.HTTPError, OSError) as error:
        why = type(error).__name__
        what, remedy = f"no such folder, not in the hub's cache, and the hub does not answer ({why})", FETCH
    raise InputError("no-weights", what, where=name, remedy=remedy)

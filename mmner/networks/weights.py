"""Weights of transformers' models, from a folder or the model hub, for every backend that loads a big network.

Reads: a folder that `save_pretrained` wrote, or a name on the hub. Nothing is unpickled unless `allow_pickle` is true.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pydantic

from mmner.base import lean_torch
from mmner.base.errors import InputError
from mmner.base.params import Count, Place
from mmner.base.params import Params as BaseParams
from mmner.base.paths import file_digest
from mmner.base.requirements import Requirement, Weights
from mmner.networks import lean_imports, proof
from mmner.rows.contract import LocalMemo, Memo
from mmner.rows.fingerprints import file_key

Grid = Annotated[int, pydantic.Field(ge=1, le=256)]  # cells a side; more of them than any tower has patches
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt")
TOKENIZER_SUFFIXES = (".codes", ".bpe", ".tiktoken", ".spm", ".vocab")
# What an answer may depend on, beside pickles.
DATA_SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".jinja", *TOKENIZER_SUFFIXES)
_LOADED = re.compile(
    r"(model|pytorch_model)(-\d+-of-\d+)?\.(safetensors|bin)(\.index\.json)?|(preprocessor_|processor_)?config\.json"
    r"|tokenizer(_config)?\.json|(special_tokens_map|added_tokens)\.json|vocab\.(json|txt)|merges\.txt|.*\.model"
    rf"|.*({'|'.join(map(re.escape, TOKENIZER_SUFFIXES))})"
)
FETCH_REMEDY = "name a folder that save_pretrained wrote, or fetch it where the hub can be reached: hf download"
CODE_REMEDY = "choose a model whose class transformers has, or take auto_map out of its config where it has the class"
PICKLE_REMEDY = (
    "save it as safetensors (save_pretrained does); if you trust it, set allow_pickle: true where the variant has that"
)


class WeightsSource(BaseParams):
    """Where a network of transformers comes from. `weights`: a folder, or a name on the model hub."""

    weights: Place
    revision: str | None = None  # of a name on the hub: a commit makes the answers repeatable
    allow_pickle: bool = False


class WeightsParams(WeightsSource):
    """Params of every backend that runs a model of transformers."""

    precision: Literal["auto", "float32", "bf16"] = "auto"  # auto: half on a GPU, float32 elsewhere
    batch_size: Count = 8

    use: ClassVar[Literal["run", "half"]] = "run"  # half: the weights themselves, not only what is computed with them

    def requirements(self) -> tuple[Requirement, ...]:
        return (Weights(self.weights, self.revision, self.allow_pickle, self.precision, self.use),)

    def identity(self, memo: Memo | None = None) -> dict:
        """The params that an answer depends on: all but the weights' place and the batch size; the weights by identity.

        memo: keeps the digests of files.
        """
        chosen = self.model_dump(exclude={"batch_size", *WeightsSource.model_fields})
        return {"weights": identity(self.weights, self.revision, self.allow_pickle, memo), **chosen}


def check(weights: str, allow_pickle: bool) -> None:
    """Check that a folder `weights` has other weights than pickles, unless `allow_pickle`.

    Errors: InputError `pickle-weights`.
    """
    if allow_pickle or not Path(weights).is_dir():
        return
    files = sorted(path.name for path in Path(weights).iterdir())
    pickles = [name for name in files if name.endswith(PICKLE_SUFFIXES)]
    if pickles and not any(name.endswith(".safetensors") for name in files):
        what = f"{', '.join(pickles)} would be unpickled, which runs whatever code it holds"
        raise InputError("pickle-weights", what, where=weights, remedy=PICKLE_REMEDY)


def identity(weights: str, revision: str | None = None, allow_pickle: bool = False, memo: Memo | None = None) -> str:
    """A text that identifies `weights`: the digest of its folder's files, or the name on the hub with its revision.

    memo: keeps the digests of files.
    """
    folder = Path(weights)
    if not folder.is_dir():
        return f"{weights}@{revision}" if revision else weights
    suffixes = DATA_SUFFIXES + PICKLE_SUFFIXES if allow_pickle else DATA_SUFFIXES
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name.endswith(suffixes))
    return digest(folder, files, memo)


def loaded_files(snapshot: Path) -> list[Path]:
    """What `from_pretrained` loads of the hub's `snapshot`: config, weights, and a tokenizer's or a processor's files.

    What else is there depends on who fetched it: `hf download` brings a whole repository.
    """
    files = sorted(path for path in snapshot.iterdir() if _LOADED.fullmatch(path.name))
    if any(path.name.endswith(".safetensors") for path in files):
        return [path for path in files if not path.name.startswith("pytorch_model")]
    return files


def digest(folder: Path, files: list[Path], memo: Memo | None = None) -> str:
    """The digest of `files`: of their contents and their paths within `folder`."""
    total = hashlib.sha256()
    for path, of_file in zip(files, _digests(files, memo), strict=True):
        total.update(f"{path.relative_to(folder).as_posix()} {of_file}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _digests(files: list[Path], memo: Memo | None) -> list[str]:
    """sha256 of each file. `memo` keeps each by the file's path and stat, since files may have 10 GB."""
    memo = LocalMemo() if memo is None else memo
    keys = [file_key("file", path) for path in files]
    known = memo.get(keys)
    for key, path in zip(keys, files, strict=True):
        if key not in known:
            known[key] = {"sha256": file_digest(path)}
            memo.put({key: known[key]})
    return [known[key]["sha256"] for key in keys]


def network(cls, params: WeightsSource, **options):
    """The network of `params` as an instance of `cls` (an AutoModel class), on the best device, in evaluation mode.

    `options`: of from_pretrained, such as `dtype`, float32 by default. Errors: InputError `pickle-weights`,
    `no-weights`.
    """
    import torch

    from mmner.networks import device

    lean_torch.complete()
    lean_imports.import_models()
    check(params.weights, params.allow_pickle)
    proof.no_adapter(params.weights)
    safe = None if params.allow_pickle else True
    options = {"dtype": torch.float32, "revision": params.revision or "main", "use_safetensors": safe} | options
    return proven(cls, params.weights, **options).to(device.best()).eval()


def proven(cls, weights: str, **options):
    """The network of `from_pretrained`, none of whose weights is random.

    Errors: InputError `no-weights`, `bad-config`.
    """
    report = {"output_loading_info": True, "ignore_mismatched_sizes": True}  # which the proof then refuses by name
    network, info = from_pretrained(cls, weights, **report, **options)
    proof.loaded(info, network, weights)
    return network


def processor(cls, params: WeightsSource, **options):
    """The tokenizer, image processor or both that belong to `params`. Errors: InputError `no-weights`."""
    return from_pretrained(cls, params.weights, revision=params.revision or "main", **options)


def from_pretrained(cls, weights: str, **options):
    """`kind.from_pretrained(weights, ...)`, without progress bars. Errors: InputError `no-weights`, `bad-config`.

    A hub that does not answer is asked once: left alone, its client tries each file six times, for minutes.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    proof.files(weights)
    if not Path(weights).is_dir() and not cached(weights, options.get("revision")):
        on_hub(weights, options.get("revision"))
    with loading(weights, "name a folder that save_pretrained wrote, or a model of the right kind on the hub"):
        return cls.from_pretrained(weights, trust_remote_code=False, **options)


@contextmanager
def loading(where: str, remedy: str, name: str = "no-weights") -> Iterator[None]:
    """Context manager: whatever a library raises about the files that it loads from `where` is InputError `name`.

    It may raise anything: what a damaged file makes of its code can't be listed.
    """
    try:
        yield
    except InputError:
        raise
    except ImportError as error:
        what = f"it needs a package that is not here: {_one_line(error)}"
        remedy = "install that, unless it is torchvision, which can't stand beside torch for CPUs: choose another model"
        raise InputError(name, what, where=where, remedy=remedy) from error
    except Exception as error:
        if "trust_remote_code" in str(error):
            what = "it wants code of its own to be run, which no folder may"
            raise InputError("custom-code", what, where=where, remedy=CODE_REMEDY) from error
        raise InputError(name, f"{type(error).__name__}: {_one_line(error)}", where=where, remedy=remedy) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def cached(name: str, revision: str | None = None) -> Path | None:
    """The folder of model `name` in the hub's cache; None where the cache lacks the model's config."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(name, "config.json", revision=revision or "main")
    except HFValidationError:
        return None
    return Path(config).parent if isinstance(config, str) else None


def on_hub(name: str, revision: str | None = None, *, hub: str | None = None, timeout: float = 10.0):
    """The hub's ModelInfo of model `name`, with the sizes of its files. The hub is asked once.

    hub: its address; None: the client's own. timeout: seconds. Errors: InputError `no-weights`.
    """
    from huggingface_hub import HfApi, errors

    try:
        return HfApi(hub).model_info(name, revision=revision, files_metadata=True, timeout=timeout)
    except errors.HFValidationError:
        what, remedy = "no such folder, and no name that the hub could have", FETCH_REMEDY
    except errors.RevisionNotFoundError:
        what, remedy = f"the hub has no revision {revision} of it", "correct the revision"
    except errors.RepositoryNotFoundError:
        what, remedy = (
            "no such folder, and the hub knows no such model",
            "correct it; for one behind a login: hf auth login",
        )
    except errors.OfflineModeIsEnabled:
        what, remedy = "no such folder, not in the hub's cache, and HF_HUB_OFFLINE forbids to ask the hub", FETCH_REMEDY
    except (errors.HTTPError, OSError) as error:
        reason = type(error).__name__
        what, remedy = f"no such folder, not in the hub's cache, and the hub does not answer ({reason})", FETCH_REMEDY
    raise InputError("no-weights", what, where=name, remedy=remedy)

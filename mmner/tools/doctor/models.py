"""Checks of networks: in a package, in a folder, in the hub's cache, or on the hub.

Nothing is loaded but text encoders in folders of the user's, which read two words.
"""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

from mmner.base import paths, requirements
from mmner.base.errors import InputError
from mmner.networks import encoders, proof
from mmner.networks import weights as network_weights
from mmner.tools.doctor import machine
from mmner.tools.doctor.findings import Context, Finding, format_bytes, from_error

WIDTHS = ("hidden_size", "dim", "d_model", "n_embd", "emb_dim")  # what config.json calls it: BERT's word, DistilBERT's
INSTALL = "install the packages of requirements.txt"


def weights(requirement: requirements.Weights, context: Context) -> Finding:
    """From where `requirement` can be loaded, and whether it fits into memory; FAIL if from nowhere."""
    try:
        place = encoders.locate(requirement.place)
    except InputError as error:
        return from_error(error)
    except ImportError as error:
        return Finding("FAIL", f"{requirement.place}: no package {error.name}", INSTALL)
    if Path(place).is_dir():
        return _folder(
            requirement, Path(place), "embedded" if requirement.place.startswith("embedded:") else "on disk", context
        )
    if (cached := network_weights.cached(requirement.place, requirement.revision)) and (
        finding := _folder(requirement, cached, "in the hub's cache", context)
    ).status != "FAIL":
        return finding
    try:
        return _listed(
            requirement,
            network_weights.on_hub(requirement.place, requirement.revision, hub=context.hub, timeout=context.timeout),
            context,
        )
    except InputError as error:
        return from_error(error)


def _folder(requirement: requirements.Weights, folder: Path, found_in: str, context: Context) -> Finding:
    try:
        network_weights.check(str(folder), requirement.allow_pickle)
        proof.no_adapter(str(folder))
        proof.files(str(folder))
    except InputError as error:
        return from_error(error)
    files = sorted(path for path in folder.iterdir() if path.name.endswith(".safetensors"))
    lacking = [] if (folder / "config.json").is_file() else ["config.json"]
    lacking += [name for index in folder.glob("*.safetensors.index.json") for name in _shards(index)]
    pickles = requirement.allow_pickle and any(
        path.name.endswith(network_weights.PICKLE_SUFFIXES) for path in folder.iterdir()
    )
    if not files and not pickles:
        lacking.append("*.safetensors")
    if lacking:
        return Finding(
            "FAIL", f"{requirement.place}: {found_in}, without {', '.join(lacking)}", network_weights.FETCH_REMEDY
        )
    if not files:
        return Finding("ok", f"{requirement.place}: {found_in}, a pickle, which is allowed")
    try:
        parameters = sum(map(_parameters, files))
    except ValueError as error:
        return Finding("FAIL", f"{requirement.place}: {found_in}, {error}", "copy or fetch it again")
    fits = machine.memory_for(requirement, parameters, context.machine.result())
    if requirement.text and found_in == "on disk" and fits.status != "FAIL":
        try:
            encoders.dry_pass(str(folder), allow_pickle=requirement.allow_pickle)
        except InputError as error:
            return from_error(error)
    return Finding(fits.status, f"{requirement.place}: {found_in}, {fits.message}", fits.remedy)


def width(encoder: str) -> int | None:
    """The width of text `encoder` as its config.json says it; None where that is not here, or says none."""
    try:
        folder = encoders.locate(encoder)
        here = Path(folder) if Path(folder).is_dir() else network_weights.cached(folder)
        content = json.loads(paths.read_text(here / "config.json")) if here else {}
    except (InputError, ImportError, OSError, ValueError, RecursionError):  # its own check names it
        return None
    found = [content[key] for key in WIDTHS if key in content] if isinstance(content, dict) else []
    return found[0] if found and isinstance(found[0], int) and found[0] > 0 else None


def _shards(index: Path) -> list[str]:
    """The files that `index` names and that are not in its folder."""
    named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return sorted(name for name in named if not (index.parent / name).is_file())


def _parameters(path: Path) -> int:
    """How many numbers the safetensors file holds, by its header. Errors: ValueError for a damaged or other file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118  it is no dict
    except SafetensorError as error:
        raise ValueError(f"{path.name} is no whole safetensors file ({error})") from error


def _listed(requirement: requirements.Weights, info, context: Context) -> Finding:
    """The finding about a model on the hub, by its list of files. `info`: the hub's ModelInfo."""
    files = {file.rfilename: file.size or 0 for file in info.siblings or () if "/" not in file.rfilename}
    safe = [name for name in files if name.endswith(".safetensors")]
    pickles = [name for name in files if name.endswith(network_weights.PICKLE_SUFFIXES)]
    if not safe and not pickles:
        return Finding(
            "FAIL",
            f"{requirement.place}: on the hub, without weights that transformers loads",
            network_weights.FETCH_REMEDY,
        )
    if not safe and not requirement.allow_pickle:
        message = f"error[pickle-weights] {requirement.place}: on the hub, in a pickle alone ({', '.join(pickles)})"
        return Finding("FAIL", message, network_weights.PICKLE_REMEDY)
    download = sum(files[name] for name in safe or pickles)
    message = f"{requirement.place}: on the hub, {format_bytes(download)} to fetch"
    if info.safetensors is None:
        return Finding("ok", message, download=download)
    fits = machine.memory_for(requirement, info.safetensors.total, context.machine.result())
    return Finding(fits.status, f"{message}, {fits.message}", fits.remedy, download)

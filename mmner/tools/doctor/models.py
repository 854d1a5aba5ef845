"""Networks: on disk and whole, in a package, in the hub's cache, or to be had from the hub. Nothing is loaded."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

from mmner.base import requirements
from mmner.base.errors import InputError
from mmner.networks import encoders
from mmner.networks import weights as door
from mmner.tools.doctor import machine
from mmner.tools.doctor.findings import Finding, Here, size, wrong

INSTALL = "install the packages of requirements.txt"


def weights(need: requirements.Weights, here: Here) -> Finding:
    """Whether `need` can be loaded, from where, and whether it fits."""
    try:
        place = encoders.locate(need.place)
    except InputError as error:
        return wrong(error)
    except ImportError as error:
        return Finding("FAIL", f"{need.place}: no package {error.name}", INSTALL)
    if Path(place).is_dir():
        return _folder(need, Path(place), "embedded" if need.place.startswith("embedded:") else "on disk", here)
    if (cached := door.cached(need.place, need.revision)) and (
        found := _folder(need, cached, "in the hub's cache", here)
    ).status != "FAIL":
        return found
    try:
        return _listed(need, door.on_hub(need.place, need.revision, hub=here.hub, timeout=here.timeout), here)
    except InputError as error:
        return wrong(error)


def _folder(need: requirements.Weights, folder: Path, what: str, here: Here) -> Finding:
    try:
        door.check(str(folder), need.allow_pickle)
    except InputError as error:
        return wrong(error)
    files = sorted(path for path in folder.iterdir() if path.name.endswith(".safetensors"))
    lacking = [] if (folder / "config.json").is_file() else ["config.json"]
    lacking += [name for index in folder.glob("*.safetensors.index.json") for name in _shards(index)]
    pickles = need.allow_pickle and any(path.name.endswith(door.PICKLE_SUFFIXES) for path in folder.iterdir())
    if not files and not pickles:
        lacking.append("*.safetensors")
    if lacking:
        return Finding("FAIL", f"{need.place}: {what}, without {', '.join(lacking)}", door.FETCH_REMEDY)
    if not files:
        return Finding("ok", f"{need.place}: {what}, a pickle, which is allowed")
    try:
        parameters = sum(map(_parameters, files))
    except ValueError as error:
        return Finding("FAIL", f"{need.place}: {what}, {error}", "copy or fetch it again")
    fits = machine.takes(need, parameters, here.machine.result())
    return Finding(fits.status, f"{need.place}: {what}, {fits.told}", fits.remedy)


def _shards(index: Path) -> list[str]:
    """Files that `index` names and its folder lacks."""
    named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    return sorted(name for name in named if not (index.parent / name).is_file())


def _parameters(path: Path) -> int:
    """How many numbers the file holds, by its head. Errors: ValueError where it is cut off, or of another kind."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118  it is no dict
    except SafetensorError as error:
        raise ValueError(f"{path.name} is no whole safetensors file ({error})") from error


def _listed(need: requirements.Weights, info, here: Here) -> Finding:
    """What the hub's list of files means. `info`: its ModelInfo."""
    files = {file.rfilename: file.size or 0 for file in info.siblings or () if "/" not in file.rfilename}
    safe = [name for name in files if name.endswith(".safetensors")]
    pickles = [name for name in files if name.endswith(door.PICKLE_SUFFIXES)]
    if not safe and not pickles:
        return Finding("FAIL", f"{need.place}: on the hub, without weights that transformers loads", door.FETCH_REMEDY)
    if not safe and not need.allow_pickle:
        told = f"error[pickle-weights] {need.place}: on the hub, in a pickle alone ({', '.join(pickles)})"
        return Finding("FAIL", told, door.PICKLE_REMEDY)
    download = sum(files[name] for name in safe or pickles)
    told = f"{need.place}: on the hub, {size(download)} to fetch"
    if info.safetensors is None:
        return Finding("ok", told, download=download)
    fits = machine.takes(need, info.safetensors.total, here.machine.result())
    return Finding(fits.status, f"{told}, {fits.told}", fits.remedy, download)

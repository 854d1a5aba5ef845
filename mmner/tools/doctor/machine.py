"""The machine: its GPU, memory and disk, and what a network would take of them."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mmner.base import requirements
from mmner.rows import store
from mmner.tools.doctor.findings import Finding, size

TRAINED = 16  # bytes a parameter: float32 weights, gradients, and AdamW's two moments
LITTLE = 2e9  # bytes of free disk under which a long run is likely to end with a full one


@dataclass(frozen=True)
class Machine:
    """`memory`, `free`, `gpu_memory`, `gpu_free` in bytes; `gpu`: its name, or None.

    `bf16`, `trains_bf16`: whether precision auto is bf16 for networks that are run, and that are trained.
    """

    cores: int
    memory: int
    free: int
    gpu: str | None = None
    gpu_memory: int = 0
    gpu_free: int = 0
    bf16: bool = False
    trains_bf16: bool = False


def probe() -> Machine:
    """This machine, as torch sees it. A container's own limit counts as the machine's memory."""
    import torch

    from mmner.networks import device

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    where = device.best()
    bf16 = [isinstance(device.autocast("auto", where, training)(), torch.autocast) for training in (False, True)]
    if where.type != "cuda":
        return Machine(cores, *_memory(), bf16=bf16[0], trains_bf16=bf16[1])
    gpu_free, gpu_memory = torch.cuda.mem_get_info()
    return Machine(cores, *_memory(), torch.cuda.get_device_name(), gpu_memory, gpu_free, *bf16)


def _memory() -> tuple[int, int]:
    """Bytes of memory, and how many of them are free."""
    told = Path("/proc/meminfo")
    if not told.is_file():
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return total, total
    found = {name: 1024 * int(kib) for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", told.read_text(), re.M)}
    total, free = found["MemTotal"], found["MemAvailable"]
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and (most := limit.read_text().strip()).isdigit():
        total, free = min(total, int(most)), min(free, max(int(most) - int(used.read_text()), 0))
    return total, free


def about(machine: Machine) -> Finding:
    """Cores, memory, and where networks run in which precision."""
    told = f"{machine.cores} cores, {size(machine.memory)} of memory ({size(machine.free)} free)"
    gpu = f"{machine.gpu}, {size(machine.gpu_memory)} ({size(machine.gpu_free)} free)" if machine.gpu else "no GPU"
    runs, trains = ("bf16" if has else "float32" for has in (machine.bf16, machine.trains_bf16))
    return Finding("ok", f"{told}; {gpu}; precision auto runs networks in {runs}, trains them in {trains}")


def disk(download: int) -> list[Finding]:
    """Free disk where rows are kept and, for `download` bytes, where the model hub's cache is."""
    from huggingface_hub.constants import HF_HUB_CACHE

    found = [_room(store.folder(), "rows", 0)]
    return [*found, _room(Path(HF_HUB_CACHE), "the hub's cache", download)] if download else found


def _room(folder: Path, name: str, wanted: int) -> Finding:
    there = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(there).free
    told = f"{size(free)} of disk free for {name}" + (f", {size(wanted)} wanted" if wanted else "")
    if free - wanted >= LITTLE:
        return Finding("ok", told)
    return Finding("FAIL" if wanted > free else "warn", told, f"make room in {there}, or move what is kept there")


def takes(need: requirements.Weights, parameters: int, machine: Machine) -> Finding:
    """What a network of so many `parameters` takes where it would run, activations not counted."""
    on_gpu = machine.gpu is not None and need.use != "cpu"
    where, total = ("the GPU", machine.gpu_memory) if on_gpu else ("the CPU", machine.memory)
    kind = _precision(need, on_gpu, machine)
    each = TRAINED if need.use == "train" else 2 if need.use == "half" and kind != "float32" else 4
    purpose = "to train" if need.use == "train" else "to run"
    told = f"{parameters / 1e6:.1f} M parameters, {size(each * parameters)} {purpose} on {where}, {kind}"
    if each * parameters <= total:
        return Finding("ok", told)
    remedy = "take a smaller network, or a machine with more memory"
    return Finding("FAIL" if on_gpu else "warn", f"{told}, which has {size(total)}", remedy)


def _precision(need: requirements.Weights, on_gpu: bool, machine: Machine) -> str:
    """What the network computes in, as mmner.networks.device decides it."""
    if need.use == "cpu" or need.precision == "float32":
        return "float32"
    if need.precision == "bf16" or (machine.trains_bf16 if need.use == "train" else machine.bf16):
        return "bf16"
    return "float16" if need.use == "half" and on_gpu else "float32"

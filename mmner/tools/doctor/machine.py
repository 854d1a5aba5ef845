"""The machine: its GPU, memory and disk, and how much of them a network takes."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mmner.base import requirements
from mmner.rows import store
from mmner.tools.doctor.findings import Finding, format_bytes

TRAINING_BYTES = 16  # bytes a parameter: float32 weights, gradients, and AdamW's two moments
MIN_FREE_DISK = 2e9  # bytes of free disk under which a long run is likely to end with a full one


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
    """This machine, as torch sees it; in a container with a limit of memory, that limit is the memory."""
    import torch

    from mmner.networks import device

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    best = device.best()
    bf16 = [isinstance(device.autocast("auto", best, training)(), torch.autocast) for training in (False, True)]
    if best.type != "cuda":
        return Machine(cores, *_memory(), bf16=bf16[0], trains_bf16=bf16[1])
    gpu_free, gpu_memory = torch.cuda.mem_get_info()
    return Machine(cores, *_memory(), torch.cuda.get_device_name(), gpu_memory, gpu_free, *bf16)


def _memory() -> tuple[int, int]:
    """(bytes of memory, bytes of it that are free)."""
    meminfo = Path("/proc/meminfo")
    if not meminfo.is_file():
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return total, total
    sizes = {name: 1024 * int(kib) for name, kib in re.findall(r"^(\w+):\s+(\d+) kB", meminfo.read_text(), re.M)}
    total, free = sizes["MemTotal"], sizes["MemAvailable"]
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and used.is_file() and (most := limit.read_text().strip()).isdigit():
        total, free = min(total, int(most)), min(free, max(int(most) - int(used.read_text()), 0))
    return total, free


def summary(machine: Machine) -> Finding:
    """A finding with the cores, memory and GPU, and the precision in which networks run and train."""
    memory = f"{machine.cores} cores, {format_bytes(machine.memory)} of memory ({format_bytes(machine.free)} free)"
    gpu = (
        f"{machine.gpu}, {format_bytes(machine.gpu_memory)} ({format_bytes(machine.gpu_free)} free)"
        if machine.gpu
        else "no GPU"
    )
    runs, trains = ("bf16" if has else "float32" for has in (machine.bf16, machine.trains_bf16))
    return Finding("ok", f"{memory}; {gpu}; precision auto runs networks in {runs}, trains them in {trains}")


def disk(download: int) -> list[Finding]:
    """Findings about the free disk for the row store and, if `download` bytes are fetched, for the hub's cache."""
    from huggingface_hub.constants import HF_HUB_CACHE

    findings = [_free_disk(store.folder(), "rows", 0)]
    return [*findings, _free_disk(Path(HF_HUB_CACHE), "the hub's cache", download)] if download else findings


def _free_disk(folder: Path, name: str, wanted: int) -> Finding:
    existing = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(existing).free
    message = f"{format_bytes(free)} of disk free for {name}" + (f", {format_bytes(wanted)} wanted" if wanted else "")
    if free - wanted >= MIN_FREE_DISK:
        return Finding("ok", message)
    return Finding("FAIL" if wanted > free else "warn", message, f"make room in {existing}, or move what is kept there")


def memory_for(requirement: requirements.Weights, parameters: int, machine: Machine) -> Finding:
    """Whether a network of so many `parameters` fits into the memory where it runs; activations are not counted."""
    on_gpu = machine.gpu is not None and requirement.use != "cpu"
    place, total = ("the GPU", machine.gpu_memory) if on_gpu else ("the CPU", machine.memory)
    kind = _precision(requirement, on_gpu, machine)
    each = TRAINING_BYTES if requirement.use == "train" else 2 if requirement.use == "half" and kind != "float32" else 4
    purpose = "to train" if requirement.use == "train" else "to run"
    size = f"{parameters / 1e6:.1f} M parameters, {format_bytes(each * parameters)} {purpose} on {place}, {kind}"
    if each * parameters <= total:
        return Finding("ok", size)
    remedy = "take a smaller network, or a machine with more memory"
    return Finding("FAIL" if on_gpu else "warn", f"{size}, which has {format_bytes(total)}", remedy)


def _precision(requirement: requirements.Weights, on_gpu: bool, machine: Machine) -> str:
    """What the network computes in, as mmner.networks.device decides it."""
    if requirement.use == "cpu" or requirement.precision == "float32":
        return "float32"
    if requirement.precision == "bf16" or (machine.trains_bf16 if requirement.use == "train" else machine.bf16):
        return "bf16"
    return "float16" if requirement.use == "half" and on_gpu else "float32"

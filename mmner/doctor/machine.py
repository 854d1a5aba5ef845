"""The machine: its GPU, memory and disk, and what a network would take of them."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from mmner import needs, store
from mmner.doctor.findings import Finding, size

TRAINED = 16  # bytes a parameter: float32 weights, gradients, and AdamW's two moments
LITTLE = 2e9  # bytes of free disk under which a long run is likely to end with a full one


@dataclass(frozen=True)
class Machine:
    """`memory`, `free`, `gpu_memory`, `gpu_free` in bytes; `gpu`: its name, or None."""

    cores: int
    memory: int
    free: int
    gpu: str | None = None
    gpu_memory: int = 0
    gpu_free: int = 0
    bf16: bool = False


def probe() -> Machine:
    """This machine, as torch sees it. A container's own limit counts as the machine's memory."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory, free = _memory()
    if not torch.cuda.is_available():
        return Machine(cores, memory, free)
    gpu_free, gpu_memory = torch.cuda.mem_get_info()
    name = torch.cuda.get_device_name()
    return Machine(cores, memory, free, name, gpu_memory, gpu_free, torch.cuda.is_bf16_supported())


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
    told = f"{machine.cores} cores, {size(machine.memory)} of memory ({size(machine.free)} free); "
    if machine.gpu is None:
        return Finding("ok", f"{told}no GPU: networks run on the CPU, in float32 unless a variant says bf16")
    half = "bf16" if machine.bf16 else "float32 (it has no bf16; BLIP-2: float16)"
    return Finding(
        "ok",
        f"{told}{machine.gpu}, {size(machine.gpu_memory)} ({size(machine.gpu_free)} free): precision auto is {half}",
    )


def disk(download: int) -> list[Finding]:
    """Free disk where rows and models are kept; `download`: bytes that go to the model hub's cache first."""
    from huggingface_hub.constants import HF_HUB_CACHE

    found = []
    for name, folder, wanted in (("rows", store.folder(), 0), ("downloads", Path(HF_HUB_CACHE), download)):
        if name == "downloads" and not download:
            continue
        free = shutil.disk_usage(next(place for place in (folder, *folder.absolute().parents) if place.is_dir())).free
        told = f"{size(free)} of disk free for {name}" + (f", {size(wanted)} wanted" if wanted else "")
        if wanted > free:
            found.append(Finding("FAIL", told, f"make room in {folder}, or move it with HF_HOME"))
        elif free - wanted < LITTLE:
            found.append(Finding("warn", told, f"make room in {folder}"))
        else:
            found.append(Finding("ok", told))
    return found


def takes(need: needs.Weights, parameters: int, machine: Machine) -> Finding:
    """What a network of so many `parameters` takes where it would run."""
    on_gpu = machine.gpu is not None and need.use != "cpu"
    half = need.use != "cpu" and (need.precision == "bf16" or (need.precision == "auto" and on_gpu and machine.bf16))
    kind = "bf16" if half else "float32"
    if need.use == "half" and need.precision == "auto" and on_gpu and not machine.bf16:
        kind, half = "float16", True
    each = TRAINED if need.use == "train" else 2 if need.use == "half" and half else 4
    total = machine.gpu_memory if on_gpu else machine.memory
    where = "the GPU" if on_gpu else "the CPU"
    told = f"{parameters / 1e6:.1f} M parameters, {size(each * parameters)} on {where}, {kind}"
    if need.use == "train":
        told = f"{parameters / 1e6:.1f} M parameters, {size(each * parameters)} and more to train on {where}, {kind}"
    if each * parameters <= total:
        return Finding("ok", told)
    told += f", which has {size(total)}"
    return Finding("FAIL" if on_gpu else "warn", told, "take a smaller network, or a machine with more memory")

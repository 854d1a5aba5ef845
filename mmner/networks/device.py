"""Where networks run, and in which precision."""

from __future__ import annotations

import ctypes
from contextlib import nullcontext

import torch


def best() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(precision: str, device: torch.device, training: bool = False):
    """A function that makes the context which `precision` (auto | float32 | bf16) means on `device`.

    auto is bf16 on a GPU that has it, float32 elsewhere; for networks that are trained (and for running these) it is
    bf16 on a CPU, too, whose instructions have it. On other CPUs bf16 is slower than float32.
    """
    if precision == "bf16" or (precision == "auto" and _has_bf16(device, training)):
        return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext


def _has_bf16(device: torch.device, training: bool) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    has = torch.cpu.get_capabilities()
    return training and bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def half(precision: str) -> torch.dtype:
    """The type of the weights of a network that is only run, which `precision` (auto | float32 | bf16) means here.

    auto is half on a GPU (bf16, or float16 where it has no bf16), float32 on a CPU.
    """
    where = best()
    if precision == "float32" or (precision == "auto" and where.type != "cuda"):
        return torch.float32
    return torch.bfloat16 if precision == "bf16" or torch.cuda.is_bf16_supported() else torch.float16


def release() -> None:
    """Give the system back what the C library holds free: on a CPU, batches of many lengths fragment its memory."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's
        trim(0)

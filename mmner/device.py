"""Where networks run, and in which precision."""

from __future__ import annotations

from contextlib import nullcontext

import torch


def best() -> torch.device:
    """The GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(precision: str, device: torch.device):
    """A function that makes the context which `precision` (auto | float32 | bf16) means on `device`.

    auto is bf16 on a GPU that has it, float32 elsewhere. bf16 is 1.6 times as fast on CPUs with AVX512-BF16 or AMX, and
    slower on those without.
    """
    has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
    if precision == "bf16" or (precision == "auto" and has_bf16):
        return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext


def half(precision: str) -> torch.dtype:
    """The type of the weights of a network that is only run, which `precision` (auto | float32 | bf16) means here.

    auto is half on a GPU (bf16, or float16 where it has no bf16), float32 on a CPU.
    """
    where = best()
    if precision == "float32" or (precision == "auto" and where.type != "cuda"):
        return torch.float32
    return torch.bfloat16 if precision == "bf16" or torch.cuda.is_bf16_supported() else torch.float16

"""The device that networks run on, and the precision that they compute in."""

from __future__ import annotations

import ctypes
import os
from contextlib import nullcontext

import torch

from mmner.base.errors import InputError

VARIABLE = "MMNER_DEVICE"  # such as cpu or cuda:1


def best() -> torch.device:
    """The device that $MMNER_DEVICE names; else the GPU where there is one, else the CPU.

    Errors: InputError `no-device` where this machine lacks the one that is named.
    """
    if name := os.environ.get(VARIABLE):
        try:
            torch.empty(1, device=name)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            reason = " ".join(str(error).split())[:200]
            raise InputError("no-device", f"{name}: {reason}", remedy="name one that is here, such as cpu") from error
        return torch.device(name)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast(precision: str, device: torch.device, training: bool = False):
    """A function that returns a context manager: torch.autocast for bf16, or one that does nothing for float32.

    `precision`: auto | float32 | bf16. auto is bf16 on a GPU that has it, and float32 elsewhere. With `training`, for
    networks that are trained or were trained here, auto is bf16 on a CPU with AMX, too; on other CPUs bf16 is slower
    than float32, AVX512-BF16 or not.
    """
    if precision == "bf16" or (precision == "auto" and _has_bf16(device, training)):
        return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext


def prepare(target: torch.device, *, tf32: bool) -> None:
    """Let a GPU `target` multiply float32 in TF32, with 10 bits of mantissa, or not."""
    if target.type == "cuda":
        torch.set_float32_matmul_precision("high" if tf32 else "highest")
        torch.backends.cudnn.allow_tf32 = tf32


def _has_bf16(device: torch.device, training: bool) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return training and bool(torch.cpu.get_capabilities().get("amx_bf16"))


def inference_dtype(precision: str) -> torch.dtype:
    """The dtype of the weights of a network that is run and not trained. `precision`: auto | float32 | bf16.

    auto is half precision on a GPU (bf16, or float16 where it has no bf16), and float32 on a CPU.
    """
    best_device = best()
    if precision == "float32" or (precision == "auto" and best_device.type != "cuda"):
        return torch.float32
    return torch.bfloat16 if precision == "bf16" or torch.cuda.is_bf16_supported() else torch.float16


def release() -> None:
    """Return memory that the C library keeps free to the system: on a CPU, batches of many lengths fragment it."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's
        trim(0)

"""The precision that networks compute in."""

import pytest
import torch

from mmner.networks import device

CPU = torch.device("cpu")
CAPABILITIES = {
    "neither": ({}, False),
    "AVX512-BF16": ({"avx512_bf16": True, "amx_bf16": False}, False),  # 1.4 times as slow in bf16
    "AMX": ({"avx512_bf16": True, "amx_bf16": True}, True),
}


@pytest.mark.parametrize("name", CAPABILITIES)
def test_a_cpu_trains_in_bf16_by_itself_with_amx_alone(name, monkeypatch):
    capabilities, expected = CAPABILITIES[name]
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)

    def is_bf16(precision, training):
        return isinstance(device.autocast(precision, CPU, training)(), torch.autocast)

    assert is_bf16("auto", training=True) is expected
    assert not is_bf16("auto", training=False)
    assert is_bf16("bf16", training=False)
    assert not is_bf16("float32", training=True)

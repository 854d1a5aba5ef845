"""A process of ours begins without torch's compiler, computes the same, and can compile after all."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
from mmner.base.main import run_main
from mmner.networks import encoders

def main():
    import torch
    network, tokenizer = encoders.network(sys.argv[1]).eval(), encoders.tokenizer(sys.argv[1])
    inputs = tokenizer(["Ada met the mayor"], return_tensors="pt")
    made = network(**inputs).last_hidden_state
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
    made.sum().backward()
    optimizer.step()
    lean = [module not in sys.modules for module in ("torch._dynamo.convert_frame", "torch._decomp")]
    if sys.argv[3] == "deterministic":
        torch.use_deterministic_algorithms(True, warn_only=True)
    compiled = torch.compile(network, backend="aot_eager")(**inputs).last_hidden_state
    same = torch.allclose(compiled, network(**inputs).last_hidden_state, atol=1e-5)
    counted = torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    shape_alone = torch.nn.functional.huber_loss(torch.empty(3, device="meta"), torch.empty(3, device="meta")).shape
    print(json.dumps([lean, bool(same), bool(counted), list(shape_alone), made.tolist()]))

run_main(main) if sys.argv[2] == "ours" else main()
"""
MINILM = "embedded:all-MiniLM-L6-v2"


def run(encoder: str, whose: str, first: str = "") -> list:
    command = [sys.executable, "-c", PROGRAM, encoder, whose, first]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.fixture(scope="module")
def found():
    return {whose: run(MINILM, whose) for whose in ("ours", "theirs")}


def test_neither_the_compiler_nor_what_it_needs_of_torch_is_there_until_somebody_compiles(found):
    lean, same, counted, shape_alone, _ = found["ours"]
    assert lean == [True, True]
    assert same
    assert counted
    assert shape_alone == []


def test_who_asks_for_deterministic_kernels_by_the_function_that_tells_the_compiler_has_it_whole_too():
    lean, same, counted, shape_alone, _ = run(MINILM, "ours", "deterministic")
    assert lean == [True, True]
    assert same
    assert counted
    assert shape_alone == []


def test_a_folder_s_network_of_whatever_kind_is_built_with_torch_whole(tiny_encoder):
    lean, same, *_ = run(str(tiny_encoder), "ours")
    assert lean == [True, False]
    assert same


def test_a_program_that_imports_mmner_has_both_as_they_are(found):
    assert found["theirs"][0] == [False, False]


def test_what_a_network_makes_is_the_same(found):
    assert found["ours"][-1] == found["theirs"][-1]

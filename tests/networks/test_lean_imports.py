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
    lean = "torch._dynamo.convert_frame" not in sys.modules
    made = network(**inputs).last_hidden_state
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
    made.sum().backward()
    optimizer.step()
    compiled = torch.compile(network, backend="eager")(**inputs).last_hidden_state
    same = torch.allclose(compiled, network(**inputs).last_hidden_state, atol=1e-5)
    counted = torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    print(json.dumps([lean, bool(same), bool(counted), made.tolist()]))

run_main(main) if sys.argv[2] == "ours" else main()
"""


@pytest.fixture(scope="module")
def found(tiny_encoder):
    def run(whose: str) -> list:
        command = [sys.executable, "-c", PROGRAM, str(tiny_encoder), whose]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return {whose: run(whose) for whose in ("ours", "theirs")}


def test_the_compiler_is_not_there_until_somebody_compiles(found):
    lean, same, counted, _ = found["ours"]
    assert lean
    assert same
    assert counted


def test_a_program_that_imports_mmner_has_transformers_as_it_is(found):
    assert not found["theirs"][0]


def test_what_a_network_makes_is_the_same(found):
    assert found["ours"][-1] == found["theirs"][-1]

"""The encoder of the extra `base`, of the real packages: `make .venv-base/ready` installs them into a folder."""

import os
import subprocess
import sys

from tests.pipeline.graph import ROOT

BASE = ROOT / ".venv-base"
READ = """
from mmner.networks import encoders
from mmner.networks.sentences import SentenceEncoder
place = encoders.locate(encoders.MPNET)
encoders.dry_pass(encoders.MPNET)
network = encoders.network(encoders.MPNET)
sentences = SentenceEncoder(encoders.MPNET)
near, far = sentences.cosines(["music by the water", "tax law"], "A band plays on the quay.")
print(sum(weight.numel() for weight in network.parameters()) // 10**6, network.config.hidden_size, near > far + 0.2)
"""


def read(cache) -> str:
    path = f"{BASE}{os.pathsep}{ROOT}"
    environment = os.environ | {"PYTHONPATH": path, "XDG_CACHE_HOME": str(cache), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([sys.executable, "-c", READ], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[0]


def test_the_packages_make_an_encoder_that_reads_and_compares(tmp_path):
    assert read(tmp_path) == "109 768 True"
    (made,) = (tmp_path / "mmner" / "encoders").iterdir()
    before = (made / "model.safetensors").stat()
    assert read(tmp_path) == "109 768 True"  # put together once
    assert (made / "model.safetensors").stat().st_mtime_ns == before.st_mtime_ns

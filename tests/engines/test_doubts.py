"""The tests of tests/tools/doubts that skip where the extra `doubts` is missing, with it."""

import os
import subprocess
import sys

from tests.pipeline.graph import ROOT

DOUBTS = ROOT / ".venv-doubts"


def test_gold_in_doubt_is_ranked_by_cleanlab():
    environment = os.environ | {"PYTHONPATH": f"{DOUBTS}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/tools/doubts"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout

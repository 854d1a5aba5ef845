"""How commands end: what every script shares."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_reader_that_has_seen_enough_is_no_error():
    many = [sys.executable, "-m", "mmner", "experiments", "show", "iac6"]
    with subprocess.Popen(many, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        assert command.stdout.readline()
        command.stdout.close()
        assert command.stderr.read() == ""
        assert command.wait() == 1

"""Running dvc as a process that ends when we do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

PATIENCE = 10.0  # seconds that dvc has to end in


def run(*arguments: str, stdout: int | None = None) -> subprocess.CompletedProcess:
    """Run dvc. Who ends this, by Ctrl-C or (after `exit_at_sigterm`) a signal, ends dvc and the stage that it is at."""
    command = [sys.executable, "-m", "dvc", *arguments]
    with subprocess.Popen(command, stdout=stdout, process_group=0) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGINT)  # all of them, as a terminal does: dvc ends behind its stage
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:  # what a script starts in the background may ignore Ctrl-C
                os.killpg(process.pid, signal.SIGTERM)
            raise
    return subprocess.CompletedProcess(command, process.returncode, output)


def exit_at_sigterm() -> None:
    """Let SIGTERM end this process as an exit does, and so what it has started."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))

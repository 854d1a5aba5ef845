"""Commands at work in a project, to be ended by a signal."""

import contextlib
import os
import signal
import subprocess
import sys
import time


@contextlib.contextmanager
def begun(project, log, *arguments):
    """(mmner with `arguments`, what it has said so far). In a session of its own, a signal reaches it alone."""
    command = [sys.executable, "-m", "mmner", *arguments]
    with log.open("wb") as file:
        whole = subprocess.Popen(
            command, cwd=project.folder, env=project.environment, stderr=file, start_new_session=True
        )
    try:
        yield whole, log.read_text
    finally:
        for command in members(whole):
            os.kill(int(command.split()[0]), signal.SIGKILL)
        whole.wait()


def wait_until(reached, whole, said) -> None:
    """Until `reached()`, while `whole` is at work."""
    began = time.monotonic()
    while not reached():
        assert whole.poll() is None, said()
        assert time.monotonic() - began < 300, said()
        time.sleep(0.1)


def members(whole) -> list[str]:
    """The processes of the session of `whole`: number and command."""
    return subprocess.run(["pgrep", "-a", "-s", str(whole.pid)], capture_output=True, text=True).stdout.splitlines()

"""Ctrl-C in a stage that waits for a language model: one line, and what was asked is kept."""

import os
import signal
import subprocess
import sys
import time

from mmner.rows import compute
from tests.fakes.llm_server import Reply
from tests.llm.asking import expressions, first_word, posts
from tests.pipeline.graph import ROOT

CODE = """
from mmner.base.main import run_main
from mmner.rows import compute
from tests.llm.asking import expressions, posts

class Server:
    url = "{url}"

def main():
    items = posts(*(f"P{{number}} x" for number in range(20)))
    compute.write("expressions", "{out}", items, expressions(Server, retries=0), {{"expressions": None}})

run_main(main)
"""
SENTENCES = [f"P{number} x" for number in range(20)]


def stage(server, out, presses: int) -> subprocess.CompletedProcess:
    """The stage, interrupted so often once it has asked."""
    command = [sys.executable, "-c", CODE.format(url=server.url, out=out)]
    default = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ, **pipes, **default) as running:
        while len(server.asked) < 4:
            time.sleep(0.02)
        for _ in range(presses):
            running.send_signal(signal.SIGINT)
            time.sleep(0.3)
        said = running.communicate(timeout=20)
        return subprocess.CompletedProcess(command, running.returncode, *said)


def test_what_was_asked_is_kept(serve, tmp_path):
    server = serve(lambda body, _: Reply(first_word(body).text, slow=1.0))
    done = stage(server, tmp_path / "e.parquet", 1)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (130, "", 1)
    assert done.stderr.startswith("interrupted: ")
    assert not list(tmp_path.glob("*.parquet*"))
    asked = len(server.asked)
    server.answer = lambda body, _: first_word(body)
    write = compute.write(
        "expressions", tmp_path / "e.parquet", posts(*SENTENCES), expressions(server), {"expressions": None}
    )
    assert (write.failed, len(server.asked)) == (0, len(SENTENCES))
    assert asked < len(SENTENCES)


def test_a_second_ctrl_c_waits_for_no_answer(serve, tmp_path):
    server = serve(lambda *_: Reply(slow=30.0))
    begin = time.monotonic()
    done = stage(server, tmp_path / "e.parquet", 2)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (130, "", 1)
    assert time.monotonic() - begin < 20

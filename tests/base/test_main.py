"""How commands end: what every script shares."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_a_reader_that_has_seen_enough_is_no_error():
    many = [sys.executable, "-m", "mmner", "experiments", "show", "iac6"]
    with subprocess.Popen(many, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        assert command.stdout.readline()
        command.stdout.close()
        assert command.stderr.read() == ""
        assert command.wait() == 1


def test_no_bar_is_written_where_nobody_looks_at_a_terminal():
    code = "def main():\n    from tqdm import tqdm\n    assert [*tqdm(range(3))] == [0, 1, 2]\n    print('done')\n"
    code = f"from mmner.base.main import run_main\n{code}\nrun_main(main)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_what_the_locale_can_t_write_is_escaped():
    code = "from mmner.base.main import run_main\nrun_main(lambda: print('B-L\\u00d6C', '\\u6771'))"
    for odd in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}):
        done = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | odd, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "B-L\\xd6C \\u6771\n", "")


INTERRUPTED = "interrupted: what was finished is kept, and the same command goes on from there\n"


def interrupted(code: str) -> tuple[int, str, str]:
    """(status, stdout, stderr) of Python's `code`, which is interrupted when it has printed a line."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    default = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, **pipes, **default) as command:
        first = command.stdout.readline()
        command.send_signal(signal.SIGINT)
        rest, errors = command.communicate(timeout=20)
        return command.returncode, first + rest, errors


def test_ctrl_c_is_one_line():
    code = "import time; from mmner.base.main import run_main\n"
    code += "run_main(lambda: [print('begun', flush=True), time.sleep(60)])"
    assert interrupted(code) == (130, "begun\n", INTERRUPTED)


def test_ctrl_c_waits_for_no_thread():
    code = "import threading, time; from mmner.base.main import run_main\n"
    code += "def main():\n    threading.Thread(target=time.sleep, args=(60,)).start()\n"
    code += "    print('begun', flush=True)\n    time.sleep(60)\nrun_main(main)"
    assert interrupted(code) == (130, "begun\n", INTERRUPTED)


MACHINE = {  # what a stage does -> the error with which it ends
    "[open('/dev/null') for _ in range(99)]": ("too-many-files", "ulimit -n 1024"),
    "bytearray(10**15)": ("out-of-memory", "raise `ulimit -v`"),
    "import torch; torch.empty(10**14)": ("out-of-memory", "raise `ulimit -v`"),
    "pathlib.Path('a file/x').mkdir()": ("in-the-way", "a file/x: Not a directory"),
    "pathlib.Path('a file').mkdir()": ("in-the-way", "a file: File exists"),
    "open('loop').read()": ("in-the-way", "loop: Too many levels of symbolic links"),
    "pathlib.Path('loop').resolve(strict=True)": ("in-the-way", "loop: Too many levels of symbolic links"),
    "open('x' * 300).read()": ("in-the-way", "File name too long"),
    "os.replace('folder', 'a file')": ("in-the-way", "a file: Not a directory"),
}


@pytest.mark.parametrize("code", MACHINE)
def test_what_the_machine_or_a_path_refuses_is_named_with_the_way_out(code, tmp_path):
    (tmp_path / "a file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    lines = ["import os, pathlib, resource", "from mmner.base.main import run_main"]
    lines += ["resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))", f"def main():\n    {code}", "run_main(main)"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    name, said = MACHINE[code]
    assert done.returncode == 1
    assert done.stderr.startswith(f"error[{name}] ")
    assert said in done.stderr
    assert "remedy: " in done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_of_our_own_keeps_its_traceback():
    code = "from mmner.base.main import run_main\nrun_main(lambda: open('/nowhere/x'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "FileNotFoundError" in done.stderr

"""How commands end: what every script shares."""

import os
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


MACHINE = {  # what a stage does -> the error with which it ends
    "[open('/dev/null') for _ in range(99)]": ("too-many-files", "ulimit -n 1024"),
    "bytearray(10**15)": ("out-of-memory", "raise `ulimit -v`"),
    "import torch; torch.empty(10**14)": ("out-of-memory", "raise `ulimit -v`"),
    "pathlib.Path('a file/x').mkdir()": ("misplaced-file", "a file/x: Not a directory"),
    "pathlib.Path('a file').mkdir()": ("misplaced-file", "a file: File exists"),
    "open('loop').read()": ("misplaced-file", "loop: Too many levels of symbolic links"),
    "pathlib.Path('loop').resolve(strict=True)": ("misplaced-file", "loop: Too many levels of symbolic links"),
    "open('x' * 300).read()": ("misplaced-file", "File name too long"),
    "os.replace('folder', 'a file')": ("misplaced-file", "a file: Not a directory"),
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

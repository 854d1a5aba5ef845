"""How commands end: what every script shares."""

import os
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

"""What every stage script shares: settings of the process, and one way to fail."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable

from mmner.base import lean_torch
from mmner.base.atomic import GIVE_PLACE, IN_THE_WAY
from mmner.base.errors import InputError

KEPT = "rows that were finished are kept"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
INTERRUPTED = 128 + signal.SIGINT  # the status, as shells say it
LOOP = "Symlink loop from "  # RuntimeError of Path.resolve, until Python 3.13
# What torch, and the loader of its libraries, say where memory ends; neither raises MemoryError.
NO_MEMORY = (
    "can't allocate memory",
    "failed to map segment",
    "CUDA out of memory",
    "std::bad_alloc",
    "can't start new thread",
)


_ours = threading.Event()


def is_ours() -> bool:
    """Whether this process runs a stage, a command or a worker of ours, and no program that imports mmner."""
    return _ours.is_set()


def run_main(main: Callable[[], None]) -> None:
    """Call `main`. An InputError, or a disk, memory or path that can't be used, ends the process with status 1, Ctrl-C
    with 130.

    Each is one message, without a traceback.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that spin while they wait make torch ten times slower wherever another process wants a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # oneDNN keeps a compiled kernel with its memory for every shape, 1,024 of them unless told: gigabytes in training.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
    # A bar of tqdm, ours or a library's, is for a terminal: a log would have each of its states.
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")
    # What a terminal's encoding lacks is escaped, as stderr does: no word to a user ends what was going well.
    sys.stdout.reconfigure(errors="backslashreplace")
    tune_interpreter()
    try:
        main()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses it twice wants no other ending
        print("interrupted: what was finished is kept, and the same command goes on from there", file=sys.stderr)
        sys.stdout.flush()
        os._exit(INTERRUPTED)  # threads that wait for a server are not waited for
    except BrokenPipeError:  # whoever read our output, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        named = of_machine(error)
        if named is None:
            raise
        print(named, file=sys.stderr)
        sys.exit(1)


def tune_interpreter() -> None:
    """Settings of a process that computes rows, and is ours alone."""
    _ours.set()
    lean_torch.put_off()
    # A chunk of rows is tens of thousands of dicts: looking for cycles after every 700 costs a fifth of the time.
    gc.set_threshold(100_000, 20, 100)
    # Who writes an artifact takes the interpreter a few times a chunk, and would wait 5 ms for each.
    sys.setswitchinterval(0.0005)


def of_machine(error: BaseException) -> InputError | None:
    """What `error` says of the machine, or of what is at a path; None where it says nothing of these."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or number == errno.ENOMEM or any(text in str(error) for text in NO_MEMORY):
        remedy = "close other programs, raise `ulimit -v`, or take a smaller batch_size or network; then run again"
        return InputError("out-of-memory", f"no memory left; {KEPT}", remedy=remedy)
    if str(error).startswith(LOOP):
        what, where = "Too many levels of symbolic links", str(error).removeprefix(LOOP).strip("'")
        return InputError("in-the-way", what, where=where, remedy=GIVE_PLACE)
    if number is None:
        return None
    where, what = str(error.filename2 or error.filename or ""), error.strerror or str(error)
    if number in (errno.EMFILE, errno.ENFILE):
        remedy = "allow more, e.g. `ulimit -n 1024`, then run again"
        return InputError("too-many-files", f"no more files may be open; {KEPT}", where=where, remedy=remedy)
    if number in IN_THE_WAY and where:
        return InputError("in-the-way", what, where=where, remedy=GIVE_PLACE)
    if number not in FULL | READ_ONLY:
        return None
    name, remedy = ("disk-full", "make room") if number in FULL else ("read-only", "give write access")
    return InputError(name, f"{what}; {KEPT}", where=where, remedy=f"{remedy}, then run again")

"""What every stage script shares: settings of the process, and one way to fail."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Callable

from mmner.base.atomic import GIVE_PLACE, IN_THE_WAY
from mmner.base.errors import InputError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}
INTERRUPTED = 128 + signal.SIGINT  # the status, as shells say it


def run_main(main: Callable[[], None]) -> None:
    """Call `main`. An InputError, a disk that is full or read-only, or a file in the place of a folder (or a folder in
    that of a file) ends the process with status 1, Ctrl-C with 130.

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
    # A chunk of rows is tens of thousands of dicts: looking for cycles after every 700 costs a fifth of the time.
    gc.set_threshold(100_000, 20, 100)
    # Who writes an artifact takes the interpreter a few times a chunk, and would wait 5 ms for each.
    sys.setswitchinterval(0.0005)
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
    except OSError as error:
        if error.errno not in FULL | READ_ONLY | IN_THE_WAY:
            raise
        print(_as_input_error(error), file=sys.stderr)
        sys.exit(1)


def _as_input_error(error: OSError) -> InputError:
    if error.errno in IN_THE_WAY:
        where = str(error.filename or "")
        return InputError("in-the-way", error.strerror or str(error), where=where, remedy=GIVE_PLACE)
    name, remedy = ("disk-full", "make room") if error.errno in FULL else ("read-only", "give write access")
    what = f"{error.strerror or error}; rows that were finished are kept"
    return InputError(name, what, where=str(error.filename or ""), remedy=f"{remedy}, then run again")

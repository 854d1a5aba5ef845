"""What every stage script shares: one way to fail, and no network unless a backend asks for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from mmner.errors import InputError


def run(main: Callable[[], None]) -> None:
    """Call `main`; an InputError is printed and ends the process with status 1, without a traceback."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # Threads that spin while they wait make torch ten times slower wherever another process wants a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # oneDNN keeps a compiled kernel with its memory for every shape, 1,024 of them unless told: gigabytes in training.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")
    try:
        main()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(1)

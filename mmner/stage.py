"""What every stage script shares: one way to fail, and no network unless a backend asks for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from mmner.errors import InputError


def run(main: Callable[[], None]) -> None:
    """Call `main`; an InputError is printed and ends the process with status 1, without a traceback."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        main()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(1)

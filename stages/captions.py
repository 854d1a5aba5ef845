"""Each image becomes a caption: a text about it, for its sentence and domain."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from mmner.base.main import run_main
from mmner.rows.command import main

if __name__ == "__main__":
    run_main(lambda: main("captions", __doc__))

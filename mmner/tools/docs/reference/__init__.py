"""The reference of the documentation: pages of docs/reference, generated from the code that they are about."""

from __future__ import annotations

import argparse
from pathlib import Path

from mmner.tools.docs.reference import artifacts, commands, params, python

FOLDER = Path("docs/reference")


def pages(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The content of each page, by its name in FOLDER. parser: the one of `python -m mmner`."""
    return {
        "params.md": params.page(),
        "commands.md": commands.page(parser),
        "python.md": python.page(),
        "artifacts.md": artifacts.page(),
    }

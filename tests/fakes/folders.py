"""Folders that a test needs."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def locked():
    """A folder that may be read and not written, even where the tests run as root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(before)
    folder.chmod(0o755)
    shutil.rmtree(folder)

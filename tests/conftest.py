"""What every test shares: a row store of its own, no network, Ctrl-C, and the fixtures of several folders."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    """Files with slow tests first: in parallel, what begins last should be short. Within a file nothing changes."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True, scope="session")
def _apart(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMNER_STORE", str(tmp_path_factory.mktemp("store")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a job that a script has put into the background
            signal.signal(signal.SIGINT, signal.default_int_handler)  # else Ctrl-C ends nothing that tests start
        yield


@pytest.fixture
def own_store(tmp_path, monkeypatch):
    """A row store for this test alone."""
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))


@pytest.fixture(scope="module")
def module_store(tmp_path_factory):
    """A row store for this module alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMNER_STORE", str(tmp_path_factory.mktemp("store")))
        yield


@pytest.fixture
def read_only():
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


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory):
    """Folder of a text encoder of width 16: tests/fakes/tiny.py."""
    from tests.fakes import tiny

    return tiny.encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def encoding(tiny_encoder):
    from mmner.networks import encoders
    from mmner.networks.budget import Lengths
    from mmner.networks.windows import TextEncoding

    return TextEncoding(encoders.tokenizer(str(tiny_encoder)), 64, Lengths(), overlap=8)


@pytest.fixture
def build(tiny_encoder):
    """build(sizes=None, **switches) -> a FusedModel in evaluation mode, the same weights each time."""
    from tests.fakes import tiny

    return lambda sizes=None, **switches: tiny.model(tiny_encoder, sizes, **switches)


@pytest.fixture(scope="session")
def examples(encoding):
    """Four examples: with and without image, regions, caption, knowledge and chain."""
    from tests.fakes import tiny

    return tiny.examples(encoding)

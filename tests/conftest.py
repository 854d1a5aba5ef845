"""What every test shares: a row store of its own, and no network."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _apart(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMNER_STORE", str(tmp_path_factory.mktemp("store")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture
def own_store(tmp_path, monkeypatch):
    """A row store for this test alone."""
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))

import pytest

from tests.tiny import tiny_encoder  # noqa: F401  fixture


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """Digests of weights are remembered in the row store."""
    monkeypatch.setenv("MMNER_STORE", str(tmp_path / "store"))

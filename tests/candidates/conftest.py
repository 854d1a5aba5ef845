import pytest


@pytest.fixture(autouse=True)
def _own(own_store):
    """Digests of weights and the weights of taggers are remembered beside the row store."""

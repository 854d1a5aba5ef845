"""What the tests of rows share: a row store in a file of the test's own."""

import pytest

from mmner.rows.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "rows.sqlite")

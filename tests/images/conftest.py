"""What the tests of images share: a wiki that serves the pages and files of site.py."""

import pytest

from tests.fakes.wiki import Wiki, serving
from tests.images.site import FILES, PAGES, SHOWS


@pytest.fixture
def wiki():
    made = Wiki(PAGES, files=FILES, shows=SHOWS)
    with serving(made):
        yield made

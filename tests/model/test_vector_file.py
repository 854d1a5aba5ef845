"""Vectors of posts in a file: the same as they were, or a file that counts as missing."""

import numpy as np
import pytest

from mmner.model import vector_file
from mmner.model.vector_file import TAIL, StoredVisual
from mmner.model.visuals import Visual

WIDTH = 3


def visual(image: bool, regions: int, patches: int) -> Visual:
    random = np.random.default_rng([image, regions, patches])
    vectors = random.normal(size=(1 + regions + patches, WIDTH)).astype(np.float32)
    return Visual(vectors[0] if image else None, vectors[1 : 1 + regions], vectors[1 + regions :])


CHUNKS = [[visual(True, 2, 4), visual(False, 0, 0)], [], [visual(False, 1, 0), visual(True, 0, 0)]]
POSTS = [post for chunk in CHUNKS for post in chunk]


@pytest.fixture
def path(tmp_path):
    with (tmp_path / "vectors").open("wb") as file:
        vector_file.write(file, WIDTH, CHUNKS)
    return tmp_path / "vectors"


def test_each_post_is_read_as_it_was_written_and_has_the_same_part_in_keys(path):
    stored = vector_file.opened(path)
    assert (len(stored), stored.width) == (4, WIDTH)
    assert path.stat().st_size == 4 * WIDTH * 9 + 12 * 4 + TAIL.size  # nine vectors
    for number, post in enumerate(POSTS):
        found = StoredVisual(stored, number)
        assert found.present == post.present
        assert [*found.data()] == [*post.data()]
        assert found.content() == post.content()
        assert found.loaded().regions.shape == post.regions.shape


def test_who_has_the_file_open_reads_on_when_it_is_deleted(path):
    stored = vector_file.opened(path)
    path.unlink()
    assert stored.read(0).regions.tolist() == POSTS[0].regions.tolist()


def test_a_byte_that_was_turned_anywhere_a_cut_and_a_foreign_file_are_as_good_as_none(path):
    whole = path.read_bytes()
    turned = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    cut = [whole[:at] for at in range(len(whole))]
    for content in (*turned, *cut, whole + b"\0", whole * 2, b"PAR1" * 30):
        path.write_bytes(content)
        assert vector_file.opened(path) is None
    path.unlink()
    assert vector_file.opened(path) is None
    path.mkdir()
    assert vector_file.opened(path) is None


def test_no_post_is_a_file_too(path):
    with path.open("wb") as file:
        vector_file.write(file, WIDTH, [])
    assert len(vector_file.opened(path)) == 0

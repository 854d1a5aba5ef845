"""Images reach workers that don't see the driver's disk: as the bytes of the files, each once a batch."""

import os
from pathlib import Path

import pytest

from mmner.rows import executors, image_transfer, parquet
from mmner.rows.store import Store
from tests.rows import labours
from tests.rows.upper import items, write


@pytest.fixture
def private(tmp_path):
    """A folder under a path that leads there in this process alone: with a.png, b.jpg."""
    (tmp_path / "a.png").write_text("a harbour")
    (tmp_path / "b.jpg").write_text("a bridge")
    opened = os.open(tmp_path, os.O_RDONLY)
    os.dup2(opened, 500, inheritable=False)
    yield labours.PRIVATE
    os.close(500)
    os.close(opened)


def test_workers_without_the_disk_get_the_files_and_give_the_answers_of_one_with_it(private, tmp_path):
    names = ("a.png", "b.jpg", "a.png")
    posts = [item | {"image_path": private + name} for item, name in zip(items(*"pqr"), names, strict=True)]
    captions = {}
    for workers in (1, 2):
        store = Store(tmp_path / f"{workers}.sqlite")
        backend = labours.Reading(labours.Reading.Params(log=str(tmp_path / "log"), batch_size=1), memo=store)
        with executors.choose(backend, workers) as executor:
            write(tmp_path / "out.parquet", posts, backend, store, executor=executor)
        captions[workers] = [row["caption"] for row in parquet.read(tmp_path / "out.parquet", "captions")]
    assert captions[1] == ["a harbour there", "a bridge there", "a harbour there"]
    assert captions[2] == ["a harbour here", "a bridge here", "a harbour here"]


def test_an_image_travels_once_a_batch_and_is_gone_after_it(tmp_path):
    near, far, lost = str(tmp_path / "near.png"), "/elsewhere/far.png", "/elsewhere/lost.png"
    Path(near).touch()
    asked = []

    def fetch(paths):
        asked.append(paths)
        return {far: b"a harbour"}  # `lost` the driver has not either

    posts = [{"id": str(number), "image_path": path} for number, path in enumerate((far, near, far, lost, None))]
    with image_transfer.within_reach(posts, fetch) as reached:
        first, *others = [item["image_path"] for item in reached]
        assert Path(first).read_bytes() == b"a harbour"
        assert others == [near, first, lost, None]
    assert asked == [[far, lost]]
    assert not Path(first).exists()
    assert posts[0]["image_path"] == far


def test_where_all_see_the_disk_nothing_is_asked_for(tmp_path):
    (tmp_path / "a.png").touch()
    posts = [{"id": "1", "image_path": str(tmp_path / "a.png")}, {"id": "2", "image_path": None}, {"id": "3"}]
    with image_transfer.within_reach(posts, None) as reached:
        assert reached == posts

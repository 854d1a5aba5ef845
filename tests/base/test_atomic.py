"""A file is written whole or not at all, and takes no other thing's place than a file's."""

import os
import socket
import stat

import pytest

from mmner.base import atomic
from mmner.base.errors import InputError


def pipe(path):
    os.mkfifo(path)


def listening(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)


def linked(path):
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


@pytest.mark.parametrize("make", [pipe, listening, linked])
def test_a_pipe_a_socket_and_a_link_to_one_are_not_replaced(make, tmp_path, monkeypatch):
    """They stand for devices, which only root could lose, and every program of the machine with it."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "out.parquet"
    make(place)
    before = (os.lstat(place).st_ino, stat.S_IFMT(os.lstat(place).st_mode), sorted(os.listdir()))
    with pytest.raises(InputError, match=r"in-the-way.*which would be replaced") as caught:
        atomic.write_text(place, "x")
    assert (os.lstat(place).st_ino, stat.S_IFMT(os.lstat(place).st_mode), sorted(os.listdir())) == before
    assert caught.value.remedy == "name another path"
    atomic.write_text(tmp_path / "another", "x")
    assert (tmp_path / "another").read_text() == "x"


def test_a_file_and_a_link_to_a_file_are_replaced(tmp_path):
    (tmp_path / "file").write_text("before")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link", "new"):
        atomic.write_text(tmp_path / name, "x")
        assert (tmp_path / name).read_text() == "x"


def test_places_are_checked_before_anything_is_written(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    atomic.check_places(tmp_path / "file", tmp_path / "new" / "file")
    atomic.check_places(tmp_path, tmp_path / "new" / "folder", folders=True)
    for place in (tmp_path, tmp_path / "file" / "x", tmp_path / "loop", tmp_path / ("x" * 300)):
        with pytest.raises(InputError, match="in-the-way"):
            atomic.check_places(tmp_path / "new", place)
    for place in (tmp_path / "file", tmp_path / "file" / "x", tmp_path / "loop"):
        with pytest.raises(InputError, match="in-the-way"):
            atomic.check_places(place, folders=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]

"""Artifacts are written whole or not at all, in chunks of any number, and say what the file system refuses."""

import contextlib
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmner.base.errors import InputError
from mmner.rows import parquet, schemas


def captions(count):
    return [{"id": str(n), "caption": f"A photo {n}.", "error": None} for n in range(count)]


def chunks(path, rows, size):
    with parquet.Writer(path, "captions") as file:
        for at in range(0, len(rows), size):
            file.write(rows[at : at + size])
    return path.read_bytes()


def test_a_file_has_the_same_bytes_whatever_the_chunks_and_stream_reads_them_back(tmp_path):
    """Captions of 500 bytes, so that a row group has pages of a megabyte."""
    group = schemas.row_group("captions")
    rows = [row | {"caption": row["caption"].ljust(500, "0")} for row in captions(2 * group + 100)]
    parquet.write(tmp_path / "whole.parquet", "captions", rows)
    whole = (tmp_path / "whole.parquet").read_bytes()
    for size in (schemas.CHUNK, 3000, 2 * group, len(rows)):
        assert chunks(tmp_path / "parts.parquet", rows, size) == whole
    assert list(parquet.stream(tmp_path / "parts.parquet", "captions")) == rows
    assert parquet.count(tmp_path / "parts.parquet", "captions") == len(rows)
    with pq.ParquetFile(tmp_path / "parts.parquet") as file:
        assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [group, group, 100]
    assert [len(batch) for batch in parquet.batches(tmp_path / "parts.parquet", "captions")][:2] == [schemas.CHUNK] * 2


def test_vectors_are_written_and_read_a_few_rows_at_a_time_whatever_the_chunks(tmp_path):
    few = schemas.chunk("features")
    assert few < schemas.chunk("captions") == schemas.CHUNK
    rows = [
        {"id": str(number), "image": [0.5], "regions": [], "patches": None, "error": None}
        for number in range(2 * few + 1)
    ]
    for name, size in (("one", few), ("two", 2 * few)):
        with parquet.Writer(tmp_path / name, "features") as file:
            for at in range(0, len(rows), size):
                file.write(rows[at : at + size])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with pq.ParquetFile(tmp_path / "one") as file:
        groups = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert groups == [few, few, 1]
    assert [row["id"] for row in parquet.stream(tmp_path / "one", "features", ["id"])] == [row["id"] for row in rows]


def test_a_writer_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "captions.parquet"
    before = chunks(path, captions(3), 3)

    def broken_off():
        with parquet.Writer(path, "captions") as file:
            file.write(captions(2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    with pytest.raises(InputError, match="id 0 occurs twice"):
        chunks(path, captions(3) + captions(1), 2)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["captions.parquet"]


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    for process in (gone, living):
        (tmp_path / f".captions.parquet.{process.pid}.tmp").write_text("half")
    chunks(tmp_path / "captions.parquet", captions(1), 1)
    left = sorted(os.listdir(tmp_path))
    living.communicate(b"\n")
    assert left == [f".captions.parquet.{living.pid}.tmp", "captions.parquet"]


@contextlib.contextmanager
def little_room():
    """A limit of 20 KB a file: SQLite and Arrow meet it as they meet a full disk, at a write.

    No fixture: pytest writes to its log before it ends those.
    """
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_no_room_is_an_error_that_leaves_what_was_there(tmp_path):
    path = tmp_path / "captions.parquet"
    before = chunks(path, captions(3), 3)
    with little_room(), pytest.raises(InputError, match="make room") as caught:
        chunks(path, captions(50 * schemas.CHUNK), schemas.CHUNK)
    assert caught.value.name == "artifact-full"
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["captions.parquet"]


def test_a_folder_without_write_access_is_an_error(read_only):
    with pytest.raises(InputError, match="give write access") as caught:
        parquet.write(read_only / "captions.parquet", "captions", captions(1))
    assert caught.value.name == "artifact-read-only"


def test_vectors_are_read_a_row_group_at_a_time(tmp_path):
    path, row = tmp_path / "features.parquet", {"regions": None, "patches": None, "error": None}
    vectors = np.random.default_rng(0).normal(size=(10 * schemas.CHUNK_OF_VECTORS, 1000)).astype(np.float32)
    with parquet.Writer(path, "features") as file:
        file.write([{"id": str(number), "image": vector, **row} for number, vector in enumerate(vectors)])
    before, most, read = pa.total_allocated_bytes(), 0, 0
    for batch in parquet.batches(path, "features", ["id", "image"]):
        most, read = max(most, pa.total_allocated_bytes() - before), read + batch.num_rows
    assert read == 10 * schemas.CHUNK_OF_VECTORS
    assert most < 4 * 4000 * schemas.CHUNK_OF_VECTORS  # bytes of four groups; of the columns asked for, ten
    assert 10 * 4000 * 256 < parquet.uncompressed(path, "features", ["image"]) < 11 * 4000 * 256


EXAMPLE = {
    **{"id": "a", "split": "train", "domain": "town", "language": "en", "tokens": ["Mira", "Park"]},
    **{"image": None, "image_sha256": None, "source": "train.txt:1", "error": None},
}


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        ({"tokens": None}, "tokens is None"),
        ({"tokens": ["Mira", None]}, "tokens is ['Mira', None]"),
        ({"split": "valid"}, "split is 'valid'"),
        ({"split": None}, "split is None"),
        ({"language": None}, "language is None"),
    ],
)
def test_a_value_that_no_stage_writes_is_named_with_its_row(tmp_path, odd, what):
    path = tmp_path / "examples.parquet"
    parquet.write(path, "examples", [EXAMPLE, EXAMPLE | {"id": "b"} | odd])
    for read in (parquet.read, lambda *args: list(parquet.stream(*args))):
        with pytest.raises(InputError) as caught:
            read(path, "examples")
        assert (caught.value.name, caught.value.where) == ("artifact-value", f"{path}: row 1")
        assert caught.value.what == f"{what}, which no stage writes"


def test_tags_that_do_not_fit_the_tokens_are_named(tmp_path):
    parquet.write(tmp_path / "examples.parquet", "examples", [EXAMPLE])
    parquet.write(tmp_path / "gold.parquet", "gold", [{"id": "a", "tags": ["B-LOC"], "as_written": None}])
    with pytest.raises(InputError, match=r"misaligned-artifacts\] .*gold.parquet: row 0: 1 tags of 2 tokens"):
        parquet.read_aligned(tmp_path, ["examples", "gold"])


def test_a_page_that_is_damaged_behind_a_good_footer_is_named(tmp_path):
    path = tmp_path / "examples.parquet"
    parquet.write(path, "examples", [EXAMPLE])
    content = bytearray(path.read_bytes())
    content[4:40] = bytes(255 - byte for byte in content[4:40])
    path.write_bytes(content)
    for read in (parquet.read, lambda *args: list(parquet.stream(*args))):
        with pytest.raises(InputError, match=r"error\[artifact-schema\] .*examples.parquet: .*damaged one"):
            read(path, "examples")

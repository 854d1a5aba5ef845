"""Features that a training reads from a file beside the store: the same training, in memory that does not grow."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from mmner.base.errors import InputError
from mmner.model.params import Switches
from mmner.model.vector_file import StoredVisual
from mmner.rows import parquet
from mmner.rows.store import Store, folder
from mmner.tools.costs import garbage
from mmner.train import features
from mmner.train.run import train
from tests.train.preparation import BARE, places, prepare, run, training

WIDTH = 6
SEES = BARE | {"global": True, "regions": True, "patches": True, "vae": True}
SWITCHES = Switches.model_validate(SEES)


def write(path, ids, vectors, every: int = 256, **columns) -> None:
    """Features of posts `ids`: every third has no image, others one, up to two regions, four patches of `vectors`.

    every: rows of a row group. columns: of the last post.
    """
    made = []
    for number, name in enumerate(ids):
        some = vectors[number]
        row = {"id": name, "image": None, "regions": None, "patches": None, "error": "no image"}
        if number % 3:
            row |= {"image": some[0], "regions": [*some[1 : number % 3]], "patches": [*some[2:]], "error": None}
        made.append(row)
    made[-1] |= columns
    with parquet.Writer(path, "features") as file:
        for at in range(0, len(made), every):
            file.write(made[at : at + every])
            file.flush()


@pytest.fixture
def prepared(tmp_path):
    """A preparation whose features have row groups of seven rows."""
    made = prepare(tmp_path / "prepared" / "mine")
    vectors = np.random.default_rng(0).normal(size=(30, 6, WIDTH)).astype("float32")
    write(made / "features.parquet", names(made), vectors, every=7)
    return made


def names(prepared) -> list[str]:
    return [row["id"] for row in parquet.read(prepared / "examples.parquet", "examples")]


@pytest.fixture
def all_stored(monkeypatch, own_store):
    monkeypatch.setattr(features, "IN_MEMORY", 0)


def files() -> list:
    return [*(folder() / "vectors").glob("*")]


def read(prepared, switches=SWITCHES):
    return features.read(prepared / "features.parquet", names(prepared), switches)


def same(prepared, found) -> bool:
    """Whether `found` are the vectors of `prepared`, as its Parquet has them."""
    expected = [
        [row["image"], row["regions"] or [], row["patches"] or []]
        for row in parquet.read(prepared / "features.parquet", "features")
    ]
    loaded = [one.loaded() for one in found]
    return expected == [
        [None if one.image is None else one.image.tolist(), one.regions.tolist(), one.patches.tolist()]
        for one in loaded
    ]


def test_what_is_stored_is_what_is_read_into_memory_to_the_bit(prepared, own_store, monkeypatch):
    in_memory, width = read(prepared)
    assert files() == []
    monkeypatch.setattr(features, "IN_MEMORY", 0)
    for _ in range(2):  # made, then found
        stored, found = read(prepared)
        assert found == width == WIDTH
        assert all(isinstance(one, StoredVisual) for one in stored)
        assert [[*one.data()] for one in stored] == [[*one.data()] for one in in_memory]
        assert same(prepared, stored)
    assert len(files()) == 1
    without, _ = read(prepared, Switches.model_validate(SEES | {"patches": False}))
    assert [len(one.loaded().patches) for one in without] == [0] * 30
    assert len(files()) == 2


@pytest.mark.slow
def test_a_training_has_the_same_key_and_weights(prepared, tiny_encoder, tmp_path, monkeypatch):
    found = []
    for name, most in (("a", features.IN_MEMORY), ("b", 0)):
        monkeypatch.setattr(features, "IN_MEMORY", most)
        monkeypatch.setenv("MMNER_STORE", str(tmp_path / name / "store"))
        made = places(tmp_path, prepared, name=name)
        train(run(switches=SEES), training({"encoder": str(tiny_encoder), "heads": 2}), "tweets", made)
        key = json.loads((made.model / "model.json").read_text())["training"]["key"]
        found.append((key, (made.model / "model.safetensors").read_bytes()))
        assert len(files()) == (most == 0)
    assert found[0] == found[1]


def test_a_damaged_file_is_made_again(prepared, all_stored):
    read(prepared)
    (path,) = files()
    whole = path.read_bytes()
    for content in (whole[:-1], b"\1" + whole[1:], b""):
        path.write_bytes(content)
        assert same(prepared, read(prepared)[0])
        assert path.read_bytes() == whole


def test_other_features_have_a_file_of_their_own(prepared, all_stored):
    read(prepared)
    write(prepared / "features.parquet", names(prepared), np.ones((30, 6, WIDTH), "float32"))
    assert same(prepared, read(prepared)[0])
    assert len(files()) == 2


def test_files_take_no_more_than_their_bytes_and_the_one_in_use_is_read_on(prepared, all_stored, monkeypatch):
    read(prepared)
    (first,) = files()
    os.utime(first, (1, 1))
    monkeypatch.setattr(features, "MAX_BYTES", first.stat().st_size + 10)
    without = Switches.model_validate(SEES | {"patches": False})
    read(prepared, without)
    (second,) = files()
    assert second != first
    monkeypatch.setattr(features, "MAX_BYTES", 10)
    assert same(prepared, read(prepared)[0])
    assert files() == []


def test_clean_drops_files_that_were_long_not_used(prepared, all_stored):
    read(prepared)
    (old,) = files()
    os.utime(old, (1, 1))
    read(prepared, Switches.model_validate(SEES | {"patches": False}))
    store = Store()
    found = garbage.collect(store, garbage.InUse(set()), keep_days=1, marks=False)
    assert [*found.files] == [old]
    garbage.delete(store, found)
    store.close()
    assert len(files()) == 1
    read(prepared)  # made again
    os.utime(old, (1, 1))
    read(prepared)  # which is a use
    assert old.stat().st_mtime > 1


def test_where_no_file_can_be_written_vectors_are_held_in_memory(prepared, all_stored, capsys):
    folder().mkdir()
    (folder() / "vectors").write_text("in the way")
    found, width = read(prepared)
    assert same(prepared, found)
    assert width == WIDTH
    assert "all vectors are held in memory" in capsys.readouterr().err


@pytest.mark.parametrize("most", [0, 10**9], ids=["stored", "in memory"])
@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"image": [1.0] * (WIDTH - 1)}, "image has a vector of 5 numbers, most images have 6"),
        ({"regions": [[1.0] * WIDTH, [float("nan")] * WIDTH]}, "regions has a vector with a number that is none"),
        ({"patches": [[1.0] * WIDTH, []]}, "patches has a vector of 0 numbers"),
    ],
    ids=["image", "regions", "patches"],
)
def test_an_odd_vector_is_named_with_its_row_and_no_file_is_left(columns, what, most, prepared, own_store, monkeypatch):
    monkeypatch.setattr(features, "IN_MEMORY", most)
    path = prepared / "features.parquet"
    write(path, names(prepared), np.ones((30, 6, WIDTH), "float32"), every=7, **columns)
    with pytest.raises(InputError, match=what) as caught:
        read(prepared)
    assert (caught.value.name, caught.value.where) == ("artifact-value", f"{path}: row 29")
    assert files() == []


@pytest.mark.parametrize("most", [0, 10**9], ids=["stored", "in memory"])
def test_features_of_other_posts_are_refused(most, prepared, own_store, monkeypatch):
    monkeypatch.setattr(features, "IN_MEMORY", most)
    with pytest.raises(InputError, match="differ in their ids"):
        features.read(prepared / "features.parquet", names(prepared)[::-1], SWITCHES)


TRAIN = """
import resource, sys
from pathlib import Path
from mmner.train.run import train
from tests.train.preparation import places, run, training
from tests.train.test_features import SEES
folder = Path(sys.argv[1])
rates = {"epochs": 1, "choose": "last"}
train(run(switches=SEES), training({"encoder": sys.argv[2], "heads": 2}, **rates), "tweets", places(folder, folder))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
PATCHES, WIDE = 49, 128  # 25 KB a post


@pytest.mark.slow
def test_peak_memory_of_a_training_is_level_however_large_its_features(tiny_encoder, tmp_path):
    peaks = {}
    for posts in (2816, 8448):  # 73 and 220 MB of vectors, most of them of test
        made = prepare(tmp_path / str(posts), test=[("today", "O")] * (posts - 20))
        vectors = np.tile(np.linspace(-1, 1, WIDE, dtype="float32"), (PATCHES + 2, 1))
        with parquet.Writer(made / "features.parquet", "features") as file:
            every = names(made)
            for at in range(0, posts, 256):
                row = {"image": vectors[0], "regions": [vectors[1]], "patches": [*vectors[2:]], "error": None}
                file.write([{"id": name, **row} for name in every[at : at + 256]])
        environment = os.environ | {"MMNER_STORE": str(tmp_path / f"store{posts}")}
        done = subprocess.run(
            [sys.executable, "-c", TRAIN, str(made), str(tiny_encoder)],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        peaks[posts] = float(done.stdout.splitlines()[-1])
    assert peaks[8448] - peaks[2816] < 60, f"MB: {peaks}"  # 147 MB more of vectors, and 5,632 posts' texts

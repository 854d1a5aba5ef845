"""The store keeps what it is given, whoever writes beside it and whatever ends a process."""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mmner.base.dvc_files import cache_folder
from mmner.base.errors import InputError
from mmner.rows.store import FAILED, FEW, Row, Store, folder

ROOT = Path(__file__).resolve().parents[2]
VECTOR = np.array([0.1, -2.5, 3.0], dtype=np.float32)


def together(script, count=4):
    """Run `script` in `count` processes at once; what each printed."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(number)], env=environment, stdout=subprocess.PIPE, text=True
        )
        for number in range(count)
    ]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0] * count
    return said


def test_rows_come_back_as_they_were_vectors_to_the_bit(tmp_path):
    rows = {
        "a": Row({"caption": 'A "photo" – 照片'}, None, 0.5, 7, 0.25),
        "b": Row(None, "image broken: x.jpg", 0.1),
        "c": Row({"image": VECTOR, "regions": [VECTOR * 2, VECTOR[:1]], "patches": None}),
    }
    Store(tmp_path / "rows.sqlite").add("captions", rows)
    found = Store(tmp_path / "rows.sqlite").rows(["a", "b", "c", "d"])
    assert set(found) == {"a", "b", "c"}
    assert found["a"] == rows["a"]
    assert found["b"] == rows["b"]
    assert found["c"].value["image"].tobytes() == VECTOR.tobytes()
    assert [part.tobytes() for part in found["c"].value["regions"]] == [(VECTOR * 2).tobytes(), VECTOR[:1].tobytes()]


def test_what_is_there_is_kept(tmp_path):
    store = Store(tmp_path / "rows.sqlite")
    store.add("captions", {"a": Row({"caption": "first"})})
    store.add("captions", {"a": Row({"caption": "second"})})
    store.put({"m": {"n": 1}})
    store.put({"m": {"n": 2}})
    assert store.rows(["a"])["a"].value == {"caption": "first"}
    assert store.get(["m", "a"]) == {"m": {"n": 1}}


@pytest.mark.parametrize("few", [1, 2, 3, FEW])
def test_an_error_gives_way_to_a_value_where_rows_are_mended_and_nothing_else_does(tmp_path, monkeypatch, few):
    monkeypatch.setattr("mmner.rows.store.FEW", few)  # two failed: looked for one by one, or read whole
    store = Store(tmp_path / "rows.sqlite")
    value, error = Row({"caption": "A photo."}), Row(None, "answer does not fit")
    store.add("captions", {"a": error, "b": value, "c": error})
    store.add("captions", {"a": value})
    assert store.errors("abcd") == {"a": error.error, "b": None, "c": error.error}
    store.add(
        "captions", {"a": value, "b": Row({"caption": "Another."}), "c": Row(None, "refused")}, overwrite_errors=True
    )
    assert store.rows("abc") == {"a": value, "b": value, "c": error}


def test_errors_are_looked_up_without_the_pages_of_values(tmp_path):
    db = Store(tmp_path / "rows.sqlite").db
    db.execute("DROP INDEX failed")
    db = Store(tmp_path / "rows.sqlite").db  # as a store that was made before there was one
    for rest in ("LIMIT 100", "AND fingerprint IN ('a')"):
        plan = db.execute(f"EXPLAIN QUERY PLAN {FAILED} {rest}").fetchall()
        assert "COVERING INDEX failed" in str(plan)


def test_another_program_s_tables_are_refused_and_left_alone(tmp_path):
    path = tmp_path / "rows.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE rows (fingerprint TEXT PRIMARY KEY, value BLOB NOT NULL)")
        db.execute("INSERT INTO rows VALUES ('a', 'mine')")
    with pytest.raises(
        InputError, match="tables of no version.*rows.sqlite|rows.sqlite.*tables of no version"
    ) as caught:
        Store(path)
    assert caught.value.name == "store-broken"
    assert sqlite3.connect(path).execute("SELECT * FROM rows").fetchall() == [("a", "mine")]
    for name in ("rows.sqlite", "rows.sqlite-wal", "rows.sqlite-shm"):  # as the remedy says
        (tmp_path / name).rename(tmp_path / f"old-{name}") if (tmp_path / name).exists() else None
    assert Store(path).rows(["a"]) == {}


def test_processes_that_start_without_a_store_and_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "new" / "rows.sqlite"
    script = f"""
import sys
from mmner.rows.store import Row, Store
store = Store({str(path)!r})
for number in range(50):
    mine, ours = f"{{sys.argv[1]}} {{number}}", f"all {{number}}"
    store.add("captions", {{mine: Row({{"caption": "x" * 1000}}), ours: Row(None, "e")}})
"""
    together(script)
    store = Store(path)
    assert store.db.execute("SELECT count(*) FROM rows").fetchone() == (250,)
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_new_store_that_several_open_at_once_turns_none_of_them_away(tmp_path):
    script = f"""
import time
from pathlib import Path
from mmner.rows.store import Store
Path({str(tmp_path)!r}, str(time.time_ns())).mkdir()
while sum(path.is_dir() for path in Path({str(tmp_path)!r}).iterdir()) < 4:
    pass
for number in range(40):
    Store(Path({str(tmp_path)!r}, f"{{number}}.sqlite")).close()
"""
    together(script)
    assert len([*tmp_path.glob("*.sqlite")]) == 40


def test_another_thread_may_use_a_store_that_is_opened_for_it(tmp_path):
    path = tmp_path / "rows.sqlite"
    with ThreadPoolExecutor(1) as thread:
        thread.submit(Store(path, any_thread=True).add, "captions", {"a": Row({"caption": "A"})}).result()
        with pytest.raises(sqlite3.ProgrammingError):
            thread.submit(Store(path).add, "captions", {"b": Row({"caption": "B"})}).result()
    assert {*Store(path).rows(["a", "b"])} == {"a"}


def test_a_transaction_that_fails_stores_nothing_and_the_next_one_does(tmp_path):
    store = Store(tmp_path / "rows.sqlite")

    def broken_off():
        with store.writing() as db:
            db.execute("INSERT INTO marks VALUES ('m', '{}', 0)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert store.get(["m"]) == {}
    store.put({"m": {}})
    assert store.get(["m"]) == {"m": {}}


def test_a_full_disk_is_an_error_that_loses_nothing(tmp_path):
    store = Store(tmp_path / "rows.sqlite")
    store.add("captions", {"a": Row({"caption": "A photo."})})
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what it says of a full disk
    with pytest.raises(InputError, match="make room") as caught:
        store.add("captions", {str(n): Row({"caption": "x" * 1000}) for n in range(100)})
    assert caught.value.name == "store-full"
    store.db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    store.add("captions", {"b": Row(None, "e")})
    assert set(Store(store.path).rows(["a", "0", "b"])) == {"a", "b"}


def test_a_folder_without_write_access_is_an_error(read_only):
    for place in (read_only / "rows.sqlite", read_only / "store" / "rows.sqlite"):
        with pytest.raises(InputError, match="MMNER_STORE") as caught:
            Store(place)
        assert caught.value.name == "store-read-only"


def test_a_folder_that_cannot_be_made_and_a_file_that_is_no_store_are_errors(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError) as caught:
        Store(tmp_path / "file" / "rows.sqlite")
    assert caught.value.name == "store-read-only"
    (tmp_path / "rows.sqlite").write_text("no database " * 500)
    with pytest.raises(InputError) as caught:
        Store(tmp_path / "rows.sqlite")
    assert caught.value.name == "store-broken"
    assert all(name in str(caught.value) for name in ("rows.sqlite,", "rows.sqlite-wal", "rows.sqlite-shm"))


@pytest.mark.parametrize("relative", [False, True])
def test_the_cache_is_where_dvc_s_own_config_of_any_level_has_it(tmp_path, monkeypatch, relative):
    from dvc.config import Config

    for name in ("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "clone" / ".dvc").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "clone")
    found = [cache_folder()]
    assert found == [tmp_path / "clone" / ".dvc" / "cache"]
    for level in Config.LEVELS:  # each shadows those before it
        file = Path(Config(str(tmp_path / "clone" / ".dvc")).files[level])
        file.parent.mkdir(parents=True, exist_ok=True)
        place = f"caches/{level}" if relative else "~/" + level if level == "repo" else tmp_path / level
        file.write_text(f"[core]\n    analytics = false\n[cache]\n    dir = {place}\n")
        assert str(cache_folder()) == Config(str(tmp_path / "clone" / ".dvc"))["cache"]["dir"]
        found.append(cache_folder())
    assert len(set(found)) == 5
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "none"))
    for level in ("config", "config.local"):
        (tmp_path / "clone" / ".dvc" / level).unlink()
    assert cache_folder() == found[1]


def repository(folder, config):
    """A folder with DVC's config that no config of another level joins."""
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc" / "config").write_text(config)
    return folder


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No config of DVC but the repository's, and a home."""
    for name in ("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("MMNER_STORE", raising=False)


def test_the_store_lies_with_dvc_s_cache_and_where_it_was_made_before(alone, tmp_path, monkeypatch):
    monkeypatch.chdir(repository(tmp_path / "plain", ""))
    assert folder() == tmp_path / "plain" / ".dvc" / "mmner"
    monkeypatch.chdir(repository(tmp_path / "tree", "[cache]\n    dir = ../../plain/.dvc/cache\n"))
    assert folder() == tmp_path / "plain" / ".dvc" / "mmner"
    monkeypatch.chdir(repository(tmp_path / "mounted", f"[cache]\n    dir = {tmp_path}/volume/cache\n"))
    assert folder() == tmp_path / "volume" / "cache" / "mmner"
    Store(tmp_path / "volume" / "mmner" / "rows.sqlite").close()
    assert folder() == tmp_path / "volume" / "mmner"
    monkeypatch.setenv("MMNER_STORE", "~/rows")
    assert folder() == tmp_path / "HOME" / "rows"


@pytest.mark.parametrize("shared", [True, False])
def test_a_group_writes_the_store_of_a_cache_that_dvc_shares_with_it(alone, monkeypatch, shared):
    if os.geteuid() != 0:
        pytest.skip("who isn't root can't be two users")
    group, first, second = 60_100, 60_101, 60_102
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        place = Path(name)
        place.chmod(0o755)
        config = f"[cache]\n    dir = {place}/cache\n" + "    shared = group\n" * shared
        monkeypatch.chdir(repository(place / "clone", config))
        (place / "cache").mkdir()
        os.chown(place / "cache", 0, group)
        (place / "cache").chmod(0o2775)
        assert folder() == place / "cache" / "mmner"
        assert _add_as(first, group, "a") == 0
        found = [place / "cache" / "mmner", *sorted((place / "cache" / "mmner").iterdir())]
        modes = {path.name: oct(path.stat().st_mode & 0o7777) for path in found}
        if not shared:
            assert modes == {"mmner": "0o2755", "rows.sqlite": "0o644"}
            return
        assert modes == {"mmner": "0o2775", "rows.sqlite": "0o664"}
        assert _add_as(second, group, "b", killed=True) == 9  # leaves its -wal and -shm
        assert len(list((place / "cache" / "mmner").iterdir())) == 3
        assert _add_as(first, group, "c") == 0
        assert list(Store().rows(["a", "b", "c"])) == ["a", "b", "c"]


def _add_as(user, group, fingerprint, *, killed=False):
    """The status, or the signal, of a process of `user` that stores a row."""
    if (child := os.fork()) == 0:
        try:
            os.umask(0o022)
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
            store = Store()
            store.add("captions", {fingerprint: Row({"caption": fingerprint})})
            if killed:
                os.kill(os.getpid(), signal.SIGKILL)
            store.close()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status) or os.waitstatus_to_exitcode(status)


def test_a_store_that_lacks_a_table_is_named_and_its_remedy_leads_out(tmp_path):
    path = tmp_path / "rows.sqlite"
    Store(path).db.execute("DROP TABLE marks")
    with pytest.raises(InputError, match=r"error\[store-broken\] .*no such table: marks"):
        Store(path).get(["a"])
    for file in tmp_path.glob("rows.sqlite*"):
        file.rename(tmp_path / f"old-{file.name}")
    assert Store(path).get(["a"]) == {}


def test_a_store_of_a_newer_version_is_left_alone(tmp_path):
    db = sqlite3.connect(tmp_path / "rows.sqlite")
    db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(InputError) as caught:
        Store(tmp_path / "rows.sqlite")
    assert caught.value.name == "store-newer"

"""Files come whole and as published, from a server or a folder, or not at all. The server is a real one."""

import functools
import hashlib
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.tools import catalogue
from mmner.tools.catalogue import Entry, Origin, fetch

ROOT = Path(__file__).resolve().parents[3]
TEXT = b"At\tO\nMira\tB-ORG\n"
DIGEST = hashlib.sha256(TEXT).hexdigest()
BY_HAND = {"github": None, "path": None, "from": "somewhere"}
KNOWN = {"bytes": len(TEXT), "sha256": DIGEST}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; what is asked for is noted. A name with "short" ends before its announced length."""

    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        if "short" in self.path:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(TEXT)
        elif "broken" in self.path:
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path):
    """(address, folder, paths that were asked for) of a server that serves the folder."""
    folder = tmp_path / "site"
    (folder / "owner/name/HEAD/data dir").mkdir(parents=True)
    asked = []
    handler = functools.partial(type("Noting", (Handler,), {"asked": asked}), directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", folder / "owner/name/HEAD/data dir", asked
        server.shutdown()


def entry(**files) -> Entry:
    """An entry with these files; a dict is what the catalogue knows beside repository and path."""
    origins = {}
    for name, known in files.items():
        file = f"{name}.txt"
        origins[file] = Origin(**({"github": "owner/name", "path": f"data dir/{file}"} | known))
    return Entry("mine", "a corpus", "mine", origins, "")


def run(entry: Entry, data: Path, **options) -> dict[str, str]:
    return dict(fetch.fetch(entry, data, **options))


def left(data: Path) -> list[str]:
    return sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file())


def test_files_are_fetched_once_and_only_what_lacks_is_asked_for_again(tmp_path, site):
    address, folder, asked = site
    for name in ("train", "test"):
        (folder / f"{name}.txt").write_bytes(TEXT)
    mine, data = entry(train=KNOWN, test=KNOWN), tmp_path / "raw"
    assert run(mine, data, base=address) == {"train.txt": "fetched", "test.txt": "fetched"}
    assert (data / "mine/train.txt").read_bytes() == TEXT
    assert asked == ["/owner/name/HEAD/data%20dir/train.txt", "/owner/name/HEAD/data%20dir/test.txt"]
    (data / "mine/test.txt").unlink()
    assert run(mine, data, base=address + "/") == {"train.txt": "here", "test.txt": "fetched"}
    assert len(asked) == 3
    assert left(data) == ["mine/test.txt", "mine/train.txt"]


@pytest.mark.parametrize(
    ("name", "file", "known"),
    [
        ("not-published", "absent", {}),
        ("bad-answer", "broken", {}),
        ("size-differs", "short", {}),
        ("size-differs", "test", {"bytes": 3}),
        ("digest-differs", "test", {"sha256": "0" * 64}),
    ],
)
def test_a_wrong_answer_leaves_what_came_before_and_nothing_of_itself(tmp_path, site, name, file, known):
    address, folder, _ = site
    for there in ("train", "test"):
        (folder / f"{there}.txt").write_bytes(TEXT)
    data = tmp_path / "raw"
    with pytest.raises(InputError) as caught:
        run(entry(train=KNOWN, **{file: known}), data, base=address)
    assert caught.value.name == name
    assert f"{file}.txt" in caught.value.where
    assert caught.value.remedy
    assert left(data) == ["mine/train.txt"]


def test_without_a_network_the_error_says_so(tmp_path):
    with pytest.raises(InputError) as caught:
        run(entry(train=KNOWN), tmp_path / "raw", base="http://127.0.0.1:9")
    assert caught.value.name == "no-network"
    assert "--from" in caught.value.remedy
    assert left(tmp_path / "raw") == []


def test_a_digest_that_the_catalogue_lacks_is_remembered_and_later_differs(tmp_path, site):
    address, folder, _ = site
    (folder / "train.txt").write_bytes(TEXT)
    mine, data = entry(train={}), tmp_path / "raw"
    run(mine, data, base=address)
    assert (data / "mine.sha256").read_text() == f"{DIGEST}  mine/train.txt\n"
    assert run(mine, data, base=address) == {"train.txt": "here"}
    (data / "mine/train.txt").unlink()
    (folder / "train.txt").write_bytes(TEXT + b"\n")
    with pytest.raises(InputError, match="as first seen") as caught:
        run(mine, data, base=address)
    assert caught.value.name == "digest-differs"
    assert left(data) == ["mine.sha256"]


def test_a_cut_file_whose_digest_nobody_knows_is_not_taken_for_the_published_one(tmp_path):
    source, data, whole = tmp_path / "copy", tmp_path / "raw", TEXT + b"\n" + TEXT
    source.mkdir()
    mine = entry(train={"posts": 2})
    for cut, what in ((15, "1 posts, not 2"), (19, "a line without its tag: 'At', train.txt:4"), (0, "0 posts")):
        (source / "train.txt").write_bytes(whole[:cut])
        with pytest.raises(InputError, match=what) as caught:
            run(mine, data, source=source)
        assert (caught.value.name, caught.value.where) == ("posts-differ", str(source / "train.txt"))
        assert caught.value.remedy.endswith("own, correct posts of train.txt in catalogue/mine.yaml")
        assert left(data) == []
    (source / "train.txt").write_bytes(whole)
    assert run(mine, data, source=source) == {"train.txt": "copied"}
    assert left(data) == ["mine.sha256", "mine/train.txt"]


def test_a_bad_file_seen_first_is_no_obstacle_once_its_line_is_deleted(tmp_path):
    source, data, mine = tmp_path / "copy", tmp_path / "raw", entry(train={})
    source.mkdir()
    (source / "train.txt").write_bytes(TEXT[:5])
    run(mine, data, source=source)
    (data / "mine/train.txt").unlink()
    (source / "train.txt").write_bytes(TEXT)
    with pytest.raises(InputError) as caught:
        run(mine, data, source=source)
    assert caught.value.name == "digest-differs"
    assert "from where it is published" in caught.value.remedy
    assert f"delete the line of train.txt in {data / 'mine.sha256'}" in caught.value.remedy
    (data / "mine.sha256").write_text("")
    assert run(mine, data, source=source) == {"train.txt": "copied"}


def test_the_record_of_digests_is_what_sha256sum_reads(tmp_path, site):
    address, folder, _ = site
    (folder / "train.txt").write_bytes(TEXT)
    run(entry(train={}), tmp_path / "raw", base=address)
    done = subprocess.run(["sha256sum", "-c", "mine.sha256"], cwd=tmp_path / "raw", capture_output=True, text=True)
    assert done.stdout == "mine/train.txt: OK\n"


def test_a_file_that_is_here_but_differs_is_neither_taken_nor_replaced(tmp_path):
    here = tmp_path / "raw/mine/train.txt"
    here.parent.mkdir(parents=True)
    here.write_bytes(b"edited")
    with pytest.raises(InputError) as caught:
        run(entry(train=KNOWN), tmp_path / "raw")
    assert (caught.value.name, caught.value.where) == ("size-differs", str(here))
    assert here.read_bytes() == b"edited"


def test_a_folder_serves_as_the_source_without_a_network(tmp_path):
    source, data = tmp_path / "copy", tmp_path / "raw"
    (source / "images.txt").mkdir(parents=True)
    (source / "images.txt/a.jpg").write_bytes(b"a")
    (source / "train.txt").write_bytes(TEXT)
    words = BY_HAND
    mine = entry(train=KNOWN, images=words, captions=words, chains=words | {"optional": True})
    assert run(mine, data, source=source, base="http://127.0.0.1:9") == {
        "train.txt": "copied",
        "images.txt": "copied",
        "captions.txt": "by hand",
        "chains.txt": "optional",
    }
    assert left(data) == ["mine/images.txt/a.jpg", "mine/train.txt"]
    assert run(mine, data, source=source)["images.txt"] == "here"


def test_a_folder_without_a_published_file_is_told(tmp_path):
    with pytest.raises(InputError) as caught:
        run(entry(train=KNOWN), tmp_path / "raw", source=tmp_path)
    assert (caught.value.name, caught.value.where) == ("missing-file", str(tmp_path / "train.txt"))


def test_a_folder_that_has_nothing_is_no_source(tmp_path):
    mine = entry(train=BY_HAND, images=BY_HAND, chains=BY_HAND | {"optional": True})
    for source in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match=r"missing-file.*train.txt(.|\n)*folder that has train.txt, images.txt"):
            run(mine, tmp_path / "raw", source=source)
    assert set(run(mine, tmp_path / "raw").values()) == {"by hand", "optional"}


def test_every_digest_of_the_catalogue_is_one():
    origins = [origin for name in catalogue.names() for origin in catalogue.load(name).files.values()]
    assert any(origin.sha256 for origin in origins)
    for origin in origins:
        assert bool(origin.github) == bool(origin.path) != bool(origin.origin)
        assert origin.sha256 is None or (len(bytes.fromhex(origin.sha256)) == 32 and origin.bytes)


def test_the_command_fetches_and_says_what_is_left_to_do(tmp_path, site):
    address, folder, _ = site
    there = folder.parents[3] / "jefferyYu/UMT/HEAD/data/twitter2015"
    there.mkdir(parents=True)
    for name, posts in (("train", 4000), ("valid", 1000), ("test", 3257)):
        (there / f"{name}.txt").write_bytes(b"\n".join([TEXT] * posts))
    (tmp_path / "dvc.yaml").touch()
    whole = [sys.executable, "-m", "mmner", "corpus", "get", "twitter2015", "--base-url", address]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"}
    done = subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "fetched  data/raw/twitter2015/train.txt" in done.stdout
    assert "images: optional; the archive" in done.stdout
    assert len((tmp_path / "data/raw/twitter2015.sha256").read_text().splitlines()) == 3
    (tmp_path / "data/raw/twitter2015/train.txt").write_bytes(b"x")
    done = subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "error[digest-differs]" in done.stderr) == (1, True)


def test_a_file_that_differs_is_taken_on_purpose_and_is_right_from_then_on(tmp_path):
    source = tmp_path / "copy"
    source.mkdir()
    (source / "train.txt").write_bytes(TEXT + TEXT)
    mine, data = entry(train=KNOWN), tmp_path / "raw"
    with pytest.raises(InputError, match="or take it as it is, on purpose, with --accept") as caught:
        run(mine, data, source=source)
    assert caught.value.name == "size-differs"
    assert run(mine, data, source=source, accept=True)["train.txt"] == "copied"
    assert run(mine, data)["train.txt"] == "here"
    (data / "mine" / "train.txt").write_bytes(TEXT)
    with pytest.raises(InputError, match="digest-differs"):
        run(mine, data)


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "linked folder"])
def test_what_is_no_file_is_refused_and_nothing_is_written(tmp_path, kind):
    source, data = tmp_path / "copy", tmp_path / "raw"
    source.mkdir()
    (source / "train.txt").write_bytes(TEXT)
    images = source / "images.txt"
    images.mkdir()
    if kind == "folder":
        (source / "train.txt").unlink()
        (source / "train.txt").mkdir()
    elif kind == "pipe":
        os.mkfifo(images / "a.jpg")
    elif kind == "loop":
        (images / "a.jpg").symlink_to("a.jpg")
    else:
        (images / "more").symlink_to(images)
    what = {"folder": "a folder, where", "linked folder": "a link to a folder"}.get(kind, "a pipe, a socket")
    with pytest.raises(InputError, match=f"special-file.*{what}"):
        run(entry(train=KNOWN, images=BY_HAND), data, source=source)
    assert left(data) == []  # looked for in all files, before one is copied


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_list_of_digests_that_is_none_is_named(tmp_path, content):
    listed = tmp_path / "raw" / "mine.sha256"
    listed.parent.mkdir()
    listed.mkdir() if content is None else listed.write_bytes(content)
    with pytest.raises(InputError, match="first-digests"):
        run(entry(train=KNOWN), tmp_path / "raw", source=tmp_path)

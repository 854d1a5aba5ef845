"""Rows are computed once, survive what happens to a run, and are counted."""

import errno
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from dvc.repo import Repo

from mmner.base.errors import InputError
from mmner.base.params import Params
from mmner.rows import compute, contract, dvc_cache, fingerprints, parquet, schemas
from mmner.rows.contract import Result
from mmner.rows.none import NoneBackend
from mmner.rows.pool import Inline
from mmner.rows.store import Store
from mmner.tools.costs import retry
from tests.rows.upper import Upper, Vectors, items, write

ROOT = Path(__file__).resolve().parents[2]


def captions(path):
    return [row["caption"] for row in parquet.read(path, "captions")]


def test_a_second_run_computes_nothing_and_leaves_the_same_bytes(tmp_path, store):
    out = tmp_path / "captions.parquet"
    write(out, items("a", "b", "c"), Upper(), store)
    before = out.read_bytes()
    backend = Upper()
    report = write(out, items("a", "b", "c"), backend, store)
    assert backend.calls == []
    assert (report.reused, report.computed) == (3, 0)
    assert out.read_bytes() == before


def test_only_new_rows_are_computed_and_equal_ones_once(tmp_path, store):
    write(tmp_path / "captions.parquet", items("a", "b"), Upper(), store)
    backend = Upper()
    write(tmp_path / "captions.parquet", items("b", "c", "c", "a"), backend, store)
    assert backend.calls == ["c"]
    assert captions(tmp_path / "captions.parquet") == ["B", "C", "C", "A"]


class Hungry(Inline):
    """Who always could do with more."""

    hungry = True


def test_few_chunks_that_are_known_are_held_behind_one_that_is_not(store):
    rows = items(*map(str, range(40)))
    compute.compute("captions", rows[4:], Upper(), store)
    given, held = 0, []

    def chunks():
        nonlocal given
        for at in range(0, 40, 4):
            given += 1
            yield rows[at : at + 4]

    computation = compute.Computation("captions", Upper(), store, 40, Hungry(Upper()))
    for number, (chunk, answers) in enumerate(computation.stream(chunks()), 1):
        held.append(given - number)
        assert [row.value["caption"] for _, row in answers] == [item["sentence"].upper() for item in chunk]
    assert len(held) == 10
    assert max(held) <= compute.MOST_WHOLE


def test_rows_finished_before_a_kill_are_reused(tmp_path, store):
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "captions.parquet", items("a", "b", "c", "d"), Upper(dies_at=2), store)
    assert not (tmp_path / "captions.parquet").exists()
    backend = Upper()
    write(tmp_path / "captions.parquet", items("a", "b", "c", "d"), backend, store)
    assert backend.calls == ["c", "d"]


def test_another_identity_is_another_row(tmp_path, store):
    backend = Upper()
    write(tmp_path / "captions.parquet", items("a"), backend, store)
    backend.identity = lambda: {"backend": "upper", "version": 2}
    write(tmp_path / "captions.parquet", items("a"), backend, store)
    assert backend.calls == ["a", "a"]


def test_a_failed_row_stays_and_is_counted(tmp_path, store, capsys):
    write(tmp_path / "captions.parquet", items("a", "b", "c"), Upper(fails="b"), store)
    table = parquet.read(tmp_path / "captions.parquet", "captions")
    assert [row["error"] for row in table] == [None, "unreadable: b", None]
    assert "3 rows in, 0 reused, 3 computed, 1 without value (unreadable: 1)" in capsys.readouterr().err


def test_more_than_max_failed_is_an_error_and_writes_nothing(tmp_path, store):
    with pytest.raises(InputError, match=r"too-many-failed.*1 of 3 .*: unreadable: 1\s"):
        write(tmp_path / "captions.parquet", items("a", "b", "c"), Upper(fails="b"), store, max_failed=0.3)
    assert not (tmp_path / "captions.parquet").exists()


def test_a_stage_of_which_all_rows_failed_ends_with_an_error_and_retry_asks_again(tmp_path, store):
    out = tmp_path / "captions.parquet"
    for computed in ("ab", ""):  # at the second run both errors are known
        backend = Upper(fails="ab")
        with pytest.raises(
            InputError, match=r"all 2 rows that were asked for failed \(unreadable: 2\); the first: unreadable: a"
        ) as caught:
            write(out, [*items("a", "b"), {"id": "2", "sentence": "", "skip": contract.NO_IMAGE}], backend, store)
        assert caught.value.name == "all-failed"
        assert "retry --stage captions" in caught.value.remedy
        assert backend.calls == list(computed)
        assert not out.exists()
    retry.forget(store, [key for (key,) in store.db.execute("SELECT fingerprint FROM rows")])
    write(out, items("a", "b"), Upper(), store)
    assert captions(out) == ["A", "B"]


def test_a_stage_that_is_left_out_has_not_failed(tmp_path, store, capsys):
    write(tmp_path / "captions.parquet", items("a", "b"), NoneBackend(Params()), store)
    assert "captions: 2 rows in, left out by the preparation" in capsys.readouterr().err


def test_the_numbers_of_a_line_add_up(tmp_path, store, capsys):
    write(tmp_path / "captions.parquet", items("a", "b"), Upper(), store)
    capsys.readouterr()
    skipped = {"id": "9", "sentence": "", "skip": contract.NO_IMAGE}
    write(tmp_path / "captions.parquet", [*items("a", "a", "c", "d", "d", "d"), skipped], Upper(fails="c"), store)
    line = "7 rows in, 2 reused, 2 computed, 2 equal to others, 1 skipped, 2 without value (unreadable: 1, no image: 1)"
    assert line in capsys.readouterr().err


@pytest.mark.parametrize("column", ["caption", "fingerprint"])
def test_where_one_of_the_two_files_cannot_be_written_neither_is_put_into_place(
    tmp_path, store, monkeypatch, capsys, column
):
    whole = pq.ParquetWriter.write_table

    def full(self, table, **how):
        if column in table.column_names:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(self, table, **how)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(InputError, match="make room") as caught:
        write(tmp_path / "out" / "captions.parquet", items("a", "b"), Upper(), store)
    assert caught.value.name == "artifact-full"
    assert list((tmp_path / "out").iterdir()) == []
    assert "rows in" not in capsys.readouterr().err


def test_posts_without_image_are_no_failure(tmp_path, store):
    write(tmp_path / "captions.parquet", items("a", skip=contract.NO_IMAGE), Upper(), store, max_failed=0.0)
    assert captions(tmp_path / "captions.parquet") == [None]


def test_a_passing_failure_is_never_stored_and_loses_no_finished_row(tmp_path, store):
    with pytest.raises(InputError, match="failed-for-now"):
        write(tmp_path / "captions.parquet", items("a", "b", "c"), Upper(passes="b"), store)
    backend = Upper()
    write(tmp_path / "captions.parquet", items("a", "b", "c"), backend, store)
    assert backend.calls == ["b"]


def test_fingerprint_seconds_and_money_lie_beside_the_artifact(tmp_path, store):
    write(tmp_path / "captions.parquet", items("a", "b"), Upper(), store)
    book = parquet.read(tmp_path / "captions.rows.parquet", "rows")
    assert [row["money"] for row in book] == [0.5, 0.5]
    assert [row["tokens"] for row in book] == [3, 3]
    assert len({row["fingerprint"] for row in book}) == 2


@pytest.fixture
def lock(tmp_path, store, monkeypatch):
    """Make captions.parquet of posts, and leave it in DVC's cache and in dvc.lock, as `dvc repro` does."""
    monkeypatch.chdir(tmp_path)
    Repo.init(no_scm=True).close()

    def make(posts, backend) -> Path:
        out, book = "captions.parquet", "captions.rows.parquet"
        write(out, posts, backend, store)
        with Repo() as repo:
            repo.add([out, book])
        outs = [yaml.safe_load(Path(f"{name}.dvc").read_text())["outs"][0] for name in (out, book)]
        Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": {"captions@x": {"outs": outs}}}))
        return Path(out)

    return make


@pytest.fixture
def locked(lock):
    """captions.parquet of POSTS, of which "b" fails, as `lock` leaves it."""
    return lock(POSTS, Upper(fails="b"))


POSTS = [*items("a", "b"), {"id": "2", "sentence": "", "skip": "no image"}]


def test_rows_of_pulled_artifacts_are_adopted_from_dvcs_cache(tmp_path, locked):
    locked.unlink()
    backend, another = Upper(), Store(tmp_path / "another.sqlite")
    report = write(locked, items("a", "b", "c"), backend, another)
    assert backend.calls == ["c"]  # not "b", which failed for good: that was paid for as well
    assert report.reused == 2
    assert [row["error"] for row in parquet.read(locked, "captions")] == [None, "unreadable: b", None]


def test_a_row_that_its_maker_skipped_is_not_adopted(tmp_path, locked):
    backend, another = Upper(), Store(tmp_path / "another.sqlite")
    write(locked, items("a", "b", ""), backend, another)  # here the image of the third post is there
    assert backend.calls == [""]


def test_a_row_that_its_maker_left_for_later_is_not_adopted(tmp_path, lock, store):
    class Limited(Upper):
        def _one(self, sentence):
            return Result(None, "limit reached", later=True) if sentence == "b" else super()._one(sentence)

    out = lock(items("a", "b"), Limited())
    backend = Upper()
    write(out, items("a", "b", "c"), backend, Store(tmp_path / "another.sqlite"))
    assert backend.calls == ["b", "c"]


def test_an_adopted_value_replaces_an_error_and_an_adopted_error_no_value(tmp_path, lock, store):
    mine = Store(tmp_path / "mine.sqlite")
    write(tmp_path / "mine.parquet", items("a", "b"), Upper(fails="b"), mine)
    out = lock(items("a", "b"), Upper(fails="a"))  # a colleague's answers
    backend = Upper()
    write(out, items("a", "b", "c"), backend, mine)
    assert backend.calls == ["c"]
    assert captions(out) == ["A", "B", "C"]


def test_an_artifact_that_would_be_the_same_is_taken_from_dvcs_cache(locked, store, monkeypatch):
    before = [Path(name).read_bytes() for name in ("captions.parquet", "captions.rows.parquet")]
    for name in ("captions.parquet", "captions.rows.parquet"):
        Path(name).unlink()
    monkeypatch.setattr(Store, "rows", None)  # no answer is read to be written again
    report = write(locked, POSTS, Upper(), store)
    assert [Path(name).read_bytes() for name in ("captions.parquet", "captions.rows.parquet")] == before
    assert (report.rows, report.reused, report.computed, report.failed) == (3, 2, 0, 1)
    assert dict(report.errors) == {"unreadable": 1, "no image": 1}


def test_an_artifact_that_would_be_the_same_still_has_to_fail_seldom(locked, store):
    locked.unlink()
    with pytest.raises(InputError, match="too-many-failed"):
        write(locked, POSTS, Upper(), store, max_failed=0.1)
    assert not locked.exists()


@pytest.mark.parametrize(
    ("posts", "calls"),
    [
        (items("a", "b", "c"), ["c"]),
        (items("b", "a", "a"), []),
        ([*items("a", "b"), {"id": "2", "sentence": "", "skip": "image missing: x"}], []),
        ([*items("a", "b"), {"id": "3", "sentence": "", "skip": "no image"}], []),
        (POSTS[:2], []),
    ],
)
def test_an_artifact_that_would_differ_in_a_row_is_written(locked, store, posts, calls):
    backend = Upper()
    write(locked, posts, backend, store)
    assert backend.calls == calls
    found = parquet.read(locked, "captions")
    assert [row["id"] for row in found] == [post["id"] for post in posts]
    expected = [post["skip"] or ("unreadable: b" if post["sentence"] == "b" else None) for post in posts]
    assert [row["error"] for row in found] == expected


def test_a_row_that_was_forgotten_is_asked_again_though_the_artifact_has_it(locked, store):
    forget(store)
    backend = Upper()
    write(locked, POSTS, backend, store)
    assert backend.calls == ["b"]
    assert captions(locked) == ["A", "B", None]


def test_a_row_that_was_answered_since_is_not_taken_from_the_old_artifact(locked, store):
    forget(store)
    with pytest.raises(InputError, match="too-many-failed"):  # "b" is answered and stored, and nothing is written
        write(Path("other.parquet"), items("b", "new"), Upper(fails=["new"]), store, max_failed=0.1)
    backend = Upper()
    write(locked, POSTS, backend, store)
    assert backend.calls == []
    assert captions(locked) == ["A", "B", None]


def forget(store) -> None:
    """As `python -m mmner retry` does with all failed rows of POSTS."""
    retry.forget(store, [fingerprints.fingerprint("captions", Upper(), post) for post in items("b")])


@pytest.mark.parametrize("size", [1, 700, 3000])
def test_bytes_depend_neither_on_the_batch_size_nor_on_what_was_known(tmp_path, size):
    posts = items(*(f"post {n % 2400}" for n in range(2500)))
    write(tmp_path / "plain.parquet", posts, Upper(), Store(tmp_path / "plain.sqlite"))
    store, backend = Store(tmp_path / "other.sqlite"), Upper()
    backend.batch_size = size
    write(tmp_path / "some.parquet", posts[900:1300] + posts[2490:], backend, store)
    write(tmp_path / "other.parquet", posts, backend, store)
    assert (tmp_path / "other.parquet").read_bytes() == (tmp_path / "plain.parquet").read_bytes()
    assert len(backend.calls) == 2400


@pytest.mark.parametrize("size", [1, 300, 3000])
def test_nor_do_those_of_vectors_and_of_what_they_were_computed_from(tmp_path, size):
    posts, store = items(*map(str, range(2 * schemas.chunk("features") + 100))), Store(tmp_path / "rows.sqlite")
    for name, backend in (("one", Vectors()), ("two", Vectors())):
        backend.batch_size = 7 if name == "one" else size
        compute.write("features", tmp_path / f"{name}.parquet", posts, backend, {}, store=store)
    for end in (".parquet", ".rows.parquet"):
        assert (tmp_path / f"one{end}").read_bytes() == (tmp_path / f"two{end}").read_bytes()


def test_a_backend_that_wants_the_whole_corpus_gets_its_items_in_order(tmp_path, store):
    backend = Upper()
    backend.whole, backend.batch_size, backend.order = True, 500, lambda item: -int(item["id"])
    write(tmp_path / "captions.parquet", items(*map(str, range(3000))), backend, store)
    assert backend.calls == [str(n) for n in reversed(range(3000))]
    assert captions(tmp_path / "captions.parquet") == [str(n) for n in range(3000)]


def test_values_of_an_artifact_made_here_are_not_read_again(locked, store, monkeypatch):
    read, stream = [], parquet.stream

    def watched(path, name, columns=None):
        read.append(columns)
        return stream(path, name, columns)

    monkeypatch.setattr(parquet, "stream", watched)
    backend = Upper()
    write(locked, [*POSTS, {"id": "3", "sentence": "c", "skip": None}], backend, store)
    assert backend.calls == ["c"]
    assert ["error"] in read
    assert None not in read


def test_vectors_of_an_adopted_artifact_are_the_bytes_that_its_maker_stored(tmp_path, store):
    out, book, another = tmp_path / "features.parquet", tmp_path / "features.rows.parquet", Store(tmp_path / "another")
    compute.write("features", out, items("a"), Vectors(), {}, store=store)
    assert dvc_cache._import(another, "features", out, book, another) == 1
    one, other = (
        each.db.execute("SELECT stage, value, vectors, error FROM rows").fetchall() for each in (store, another)
    )
    assert one == other


def test_who_a_backend_is_is_said_without_loading_a_network():
    script = """
import sys
from mmner.base import params
from mmner.rows.stages import STAGES
everything = params.load("params.yaml")
for stage in ("captions", "candidates", "expressions", "regions", "chains", "features"):
    variant = everything["preparations"]["sample"][stage]
    backends = STAGES[stage].backends
    params.backend(stage, variant, everything[stage][variant], backends).identity()
print(sorted({"torch", "transformers", "onnxruntime", "cv2", "scipy"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_of_two_processes_that_compute_a_row_the_first_answer_is_the_answer_of_both(tmp_path, store):
    class Late(Upper):
        def __call__(self, posts):
            answer = compute.Row({"caption": "FIRST"})
            Store(store.path).add(
                "captions", {fingerprints.fingerprint("captions", self, post): answer for post in posts}
            )
            return super().__call__(posts)

    write(tmp_path / "captions.parquet", items("a", "b"), Late(), store)
    assert captions(tmp_path / "captions.parquet") == ["FIRST", "FIRST"]


@pytest.mark.parametrize(
    "value", ["café", [0.1, 1e-7, -0.0, 1e22], {"b": None, "a": [True, {"é": '\u2028"'}]}, {1: Path("x")}, "\ud800"]
)
def test_fingerprints_are_made_of_what_json_writes(value):
    expected = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    assert fingerprints._json(value) == expected


def test_a_fingerprint_is_the_digest_that_stores_out_there_have():
    post = {"id": "a", "sentence": 'Zoë "at" 東京 \ud83d', "skip": None}
    key = ["captions", {"backend": "upper", "version": 1}, {"sentence": post["sentence"]}]
    text = json.dumps(key, sort_keys=True, ensure_ascii=False)
    expected = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert fingerprints.fingerprint("captions", Upper(), post) == expected

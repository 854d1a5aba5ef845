"""Posts of files of every kind, and what each bad line is answered with."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmner.base.errors import InputError
from mmner.predict import post_files


def found(path, **options):
    return [
        (where.removeprefix(f"{path}"), str(post) if isinstance(post, InputError) else post)
        for where, post in post_files.read(str(path), **options)
    ]


def test_each_format_gives_the_same_posts(tmp_path):
    rows = [{"text": "Mira, Park", "image": "a.jpg"}, {"text": "Rain", "tokens": ["Rain"]}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    (tmp_path / "a.csv").write_text('text,image,tokens\n"Mira, Park",a.jpg,\nRain,,Rain\n')
    (tmp_path / "a.tsv").write_text('\ufefftext\timage\ttokens\nMira, Park\ta.jpg\t\nRain\t\t"[""Rain""]"\n')
    pq.write_table(pa.Table.from_pylist([{"tokens": None} | row for row in rows]), tmp_path / "a.parquet")
    expected = [rows[0] | {"image": str(tmp_path / "a.jpg")}, rows[1]]
    for name in ("a.jsonl", "a.csv", "a.tsv", "a.parquet"):
        assert [post for _, post in found(tmp_path / name)] == expected, name
    (tmp_path / "a.txt").write_bytes(b"Mira, Park\r\n\r\nRain")
    assert found(tmp_path / "a.txt") == [(":1", {"text": "Mira, Park"}), (":3", {"text": "Rain"})]
    other = post_files.read(str(tmp_path / "a.jsonl"), images=tmp_path / "elsewhere")
    assert next(other)[1]["image"] == str(tmp_path / "elsewhere/a.jpg")


def test_columns_give_tokens_and_what_stands_above_them(tmp_path):
    (tmp_path / "a.bio").write_text("IMGID:a.jpg\nMira\tB-PER\nsings\tO\n\nRain\tO\n")
    image = str(tmp_path / "a.jpg")
    posts = [{"tokens": ["Mira", "sings"], "image": image}, {"tokens": ["Rain"]}]
    assert [post for _, post in found(tmp_path / "a.bio")] == posts
    (tmp_path / "a.txt").write_bytes((tmp_path / "a.bio").read_bytes())
    assert [post for _, post in found(tmp_path / "a.txt", form="conll")] == posts
    assert all("remedy: --from conll" in post for _, post in found(tmp_path / "a.txt"))
    with pytest.raises(InputError, match="not read from standard input"):
        next(post_files.read("-", "conll"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b'{"text": "a"}\n{"text"\n{"text": "b"}\n', "error[bad-json]"),
        ("a.jsonl", b'{"text": "a"}\n["b"]\n{"text": "b"}\n', "not an object"),
        ("a.txt", b"a\n\xff\nb\n", "error[not-utf8]"),
        ("a.csv", b"text,image\na,\nb\nc,\n", "fewer cells than columns"),
        ("a.csv", b"text,image\na,\nb,c,d\nc,\n", "more cells than columns"),
        ("a.csv", b'text,tokens\na,\nb,"[1"\nc,\n', "error[bad-json]"),
        ("a.csv", b"text,\na,\nb,1\nc,\n", "a column without a name"),
        ("a.txt", b"a\n\0b\nb\n", "error[not-utf8]"),
    ],
)
def test_a_bad_line_is_answered_in_its_place_and_the_others_are_read(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    rows = found(tmp_path / name)
    assert len(rows) == 3
    assert told in rows[1][1]
    assert f"{tmp_path / name}:{2 if name != 'a.csv' else 3}" in rows[1][1]
    assert [type(post) for _, post in rows] == [dict, str, dict]


def test_a_line_that_is_too_long_is_passed_over_without_being_held(tmp_path, monkeypatch):
    monkeypatch.setattr(post_files, "MAX_LINE", 10)
    (tmp_path / "a.txt").write_bytes(b"x" * 35 + b"\nshort\n")
    rows = found(tmp_path / "a.txt")
    assert rows[1] == (":2", {"text": "short"})
    assert "error[long-line]" in rows[0][1]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("absent.jsonl", None, "no such file"),
        ("a.csv", b"word,image\na,b\n", "no column text or tokens, but word, image"),
        ("a.csv", b"", "no column text or tokens, but none"),
        ("a.csv", b'text\n"a"b\n', "error[bad-csv]"),
        ("a.parquet", b"PAR1 nothing", "error[not-parquet]"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, told):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        found(tmp_path / name)
    assert told in str(raised.value)
    assert str(tmp_path / name) in str(raised.value)


def test_a_table_s_cells_may_be_long_its_suffix_large_and_its_text_empty_where_it_has_tokens(tmp_path):
    long = "a" * 200_000  # csv's own limit is 131,072
    (tmp_path / "a.csv").write_text(f'text\n"{long}"\n')
    assert found(tmp_path / "a.csv") == [(":2", {"text": long})]
    (tmp_path / "P.TSV").write_text("text\timage\nMira, Park\ta.jpg\n")
    assert found(tmp_path / "P.TSV") == [(":2", {"text": "Mira, Park", "image": str(tmp_path / "a.jpg")})]
    (tmp_path / "b.csv").write_text("text,tokens\n,Mira Park\n,\n")
    assert found(tmp_path / "b.csv") == [(":2", {"tokens": ["Mira", "Park"]}), (":3", {"text": ""})]


def test_text_of_parquet_that_is_no_utf_8_is_an_error(tmp_path):
    text = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\x02\0\0\0"), pa.py_buffer(b"\xff\xfe")])
    pq.write_table(pa.table({"text": text}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match="not-parquet"):
        found(tmp_path / "a.parquet")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_no_line_of_utf16_is_taken_for_a_post(tmp_path, encoding):
    (tmp_path / "a.txt").write_bytes("Mira Park\r\nsings\r\n".encode(encoding))
    assert [post for _, post in found(tmp_path / "a.txt") if not str(post).startswith("error[not-utf8]")] == []


def test_of_two_columns_of_one_name_none_is_dropped(tmp_path):
    (tmp_path / "a.csv").write_text("id,text,text\n1,Mira,Park\n")
    with pytest.raises(InputError, match="bad-csv.*two columns are called text"):
        found(tmp_path / "a.csv")

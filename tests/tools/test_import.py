"""`python -m mmner corpus import`: what annotation tools export becomes a corpus, and every change is told."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.corpus import split_files
from mmner.corpus.params import load
from mmner.predict.answers import Answer, Entity
from mmner.predict.formats import FORMATS
from mmner.tools.own_corpus import importing
from mmner.tools.own_corpus.importing import Options
from mmner.tools.own_corpus.look import Wanted
from tests.corpus.folder import picture

ROOT = Path(__file__).resolve().parents[2]
TEXT = "👩‍👩‍👧 loves Mira Park!"  # Mira Park: code points 12..21, UTF-16 code units 15..24
TOKENS = ["👩‍👩‍👧", "loves", "Mira", "Park", "!"]
TAGS = ["O", "O", "B-ORG", "I-ORG", "O"]


@pytest.fixture
def clone(tmp_path):
    """A folder with the params.yaml that ships."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    return tmp_path


def write(clone: Path, content, name: str = "given.json") -> Path:
    """`content` as a file: a list is JSON, of which a name with .jsonl has a line each."""
    path = clone / name
    path.parent.mkdir(exist_ok=True)
    if not isinstance(content, str):
        lines = [json.dumps(one, ensure_ascii=False) for one in content]
        content = "\n".join(lines) + "\n" if name.endswith(".jsonl") else "[" + ",\n".join(lines) + "]"
    path.write_text(content, encoding="utf-8")
    return path


def take(clone: Path, source: Path, wanted: Wanted | None = None, **options) -> importing.Imported:
    places = {"data": clone / "raw", "file": clone / "params.yaml"}
    return importing.load("mine", source, wanted or Wanted(), Options(**options), **places)


def rows(clone: Path, split: str = "train") -> list[dict]:
    file = clone / "raw" / "mine" / f"{split}.jsonl"
    assert [post.tokens for post in split_files.read(file, file.name)]  # the reader of stage examples takes it
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def region(start: int, end: int, label: str = "ORG", **more) -> dict:
    return {"type": "labels", "value": {"start": start, "end": end, "labels": [label], **more}}


def task(*regions: dict, text: str = TEXT, **more) -> dict:
    return {"id": 7, "data": {"text": text}, "annotations": [{"result": list(regions)}], **more}


def spanned(form: str, start: int = 12, end: int = 21, text: str = TEXT, label: str = "ORG") -> dict:
    """A post of `form` with one entity."""
    named = {"start": start, "end": end, "label": label}
    return {
        "prodigy": {"text": text, "spans": [named], "answer": "accept", "_input_hash": 1},
        "spacy": {"text": text, "ents": [named]},
        "doccano": {"id": 3, "text": text, "label": [[start, end, label]]},
    }[form]


def test_label_studios_utf16_offsets_become_tokens(clone):
    units = TEXT.encode("utf-16-le")
    assert units[2 * 15 : 2 * 24].decode("utf-16-le") == TEXT[12:21] == "Mira Park"
    done = take(clone, write(clone, [task(region(15, 24))]), tokenizer="characters")
    assert rows(clone)[0]["tags"] == ["O"] * 6 + ["B-ORG"] + ["I-ORG"] * 7 + ["O"]
    assert done.listed == []
    assert done.numbers == ("1 posts read = 1 written + 0 skipped; 1 entities = 1 as they were + 0 snapped + 0 dropped")


def test_label_studios_tasks_are_taken_skipped_and_counted(clone):
    cancelled = {"was_cancelled": True, "result": [region(15, 24)]}
    both = {"annotations": [cancelled, {"result": [region(15, 24)]}, {"result": []}], "id": 8}
    content = [
        task(region(15, 24), {"type": "choices", "value": {"choices": ["good"]}}, id=7),
        task() | both,
        task(id=9) | {"annotations": [cancelled]},
        task(id=10) | {"annotations": [], "predictions": [{"result": [region(15, 24)]}]},
    ]
    done = take(clone, write(clone, content))
    assert [(row["id"], row["tokens"], row["tags"]) for row in rows(clone)] == [
        ("7", TOKENS, TAGS),
        ("8", TOKENS, TAGS),
    ]
    assert done.numbers == (
        "4 posts read = 2 written + 2 skipped (1 cancelled, 1 not annotated); "
        "2 entities = 2 as they were + 0 snapped + 0 dropped"
    )
    assert "given.json: 1 tasks annotated several times, the first is read: given.json:2 (post 2)" in done.notes
    assert "given.json: 1 results of type choices are no spans" in done.notes


def test_label_studios_json_min_is_known(clone):
    spans = [{"start": 15, "end": 24, "text": "Mira Park", "labels": ["ORG"]}]
    content = [
        {"id": 1, "post": TEXT, "ner": spans, "annotator": 1, "annotation_id": 5},
        {"id": 1, "post": TEXT, "ner": [], "annotator": 2, "annotation_id": 6},
        {"id": 2, "post": "Nobody here", "annotator": 1, "annotation_id": 7},
    ]
    done = take(clone, write(clone, content))
    assert rows(clone) == [
        {"tokens": TOKENS, "tags": TAGS, "id": "1"},
        {"tokens": ["Nobody", "here"], "tags": ["O", "O"], "id": "2"},
    ]
    assert "3 posts read = 2 written + 1 skipped (1 annotated again)" in done.numbers


def test_label_studios_text_is_under_one_key_of_the_file(clone):
    spans = [{"start": 15, "end": 24, "text": "Mira Park", "labels": ["ORG"]}]
    content = [
        {"id": 1, "tweet": "Nobody here", "annotator": 1, "sentiment": "positive"},
        {"id": 2, "tweet": TEXT, "ner": spans, "annotator": 1},
        {"id": 3, "tweet": TEXT, "ner": spans, "annotator": 1, "title": "In Mira Park"},
        {"id": 4, "tweet": "photo.png", "annotator": 1},
    ]
    take(clone, write(clone, content))
    assert [row["tokens"] for row in rows(clone)] == [["Nobody", "here"], TOKENS, TOKENS, ["photo.png"]]


def test_offsets_that_count_code_points_are_known_by_their_text(clone):
    done = take(clone, write(clone, [task(region(12, 21, text="Mira Park"))]))
    assert rows(clone)[0]["tags"] == TAGS
    assert (
        "given.json: 1 spans count code points, as their own text shows; the first: given.json:1 (post 1)" in done.notes
    )


@pytest.mark.parametrize("form", ["prodigy", "spacy", "doccano"])
@pytest.mark.parametrize("said", [True, False])
def test_code_points_of_the_other_tools(clone, form, said):
    name = "given.jsonl" if form != "spacy" else "given.json"
    done = take(clone, write(clone, [spanned(form)], name), form=form if said else None)
    assert (rows(clone)[0]["tokens"], rows(clone)[0]["tags"]) == (TOKENS, TAGS)
    assert done.numbers.endswith("1 entities = 1 as they were + 0 snapped + 0 dropped")


def test_doccanos_other_forms(clone):
    content = [
        {"id": 1, "data": "Mira Park", "label": [[0, 9, "ORG"]]},
        {"id": 2, "text": "Mira Park", "entities": [{"id": 4, "label": "ORG", "start_offset": 0, "end_offset": 9}]},
        {"id": 3, "text": "Mira Park", "labels": []},
    ]
    take(clone, write(clone, content, "given.jsonl"))
    assert [row["tags"] for row in rows(clone)] == [["B-ORG", "I-ORG"], ["B-ORG", "I-ORG"], ["O", "O"]]


def test_prodigys_tokens_stay_and_its_answers_count(clone):
    tokens = [{"text": "Mira-Park", "start": 0, "end": 9, "id": 0}, {"text": " ", "start": 9, "end": 10, "id": 1}]
    post = {"text": "Mira-Park ", "tokens": tokens, "spans": [{"start": 0, "end": 9, "label": "ORG"}]}
    meta = {"meta": {"id": "a7", "domain": "town"}}
    content = [post | meta, post | {"answer": "reject"}, post | {"answer": "ignore"}]
    done = take(clone, write(clone, content, "given.jsonl"))
    assert rows(clone) == [{"tokens": ["Mira-Park"], "tags": ["B-ORG"], "id": "a7", "domain": "town"}]
    assert "3 posts read = 1 written + 2 skipped (1 rejected, 1 ignored)" in done.numbers
    shutil.rmtree(clone / "raw")
    shutil.copy(ROOT / "params.yaml", clone)
    take(clone, write(clone, content, "given.jsonl"), tokenizer="twitter")
    assert rows(clone)[0]["tokens"] == ["Mira", "-", "Park"]
    assert load(params.load(clone / "params.yaml"), "mine").tokenizer == "twitter"


@pytest.mark.parametrize(
    ("feature", "values"),
    [
        ({"feature": {"names": ["O", "B-ORG", "I-ORG"], "_type": "ClassLabel"}, "_type": "Sequence"}, [[1, 2, 0]]),
        ({"feature": {"names": ["O", "B-ORG", "I-ORG"], "_type": "ClassLabel"}, "_type": "List"}, [[1, 2, 0]]),
        ([{"names": {"1": "B-ORG", "0": "O", "2": "I-ORG"}, "_type": "ClassLabel"}], [[1, 2, 0]]),
        (None, [["B-ORG", "I-ORG", "O"]]),
    ],
)
def test_datasets_numbers_have_names_in_the_metadata(clone, feature, values):
    table = pa.table({"id": ["0"], "tokens": [["Mira", "Park", "!"]], "ner_tags": values})
    if feature:
        about = {"info": {"features": {"tokens": {}, "ner_tags": feature}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
    pq.write_table(table, clone / "given.parquet")
    take(clone, clone / "given.parquet")
    assert rows(clone) == [{"tokens": ["Mira", "Park", "!"], "tags": ["B-ORG", "I-ORG", "O"], "id": "0"}]


def test_datasets_shards_and_images_become_splits_and_files(clone):
    content = picture(clone / "a.png").read_bytes()
    about = {"info": {"features": {"ner_tags": {"feature": {"names": ["O", "S-ORG"], "_type": "ClassLabel"}}}}}
    for name in ("train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001"):
        image = [{"bytes": content, "path": None}]
        table = pa.table(
            {
                "id": ["0" if name[6:11] == "00000" or name[0] == "v" else "1"],
                "tokens": [["Mira"]],
                "ner_tags": [[1]],
                "image": image,
            }
        )
        (clone / "data").mkdir(exist_ok=True)
        table = table.replace_schema_metadata({"huggingface": json.dumps(about)})
        pq.write_table(table, clone / "data" / f"{name}.parquet")
    done = take(clone, clone / "data")
    name = hashlib.sha256(content).hexdigest()[:32] + ".png"
    whole = {"tokens": ["Mira"], "tags": ["S-ORG"], "image": name}
    assert rows(clone) == [whole | {"id": "train-0"}, whole | {"id": "train-1"}]
    assert rows(clone, "dev") == [whole | {"id": "dev-0"}]
    assert (clone / "raw" / "mine" / "images" / name).read_bytes() == content
    assert (done.found.scheme, done.found.images, done.found.image_suffix) == ("bioes", "images", "")


def test_shards_of_several_sets_or_without_their_others_are_no_split(clone):
    table = pa.table({"tokens": [["Mira"]], "ner_tags": [["B-ORG"]]})
    for name in ("a/train-00000-of-00001", "b/train-00000-of-00001", "c/train-00000-of-00002"):
        (clone / "sets" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, clone / "sets" / f"{name}.parquet")
    with pytest.raises(InputError, match="several-splits"):
        take(clone, clone / "sets")
    with pytest.raises(InputError, match=r"missing-shard.*1 of the 2 files of train"):
        take(clone, clone / "sets" / "c")
    take(clone, clone / "sets", Wanted({"train": "c/train-00000-of-00002.parquet"}))
    assert rows(clone) == [{"tokens": ["Mira"], "tags": ["B-ORG"]}]


def test_spans_that_may_be_of_another_text_are_told_or_refused(clone):
    spans = [region(15, 24, text="Mira\\n Park"), region(2, 10, "X", text="Park!")]
    done = take(clone, write(clone, [task(*spans)]))
    (note,) = [note for note in done.notes if "another text" in note]
    assert note.startswith(
        "given.json: 1 spans say another text than there is; the first: given.json:1 (post 1): 'Park!'"
    )
    both = task({**region(15, 24), "to_name": "title"}, {**region(15, 24), "to_name": "body"})
    with pytest.raises(InputError, match="several-texts"):
        importing.load("other", write(clone, [both]), Wanted(), Options(), data=clone, file=clone / "params.yaml")


def test_posts_that_prodigy_has_twice_are_kept_and_told(clone):
    done = take(clone, write(clone, [spanned("prodigy")] * 3, "given.jsonl"))
    assert len(rows(clone)) == 3
    assert "given.jsonl: 2 posts were annotated before, and all are kept; the first: given.jsonl:2" in done.notes


def test_spans_between_borders_are_snapped_and_the_longer_of_two_stays(clone):
    text = "At Mira Parks, New York City"
    entities = [[3, 12, "ORG"], [8, 13, "LOC"], [15, 28, "LOC"], [15, 23, "LOC"], [15, 28, "ORG"], [0, 3, "X"]]
    done = take(clone, write(clone, [{"text": text, "label": entities}], "given.jsonl"))
    assert rows(clone)[0]["tags"] == ["B-X", "B-ORG", "I-ORG", "O", "B-LOC", "I-LOC", "I-LOC"]
    assert done.listed == [
        "given.jsonl:1: 'Mira Park' ORG became 'Mira Parks'",
        "given.jsonl:1: 'At ' X became 'At'",
        "given.jsonl:1: 'New York City' ORG left out: it is there already as 'New York City' LOC",
        "given.jsonl:1: 'New York' LOC left out: it shares a token with 'New York City' LOC",
        "given.jsonl:1: 'Parks' LOC left out: it shares a token with 'Mira Park' ORG",
    ]
    assert done.numbers.endswith("6 entities = 1 as they were + 2 snapped + 3 dropped")
    told = (clone / "raw" / "mine" / "import.txt").read_text(encoding="utf-8").splitlines()
    assert [*done.listed, done.numbers] == told[-6:]


@pytest.mark.parametrize("form", ["prodigy", "spacy", "doccano", "labelstudio"])
@pytest.mark.parametrize(("start", "end"), [(12, 12), (12, 99), (-1, 3), (21, 12), ("blank",) * 2, (1.5, 3), (True, 3)])
def test_a_span_that_is_none_is_named_with_its_line(clone, form, start, end):
    if start == "blank":  # the one behind the emoji, which are 5 code points and 8 code units
        start, end = (8, 9) if form == "labelstudio" else (5, 6)
    content = [task(region(15, 24), id=1), task(region(start, end), id=2)]
    if form != "labelstudio":
        content = [spanned(form) | {"id": 1}, spanned(form, start, end) | {"id": 2}]
    before = (clone / "params.yaml").read_bytes()
    with pytest.raises(InputError) as caught:
        take(clone, write(clone, content, "given.jsonl"))
    assert (caught.value.name, caught.value.where) == ("bad-span", "given.jsonl:2")
    assert (clone / "params.yaml").read_bytes() == before
    assert not (clone / "raw").exists()


@pytest.mark.parametrize(
    ("content", "name", "options", "error"),
    [
        ([{"a": 1}], "given.jsonl", {}, "unknown-format"),
        ([{"text": "Mira", "label": []}], "given.jsonl", {}, "no-label"),
        ([{"text": "Mira", "label": ["good"]}], "given.jsonl", {}, "bad-post"),
        ([{"id": 1, "text": "A", "label": [[0, 1, "X"]]}] * 2, "given.jsonl", {}, "duplicate-id"),
        ([{"text": "A", "spans": [], "tokens": [{"start": 0, "end": 9}]}], "given.jsonl", {}, "bad-tokens"),
        ([task(region("/p[1]", "/p[1]"))], "given.json", {}, "bad-span"),
        ([{"data": {"x": 1}, "annotations": [{"result": []}]}], "given.json", {}, "no-text"),
        ("Mira\tB-ORG\n", "given.txt", {"form": "prodigy"}, "wrong-format"),
        ("Mira\tB-ORG\n", "given.txt", {"form": "parquet"}, "wrong-format"),
        ("PAR1\x15broken", "given.parquet", {}, "not-parquet"),
        ([task(region(15, 24))], "given.json", {"images": Path("nowhere")}, "no-images"),
        ([spanned("prodigy") | {"image": "../a.png"}], "given.jsonl", {"images": Path("/")}, "no-images"),
    ],
)
def test_what_can_not_be_imported_is_named_and_changes_nothing(clone, content, name, options, error):
    before = (clone / "params.yaml").read_bytes()
    with pytest.raises(InputError) as caught:
        take(clone, write(clone, content, name), **options)
    assert caught.value.name == error
    assert caught.value.remedy
    assert (clone / "params.yaml").read_bytes() == before
    assert not (clone / "raw" / "mine").exists()


def test_parquet_without_names_is_refused(clone):
    pq.write_table(pa.table({"tokens": [["Mira"]], "ner_tags": [[1]]}), clone / "given.parquet")
    with pytest.raises(InputError, match=r"no-names.*row 0"):
        take(clone, clone / "given.parquet")
    for columns in ({"tokens": [["Mira"]]}, {"tokens": [[1]], "tags": [["O"]]}, {"tokens": [["Mira"]], "tags": ["O"]}):
        pq.write_table(pa.table(columns), clone / "given.parquet")
        with pytest.raises(InputError, match="no-column"):
            take(clone, clone / "given.parquet")


def test_parquets_images_may_be_called_by_numbers_and_are_one_a_post(clone):
    columns = {"tokens": [["Mira"]], "ner_tags": [["B-ORG"]]}
    for wrong in (["a.jpg"], 1.5, True):
        pq.write_table(pa.table({**columns, "image": [wrong]}), clone / "given.parquet")
        with pytest.raises(InputError, match=r"bad-post.*row 0.*column image holds"):
            take(clone, clone / "given.parquet")
    pq.write_table(pa.table({**columns, "image": [17]}), clone / "given.parquet")
    picture(clone / "pictures" / "17.png")
    take(clone, clone / "given.parquet", images=clone / "pictures")
    assert rows(clone)[0]["image"] == "17.png"


@pytest.mark.parametrize("splits", [{"dev": "b.jsonl"}, {"test": "a.jsonl"}, {"train": "none.jsonl"}])
def test_splits_of_a_single_file_are_refused_and_of_its_folder_taken(clone, splits):
    for name in ("a", "b"):
        write(clone, [spanned("spacy")], f"given/{name}.jsonl")
    with pytest.raises(InputError, match="bad-option") as caught:
        take(clone, clone / "given" / "a.jsonl", Wanted(splits))
    assert str(clone / "given") in caught.value.remedy
    done = take(clone, clone / "given", Wanted({"train": "a.jsonl", "dev": "b.jsonl"}))
    assert done.found.posts == {"train": 1, "dev": 1}


def test_ids_that_get_their_split_are_not_those_of_posts_without(clone):
    posts = [spanned("prodigy"), spanned("prodigy"), spanned("prodigy") | {"id": 1}]
    for split in ("train", "dev"):
        write(clone, posts, f"given/{split}.jsonl")
    take(clone, clone / "given")
    for split in ("train", "dev"):
        assert [row.get("id") for row in rows(clone, split)] == [None, f"{split}-1-2", f"{split}-1"]


def test_an_existing_corpus_is_refused(clone):
    source = write(clone, [task(region(15, 24))])
    take(clone, source)
    with pytest.raises(InputError, match="exists"):
        take(clone, source)
    shutil.copy(ROOT / "params.yaml", clone)
    with pytest.raises(InputError, match="exists"):
        take(clone, source)


def test_one_file_is_cut_by_a_hash_that_other_posts_do_not_move(clone):
    posts = [{"id": n, "text": f"At place {n} Mira", "label": [[0, 2, "X"]]} for n in range(200)]
    done = take(clone, write(clone, posts, "given.jsonl"), shares=(80, 10, 10))
    cut = {split: {row["id"] for row in rows(clone, split)} for split in ("train", "dev", "test")}
    assert sum(map(len, cut.values())) == 200 == len(set.union(*cut.values()))
    # 8 standard deviations of a binomial: 5.7 of train, 4.2 of dev and test
    assert abs(len(cut["train"]) - 160) < 46
    assert all(0 < len(cut[split]) < 54 for split in ("dev", "test"))
    assert done.found.splits == {"train": "train.jsonl", "dev": "dev.jsonl", "test": "test.jsonl"}
    shutil.rmtree(clone / "raw")
    shutil.copy(ROOT / "params.yaml", clone)
    take(clone, write(clone, posts[::2], "given.jsonl"), shares=(0.8, 0.1, 0.1))
    assert {row["id"] for row in rows(clone, "dev")} == {one for one in cut["dev"] if int(one) % 2 == 0}


def test_columns_go_as_they_are_and_are_cut_where_one_says_so(clone):
    text = "".join(f"Ada{n}\tU-PER\nat\tO\nMira\tB-ORG\nPark\tL-ORG\n\n" for n in range(40))
    done = take(clone, write(clone, text, "given/all.conll"), tokenizer="twitter")
    assert (clone / "raw" / "mine" / "all.conll").read_text() == text
    assert (done.found.scheme, done.found.tokenizer) == ("bilou", "twitter")
    assert done.numbers.startswith("40 posts read = 40 written + 0 skipped; 80 entities = 80 as they were")
    shutil.rmtree(clone / "raw")
    shutil.copy(ROOT / "params.yaml", clone)
    done = take(clone, clone / "given" / "all.conll", shares=(50, 25, 25))
    assert sum(done.found.posts.values()) == 40
    assert rows(clone, "dev")[0]["tags"] == ["U-PER", "O", "B-ORG", "L-ORG"]
    assert done.found.scheme == "bilou"


def test_images_are_found_by_what_is_left_of_an_address(clone):
    for name in ("a.png", "b c.png", "local/d.png", "e.jfif"):
        picture(clone / "pictures" / name)
    inline = "data:image/png;base64," + base64.b64encode((clone / "pictures" / "a.png").read_bytes()).decode()
    addresses = ["/data/upload/1/0a1b2c3d-a.png", "s3://bucket/x/b%20c.png", "/data/local-files/?d=local/d.png"]
    addresses += ["https://x.example/e.jfif?size=2", "https://x.example/none.png"]
    content = [task(region(15, 24), id=at) | {"data": {"text": TEXT, "photo": one}} for at, one in enumerate(addresses)]
    done = take(clone, write(clone, content), images=clone / "pictures")
    assert [row["image"] for row in rows(clone)] == ["a.png", "b c.png", "local/d.png", "e.jfif", "none.png"]
    assert (clone / "raw" / "mine" / "images" / "local" / "d.png").is_file()
    assert any(note.startswith("images: 1 that posts name, such as /none.png, are not in") for note in done.notes)
    shutil.rmtree(clone / "raw")
    shutil.copy(ROOT / "params.yaml", clone)
    done = take(clone, write(clone, [spanned("prodigy") | {"image": inline}], "given.jsonl"))
    content = (clone / "pictures" / "a.png").read_bytes()
    assert rows(clone)[0]["image"] == hashlib.sha256(content).hexdigest()[:32] + ".png"
    assert done.found.with_image == 1


ANSWERS = [
    Answer("a", TEXT, [Entity(12, 21, "Mira Park", "ORG", 0.75)], TOKENS, TAGS),
    Answer("b", "ah", [], ["ah"], ["O"]),
]


@pytest.mark.parametrize("name", FORMATS)
def test_what_predict_writes_comes_back(clone, name):
    form = FORMATS[name]
    text = form.begin + form.between.join(map(form.write, ANSWERS)) + form.end
    source = write(
        clone, text, f"given/out.{'json' if name == 'labelstudio' else 'conll' if name == 'conll' else 'jsonl'}"
    )
    done = take(clone, source)
    read = [
        *split_files.read(clone / "raw" / "mine" / done.found.splits["train"], "x.jsonl" if name != "conll" else "x")
    ]
    assert [(post.tokens, post.tags) for post in read] == [(TOKENS, TAGS), (["ah"], ["O"])]
    if name in ("jsonl", "labelstudio"):
        assert [post.id for post in read] == ["a", "b"]
    assert done.numbers == ("2 posts read = 2 written + 0 skipped; 1 entities = 1 as they were + 0 snapped + 0 dropped")


def test_a_post_that_predict_could_not_read_is_counted(clone):
    failed = Answer("c", error="error[no-text]: a post without text")
    text = "".join(map(FORMATS["jsonl"].write, [*ANSWERS, failed]))
    done = take(clone, write(clone, text, "given.jsonl"))
    assert "3 posts read = 2 written + 1 skipped (1 that could not be read)" in done.numbers
    assert any(note.startswith("tokens: 2 posts have their own; 0 are split") for note in done.notes)


def test_the_command_tells_the_first_changes_and_examples_reads_the_corpus(clone):
    shutil.copy(ROOT / "dvc.yaml", clone)
    posts = [{"id": n, "text": "At Mira Parks", "label": [[3, 12, "ORG"]]} for n in range(30)]
    source = write(clone, posts, "given.jsonl")
    command = [sys.executable, "-m", "mmner", "corpus", "import", "mine", str(source), "--split", "50,25,25"]
    env = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("changed: given.jsonl:") == 20
    assert "changed: 10 more in data/raw/mine/import.txt" in done.stdout
    last = "import: 30 posts read = 30 written + 0 skipped; 30 entities = 0 as they were + 30 snapped + 0 dropped"
    assert done.stdout.splitlines()[-1] == last
    outs = ["--examples", "out/examples.parquet", "--gold", "out/gold.parquet"]
    command = [sys.executable, ROOT / "stages" / "examples.py", "--corpus", "mine", "--raw", "data/raw/mine", *outs]
    subprocess.run(command, cwd=clone, env=env, check=True, capture_output=True)
    assert [tags.as_py() for tags in pq.read_table(clone / "out" / "gold.parquet")["tags"]] == [
        ["O", "B-ORG", "I-ORG"]
    ] * 30
    bad = [sys.executable, "-m", "mmner", "corpus", "import", "other", str(source), "--split", "80,20"]
    done = subprocess.run(bad, cwd=clone, env=env, capture_output=True, text=True)
    assert (done.returncode, "error[bad-option]" in done.stderr) == (1, True)

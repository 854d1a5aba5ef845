"""`python -m mmner score`: other systems' predictions beside a run's, by the same scorer and bootstrap."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.evaluate import report
from mmner.ner import schemes
from mmner.predict.answers import Answer, Entity
from mmner.predict.formats import FORMATS
from mmner.rows import parquet
from mmner.tag import answers, matching
from mmner.tools import own_corpus
from mmner.tools.own_corpus.look import Wanted
from mmner.tools.score import gold, table

ROOT = Path(__file__).resolve().parents[2]
POSTS = {  # id: tokens, gold, what the run says; the run finds 3 of 5, and predicts 4
    "test-0": (["👩‍👩‍👧", "loves", "Mira", "Park", "!"], "O O B-ORG I-ORG O", "O O B-ORG I-ORG O"),
    "test-1": (["Ada", "Lo", "in", "New", "York"], "B-PER I-PER O B-LOC I-LOC", "B-PER I-PER O B-LOC O"),
    "test-2": (["It", "rains"], "O O", "O O"),
    "test-3": (["Bo", "and", "Cy"], "B-PER O B-PER", "B-PER O O"),
}
RIGHT = [tags.split() for _, tags, _ in POSTS.values()]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A folder with a corpus `mine`, its run's predictions of test, and its prepared examples and gold."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, folder)
    given = folder / "given"
    given.mkdir()
    text = "\n".join("".join(f"{a}\t{b}\n" for a, b in zip(of[0], of[1].split(), strict=True)) for of in POSTS.values())
    for split in ("train", "dev", "test"):
        (given / f"{split}.txt").write_text(text, encoding="utf-8")
    own_corpus.new("mine", given, Wanted(language="en"), data=folder / "raw", file=folder / "params.yaml")
    rows = [
        {"id": one, "split": "test", "tokens": tokens, "gold": true.split(), "predicted": guess.split(), "parts": []}
        | {"confidence": [0.5] * len(tokens), "scores": [], "gate": None, "fusion": []}
        for one, (tokens, true, guess) in POSTS.items()
    ]
    evaluation = report.Evaluation(bootstrap=1000, splits=["dev", "test"])
    report.write(folder / "data" / "runs" / "mine", rows, evaluation)
    examples = [
        {"id": one, "split": "test", "domain": "x", "language": "en", "tokens": tokens, "source": "x:1"}
        | dict.fromkeys(("image", "image_sha256", "error"))
        for one, (tokens, *_) in POSTS.items()
    ]
    tags = [{"id": one, "tags": of[1].split(), "as_written": None} for one, of in POSTS.items()]
    metadata = {"labels": json.dumps(["PER", "ORG", "LOC"])}
    parquet.write(folder / "data" / "prepared" / "mine" / "examples.parquet", "examples", examples)
    parquet.write(folder / "data" / "prepared" / "mine" / "gold.parquet", "gold", tags, metadata)
    return folder


def against(clone: Path) -> gold.Gold:
    return gold.of_run("mine", "test", params.load(clone / "params.yaml"), clone / "data" / "runs")


def file(tmp_path: Path, content, name: str = "theirs.jsonl") -> Path:
    path = tmp_path / name
    if not isinstance(content, str):
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
    path.write_text(content, encoding="utf-8")
    return path


def matched(clone: Path, path: Path, missing: str = "error", scheme: str | None = None) -> matching.Matched:
    known = against(clone)
    return matching.match(answers.read(path, sorted(known.corpus.names), scheme), known, missing)


def columns(posts, separator: str = "\t") -> str:
    """(tokens, tags) of each post as CoNLL."""
    return "\n".join(
        "".join(f"{token}{separator}{tag}\n" for token, tag in zip(tokens, tags, strict=True)) for tokens, tags in posts
    )


def test_the_run_beside_two_systems_with_the_right_values(clone, tmp_path):
    good = file(tmp_path, [{"id": one, "tags": of[1].split()} for one, of in POSTS.items()], "good.jsonl")
    bad = file(tmp_path, [{"id": one, "tags": ["O"] * len(of[0])} for one, of in POSTS.items()], "bad.jsonl")
    command = [sys.executable, "-m", "mmner", "score", "--run", "mine", str(good), str(bad), "--json", "out.json"]
    env = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        "test: 4 posts, 5 entities",
        "",
        "| system | precision | recall | strict F1 | 95% | seqeval's default F1 | mine minus it | 95% | p |",
    ]
    # 3 right of 4 predicted and 5 in gold: 2 * 3 / 9
    assert lines[4].startswith("| mine | 75.00 | 60.00 | 66.67 | ")
    assert lines[4].endswith(" | 66.67 |  |  |  |")
    assert lines[5].startswith(f"| {good} | 100.00 | 100.00 | 100.00 | ")
    assert "| -33.33 | " in lines[5]
    assert lines[6].startswith(f"| {bad} | 0.00 | 0.00 | 0.00 | 0.00 to 0.00 | 0.00 | +66.67 | ")
    saved = json.loads((clone / "out.json").read_text())
    metrics = json.loads((clone / "data" / "runs" / "mine" / "metrics.json").read_text())
    run, first, second = saved["systems"]
    assert {key: run[key] for key in report.TOTALS} == {key: metrics[key] for key in report.TOTALS}
    assert (run["difference"], first["f1"], second["f1"]) == (None, 1.0, 0.0)
    assert first["difference"]["f1"] == pytest.approx(2 / 3 - 1)
    assert first["difference"]["p"] > 0.9
    assert second["difference"]["low"] > 0.0
    # the run is not above where only the post without entities is drawn: (1 / 4) ** 4 of 10,000, about 39
    assert second["difference"]["p"] == pytest.approx(1 / 256, abs=0.003)


def test_a_preparation_is_gold_without_a_run(clone, tmp_path):
    content = params.load(clone / "params.yaml")
    known = gold.of_preparation("mine", "test", content, clone / "data" / "prepared")
    assert [post.tags for post in known.posts] == RIGHT
    assert known.posts[0].text == "👩‍👩‍👧 loves Mira Park !"
    system = answers.read(file(tmp_path, [{"id": one, "tags": of[1].split()} for one, of in POSTS.items()]), [])
    scored = table.of_system("x", matching.match(system, known, "error"), known)
    assert (scored.scores["f1"], scored.gain) == (1.0, None)
    assert "minus" not in table.markdown([scored], known, None)
    with pytest.raises(InputError, match=r"no-split"):
        gold.of_preparation("mine", "dev", content, clone / "data" / "prepared")


@pytest.mark.parametrize("scheme", ["iob2", "iob1", "bioes", "bilou", "bmes", "io"])
@pytest.mark.parametrize("separator", ["\t", " "])
def test_columns_of_any_scheme_in_order(clone, tmp_path, scheme, separator):
    tags = [schemes.from_iob2(one, scheme) for one in RIGHT]
    text = columns(zip((of[0] for of in POSTS.values()), tags, strict=True), separator)
    found = matched(clone, file(tmp_path, text, "theirs.conll"))
    assert (found.predicted, found.by, found.odd) == (RIGHT, "order", {})


def test_ids_of_columns_and_of_json_find_posts_in_any_order(clone, tmp_path):
    posts = [*POSTS.items()][::-1]
    text = "\n".join(f"ID:{one}\n" + columns([(of[0], of[1].split())]) for one, of in posts)
    assert matched(clone, file(tmp_path, text, "theirs.txt")).predicted == RIGHT
    rows = [{"id": one, "tags": of[1].split()} for one, of in posts]
    found = matched(clone, file(tmp_path, rows))
    assert (found.predicted, found.by) == (RIGHT, "id")


def entities(text: str, *named: tuple[str, str]) -> list[dict]:
    return [{"start": text.index(one), "end": text.index(one) + len(one), "label": label} for one, label in named]


def test_entities_count_code_points_of_our_text_or_of_their_own(clone, tmp_path):
    ours = "👩‍👩‍👧 loves Mira Park !"
    assert entities(ours, ("Mira Park", "ORG")) == [{"start": 12, "end": 21, "label": "ORG"}]
    own = "👩‍👩‍👧  loves  Mira Park!"
    for text, more in ((ours, {}), (own, {"text": own})):
        rows = [{"id": "test-0", "entities": entities(text, ("Mira Park", "ORG")), **more}]
        found = matched(clone, file(tmp_path, rows), "empty")
        assert found.predicted[0] == RIGHT[0]
        assert found.odd == {"posts without an answer, counted as without entities": 3}


def test_another_tokenizer_is_mapped_and_what_meets_no_border_is_wrong(clone, tmp_path):
    text = columns(
        [
            (["👩‍👩‍👧", "loves", "Mira", "Park!"], ["O", "O", "B-ORG", "I-ORG"]),  # Park! is no token of ours
            (["Ada", "Lo", "in", "New", "Yo", "rk"], ["B-PER", "I-PER", "O", "B-LOC", "I-LOC", "I-LOC"]),
            (["It", "rains"], ["O", "O"]),
            (["B", "o", "and", "Cy"], ["B-PER", "O", "O", "B-PER"]),  # B is half a token
        ]
    )
    found = matched(clone, file(tmp_path, text, "theirs.conll"))
    # Mira Park! ends where a token of ours does
    assert found.predicted[0] == ["O", "O", "B-ORG", "I-ORG", "I-ORG"]
    assert found.predicted[1:] == [RIGHT[1], ["O", "O"], ["O", "O", "B-PER"]]
    assert found.extra == [[], [], [], ["PER"]]
    assert found.odd == {
        "posts with other tokens than ours": 3,
        "entities between our tokens' borders, counted as wrong": 1,
    }
    # right: Ada Lo, New York, Cy; predicted: 5; gold: 5
    scored = table.of_system("x", found, against(clone))
    assert (scored.scores["precision"], scored.scores["recall"], scored.scores["default_f1"]) == (0.6, 0.6, 0.6)
    assert scored.scores["entities"] == 5


def test_of_entities_that_overlap_the_longest_stays_and_others_are_wrong(clone, tmp_path):
    text = "Ada Lo in New York"
    named = entities(text, ("New York", "LOC"), ("York", "LOC"), ("Ada Lo", "PER"), ("Ada Lo", "PER"))
    found = matched(clone, file(tmp_path, [{"id": "test-1", "entities": named}]), "empty")
    assert found.predicted[1] == RIGHT[1]
    assert found.extra[1] == ["LOC"]
    assert found.odd["entities that share a token with a longer one, counted as wrong"] == 1


def test_an_i_that_continues_nothing_is_no_entity_but_to_the_default_score(clone, tmp_path):
    rows = [{"id": one, "tags": of[1].split()} for one, of in POSTS.items()]
    rows[3]["tags"] = ["I-PER", "O", "B-PER"]
    scored = table.of_system("x", matched(clone, file(tmp_path, rows)), against(clone))
    assert scored.scores["f1"] == pytest.approx(2 * 4 / 9, abs=1e-4)
    assert scored.scores["default_f1"] == 1.0


@pytest.mark.parametrize("name", FORMATS)
def test_what_predict_writes_is_scored(clone, tmp_path, name):
    answers = []
    for post in against(clone).posts:
        spans = [
            ("Mira Park", "ORG"),
            ("Ada Lo", "PER"),
            ("New York", "LOC"),
            ("Bo", "PER"),
            ("Cy", "PER"),
        ]
        found = [(one, label) for one, label in spans if one in post.text]
        named = [Entity(at := post.text.index(one), at + len(one), one, label, 0.5) for one, label in found]
        answers.append(Answer(post.id, post.text, named, post.tokens, post.tags))
    form = FORMATS[name]
    text = form.begin + form.between.join(map(form.write, answers)) + form.end
    suffix = {"conll": "conll", "labelstudio": "json"}.get(name, "jsonl")
    found = matched(clone, file(tmp_path, text, f"theirs.{suffix}"))
    assert (found.predicted, found.odd) == (RIGHT, {})
    assert found.by == ("order" if name == "spacy" else "id")


def test_labels_have_the_names_that_the_corpus_gives_them(clone, tmp_path):
    known = against(clone)
    named = known.corpus.model_copy(update={"label_names": {"ORGANISATION": "ORG", "DATE": "O"}})
    known = gold.Gold("test", known.posts[:1], named, None, 0)
    rows = [{"id": "test-0", "tags": ["B-DATE", "B-PLANET", "B-ORGANISATION", "I-ORGANISATION", "O"]}]
    found = matching.match(answers.read(file(tmp_path, rows), []), known, "error")
    assert found.predicted == [["O", "B-PLANET", "B-ORG", "I-ORG", "O"]]
    assert "labels that the corpus lacks, counted as wrong: PLANET" in table.of_system("x", found, known).notes


ALL = [{"id": one, "tags": of[1].split()} for one, of in POSTS.items()]
NO_IDS = [{"tokens": of[0], "tags": of[1].split()} for of in POSTS.values()]


@pytest.mark.parametrize(
    ("rows", "missing", "error", "line"),
    [
        (ALL[:3], "error", "missing-post", 3),
        ([*ALL, {"id": "test-9", "tags": ["O"]}], "error", "extra-post", 5),
        ([*ALL, ALL[0]], "error", "repeated-post", 5),
        ([*ALL[:3], {"tags": ["O"]}], "error", "bad-post", 4),
        ([*ALL[:3], {"id": "test-3", "tags": ["O"]}], "error", "tokens-tags-mismatch", 4),
        ([*ALL[:3], {"id": "test-3"}], "error", "bad-post", 4),
        ([*ALL[:3], {"id": "test-3", "tags": ["O", "O", "X-PER"]}], "error", "unknown-tag", 4),
        ([*ALL[:3], {"id": "test-3", "error": "error[no-text]"}], "error", "missing-post", 4),
        ([*ALL[:3], {"id": "test-3", "entities": [{"start": 0, "end": 99, "label": "PER"}]}], "error", "bad-span", 4),
        ([*ALL[:3], {"id": "test-3", "text": "Bo or Cy", "entities": []}], "error", "text-differs", 4),
        (NO_IDS[:3], "error", "missing-post", 3),
        ([*NO_IDS, NO_IDS[0]], "error", "extra-post", 5),
        ([*NO_IDS, NO_IDS[0]], "empty", "extra-post", 5),
        ([NO_IDS[1], NO_IDS[0]], "error", "text-differs", 1),
        ([NO_IDS[1], NO_IDS[0]], "empty", "extra-post", 2),
        ([{"tags": of[1].split()} for of in POSTS.values()][1:], "empty", "bad-post", 1),
    ],
)
def test_what_fits_no_post_is_named_with_its_line(clone, tmp_path, rows, missing, error, line):
    path = file(tmp_path, rows)
    with pytest.raises(InputError) as caught:
        matched(clone, path, missing)
    assert (caught.value.name, caught.value.where) == (error, f"{path}:{line}")
    assert caught.value.remedy


def test_a_tag_of_no_scheme_is_named_with_its_own_line(clone, tmp_path):
    text = columns((of[0], of[1].split()) for of in POSTS.values()).replace("York\tI-LOC", "York\tX-LOC")
    path = file(tmp_path, text, "theirs.conll")
    with pytest.raises(InputError, match=f"unknown-tag.*{path}:11: X-LOC is no tag of iob2"):
        matched(clone, path)


@pytest.mark.parametrize("rows", [[ALL[0], ALL[3]], [NO_IDS[0], NO_IDS[3]]])
def test_missing_posts_may_count_as_without_entities(clone, tmp_path, rows):
    found = matched(clone, file(tmp_path, rows), "empty")
    assert found.predicted == [RIGHT[0], ["O"] * 5, ["O"] * 2, RIGHT[3]]
    assert found.odd == {"posts without an answer, counted as without entities": 2}


def test_a_split_that_was_not_scored_is_named(clone):
    with pytest.raises(InputError, match=r"not-scored.*\n.*--split test"):
        gold.of_run("mine", "dev", params.load(clone / "params.yaml"), clone / "data" / "runs")

"""Each trap that corpora hold is counted where it is; all counts are worked out by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.corpus.posts import Post
from mmner.tools.lint import report, statistics
from tests.corpus.folder import MAPPING, POST, corpus, picture, write
from tests.fakes.tiny_models import roberta

ROOT = Path(__file__).resolve().parents[3]
SEEN = "Ana\tB-PER\nLi\tI-PER\n"


def found(folder: Path, **changes) -> dict[str, statistics.Split]:
    return {split.name: split for split in statistics.splits(folder, corpus(**changes))}


def test_sentences_tokens_and_entities_are_counted_by_split(tmp_path):
    splits = found(write(tmp_path, train=f"{POST}\n{SEEN}\n", dev=SEEN))
    assert (len(splits["train"].posts), splits["train"].tokens) == (2, 5)
    assert (len(splits["dev"].posts), splits["dev"].tokens) == (1, 2)
    assert splits["train"].strict == splits["train"].lenient == {"ORG": 1, "PER": 1}
    assert splits["dev"].strict == {"PER": 1}


def test_orphans_of_i_count_in_one_way_and_not_in_the_other(tmp_path):
    # By line: an orphan at the start; one after O that goes on; one of another type, behind an entity.
    orphans = "Ana\tI-PER\nof\tO\nMira\tI-ORG\nPark\tI-ORG\n,\tO\nZoo\tB-ORG\nLi\tI-PER\n"
    train = found(write(tmp_path, train=orphans))["train"]
    assert train.violations == ["train.txt:1", "train.txt:3", "train.txt:7"]
    assert train.strict == {"ORG": 1}
    assert train.lenient == {"PER": 2, "ORG": 2}


def test_tags_outside_the_inventory_are_counted_after_renaming(tmp_path):
    content = "Rex\tB-DOG\nFlo\tB-DOG\nAna\tb-PER\nLi\tB-HUMAN\n"
    train = found(write(tmp_path, train=content), label_names={"HUMAN": "PER"})["train"]
    assert train.unknown_tags == 3
    assert train.unknown == {"B-DOG": "train.txt:1", "b-PER": "train.txt:3"}
    assert train.strict["PER"] == 1


def test_invisible_tokens_are_counted_by_character_and_where_they_are(tmp_path):
    content = "At\tO\n\ufe0f\tO\n\u200b\u200d\tO\nMira\tB-ORG\n\ufe0f\tI-ORG\na\ufe0f\tO\n\xad\tO\ncaf\ufffd\tO\n"
    train = found(write(tmp_path, train=content))["train"]
    assert train.invisible == {"\ufe0f": 2, "\u200b\u200d": 1, "\xad": 1}
    assert train.invisible_in_entities == 1
    assert train.lost_characters == 1


@pytest.mark.parametrize("token", ["\u200b", "\ufe0f", "\x92", "\xa0", "\x85", "\u2028", "\u3000", "\u2800"])
def test_what_draws_nothing_is_invisible(token):
    assert statistics.invisible(token)
    assert not statistics.invisible(token + "a")


@pytest.mark.parametrize("token", ["a", "\u0301", "\U0001f600", "。", "\ufffd"])
def test_marks_emoji_and_punctuation_are_visible(token):
    assert not statistics.invisible(token)


def test_texts_that_stand_twice_are_counted_with_their_labels(tmp_path):
    other = "Ana\tB-ORG\nLi\tO\n"
    write(tmp_path, train=f"{SEEN}\n{SEEN}\n{POST}", dev=f"{other}\n{SEEN}\n{POST}", test="Else\tO\n")
    counted = {(one.first, one.second): one for one in statistics.repeats(list(found(tmp_path).values()))}
    assert len(counted) == 6
    figures = {key: (one.texts, one.sentences, one.other_labels) for key, one in counted.items()}
    assert figures == {
        ("train", "train"): (1, 1, 0),  # SEEN, a second time
        ("train", "dev"): (2, 3, 1),  # SEEN's text (twice in dev, once with other labels) and POST
        ("train", "test"): (0, 0, 0),
        ("dev", "dev"): (1, 1, 1),  # SEEN's text, with other labels
        ("dev", "test"): (0, 0, 0),
        ("test", "test"): (0, 0, 0),
    }


BLANKS = {  # the end of a file, and what lies between two posts -> (a blank line at the end, places with several)
    (f"{POST}\n{SEEN}"): (False, 0),
    (f"{POST}\n{SEEN}\n"): (True, 0),
    (f"{POST}\n{SEEN}".removesuffix("\n")): (False, 0),
    (f"{POST}\n\n{SEEN}\n\n\n"): (True, 2),
    (f"\r\n{POST}\n \t\n\n{SEEN}\r\n"): (True, 1),
}


@pytest.mark.parametrize(("content", "expected"), BLANKS.items(), ids=range(len(BLANKS)))
def test_blank_lines_are_counted(tmp_path, content, expected):
    train = found(write(tmp_path, train=content))["train"]
    assert len(train.posts) == 2
    assert (train.final_blank, train.double_blanks) == expected


def test_images_that_cannot_be_read_are_counted_by_reason(tmp_path):
    posts = "".join(f"IMGID:{name}.png\n{POST}\n" for name in ("whole", "gone", "empty", "cut", "whole"))
    picture(write(tmp_path, train=posts) / "images/whole.png")
    (tmp_path / "images/empty.png").touch()
    (tmp_path / "images/cut.png").write_bytes(b"\x89PNG\r\n")
    splits = found(tmp_path, images="images")
    assert splits["train"].images == {"named": 5, "image missing": 1, "image empty": 1, "image broken": 1}
    assert splits["train"].failures[0] == "image missing: gone.png (train.txt:6)"
    assert splits["dev"].images == {"named": 0}


def test_tokens_behind_one_window_are_counted():
    from mmner.networks import encoders

    tokenizer = encoders.tokenizer(encoders.MINILM)
    assert tokenizer.tokenize("embeddings") == ["em", "##bed", "##ding", "##s"]
    split = statistics.Split("train", "train.txt", [])
    for words in (
        ["the"] * 7,  # 3 tokens behind the fourth piece
        ["the", "the", "the", "\U00010348"],  # 4 pieces; the vocabulary has no such letter
        [
            "the",
            "\ufe0f",
            "embeddings",
            "the",
            "the",
        ],  # 7 pieces; the invisible token has none, the last two are behind
    ):
        split.posts.append(Post("train.txt", 1, words, ["O"] * len(words)))
    assert statistics.pieces(split, tokenizer, 4) == statistics.Pieces(over=2, lost=5, dropped=1, unknown=1, longest=7)


def test_the_report_says_where_and_leaves_nothing_out(tmp_path):
    raw = write(tmp_path / "mine", train=f"{SEEN}\nAt\tO\nLi\tI-PER\n\ufe0f\tO\n", test="Rex\tB-DOG\n\n")
    text = report.report("mine", corpus(), raw, str(roberta(tmp_path / "encoder")))
    rows = {line[: report.WIDTH].strip(): line[report.WIDTH :].split() for line in text.splitlines()}
    assert rows["sentences"] == ["2", "1", "1"]
    assert rows["entities, strict IOB2"] == ["1", "1", "1"]
    assert rows["entities, lenient (seqeval's default)"] == ["2", "1", "1"]
    assert rows["DOG"] == ["0", "0", "1"]
    assert rows["blank line at the end"] == ["no", "no", "yes"]
    assert "IOB violations of train: train.txt:5" in text
    assert "tags not in the inventory, in test: B-DOG (test.txt:1)" in text
    assert ", 36 a window" in text  # 38 positions, less two specials
    assert "invisible: U+FE0F (1)" in text
    assert "types without a mention in train: ORG" in text
    assert "train.txt ends without a blank line" in text


def test_the_report_tells_which_label_is_read_as_which_and_how_often(tmp_path):
    raw = write(tmp_path / "mine", train="Ana\tB-HUMAN\nLi\tI-HUMAN\n,\tO\nRex\tB-PER\n", test="Ana\tB-HUMAN\n")
    encoder = str(roberta(tmp_path / "encoder"))
    text = report.report("mine", corpus(label_names={"HUMAN": "PER"}), raw, encoder)
    rows = {line[: report.WIDTH].strip(): line[report.WIDTH :].split() for line in text.splitlines()}
    assert rows["PER"] == ["2", "0", "1"]
    assert rows["tags of HUMAN, read as PER"] == ["2", "0", "1"]
    assert "read as" not in report.report("mine", corpus(), raw, encoder)


def test_the_report_says_what_each_file_is(tmp_path):
    train = f"# one post\n{POST}\n-DOCSTART- O\n\n{POST}"
    raw = write(tmp_path / "mine", train=train, dev=POST.replace("\t", " ").replace("\n", "\r\n"))
    (raw / "test.txt").write_bytes(POST.encode("utf-16"))
    lines = report.report("mine", corpus(), raw, str(roberta(tmp_path / "encoder"))).splitlines()
    columns = "2 columns separated by {}: token first, tag last"
    assert lines[2:6] == [
        f"train.txt: UTF-8, lines end in \\n, {columns.format('tabs')}, 1 comment left out, 1 document mark left out",
        f"dev.txt: UTF-8, lines end in \\r\\n, {columns.format('blanks')}",
        f"test.txt: UTF-16, lines end in \\n, {columns.format('tabs')}",
        "scheme iob2; the tags look like iob2",
    ]


def test_the_report_says_that_another_column_holds_tags(tmp_path):
    content = "1\tMira\tB-ORG\tO\n2\tPark\tI-ORG\tB-PER\n"
    write(tmp_path, train=content, dev=content, test=content)
    expected = "4 columns separated by tabs: number, token first, tag last, tags in the column before it, too"
    assert expected in found(tmp_path)["train"].described


def test_tags_are_counted_as_the_scheme_means_them(tmp_path):
    bioes = "Mira\tB-ORG\nPark\tE-ORG\nAna\tS-PER\nat\tO\nLi\tE-PER\n"
    write(tmp_path, train=bioes, dev=bioes, test=bioes)
    train = found(tmp_path, scheme="bioes")["train"]
    assert (train.scheme, train.unknown_tags) == ("bioes", 0)
    assert train.strict == {"ORG": 1, "PER": 1}
    assert train.lenient == {"ORG": 1, "PER": 2}
    assert train.violations == ["train.txt:5"]
    unread = found(tmp_path)["train"]
    assert (unread.scheme, unread.unknown) == (
        "bioes",
        {"E-ORG": "train.txt:2", "S-PER": "train.txt:3", "E-PER": "train.txt:5"},
    )


def test_lint_knows_what_examples_will_refuse_and_lets_the_rest_pass(tmp_path):
    assert report.refusal(corpus(), write(tmp_path / "good")) is None
    assert report.refusal(corpus(), write(tmp_path / "bad", test="At\tO\n")).name == "nothing-to-score"
    assert report.refusal(corpus(), write(tmp_path / "odd", dev="Ana\tB-DOG\n")).name == "unknown-tag"
    images = corpus(images="images", max_failed=0.1)
    assert report.refusal(images, write(tmp_path / "gone", train=f"IMGID:a.png\n{POST}")).name == "too-many-failed"


def test_a_corpus_is_looked_for_in_params_first_and_then_in_the_catalogue():
    assert report.corpus_of("conll2003", {"corpora": {"conll2003": MAPPING}}).domain == "town"
    assert report.corpus_of("conll2003", {}).domain == "news"
    with pytest.raises(InputError) as caught:
        report.corpus_of("papers", {})
    assert caught.value.name == "unknown-corpus"


def test_the_command_reports_and_fails_where_there_is_nothing(tmp_path):
    write(tmp_path / "data/raw/conll2003", train="Ana\tB-person\n", dev="Ana\tB-person\n", test="Ana\tB-person\n")
    (tmp_path / "params.yaml").write_text("corpora: {}\n", encoding="utf-8")
    (tmp_path / "dvc.yaml").touch()
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"}

    def command(name: str) -> subprocess.CompletedProcess:
        whole = [sys.executable, "-m", "mmner", "corpus", "lint", name]
        return subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    done = command("conll2003")
    assert done.returncode == 0, done.stderr
    assert "in train and test" in done.stdout
    done = command("crossner-ai")
    assert (done.returncode, "corpus get crossner-ai" in done.stderr) == (1, True)
    shared = tmp_path / "experiments/preparations/params.yaml"
    shared.parent.mkdir(parents=True)
    shared.write_text(json.dumps({"corpora": {"found": MAPPING}}), encoding="utf-8")
    write(tmp_path / "data/raw/found", train=POST)
    assert command("found").stdout.startswith("found, data/raw/found\n")

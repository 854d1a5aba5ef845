"""The proof that dev and test are two, as it is kept with a run's metrics."""

import json

from mmner.evaluate import distinct
from mmner.evaluate.report import Evaluation, write
from tests.evaluate.rows import predicted_row


def row(split: str, text: str, image: str | None = None) -> dict:
    return {"split": split, "tokens": text.split(), "image_sha256": image}


DEV = [row("dev", "Mira Park sings in Marlow tonight", "aa"), row("dev", "It rains in Tessaly again and again")]
TEST = [
    row("test", "Nothing of that"),
    row("test", "RT: Mira Park sings in Marlow tonight !", "bb"),
    row("test", "x y", "aa"),
]


def test_what_of_dev_stands_in_test_is_counted():
    found = distinct.of_rows([*DEV, *TEST, row("train", "It rains in Tessaly again and again")])
    assert {name: found[name] for name in ("same_texts", "near_texts", "same_images")} == {
        "same_texts": 0,
        "near_texts": 1,
        "same_images": 1,
    }
    assert distinct.line(found) == (
        "evaluate: posts of dev that stand in test: 0 with a text of test, 1 with nearly one, 1 with its image"
    )


def test_test_in_place_of_dev_is_seen_whatever_the_order():
    found = distinct.of_rows([*TEST, *(one | {"split": "dev"} for one in reversed(TEST))])
    assert found["digest_dev"] == found["digest_test"]
    assert (found["same_texts"], found["same_images"]) == (3, 2)
    assert "chosen on test" in distinct.line(found)


def test_two_splits_that_share_nothing_are_no_warning_and_one_alone_has_a_digest():
    found = distinct.of_rows([*DEV, TEST[0]])
    assert distinct.line(found) is None
    assert len({found["digest_dev"], found["digest_test"]}) == 2
    assert [*distinct.of_rows(DEV)] == ["digest_dev"]
    assert distinct.line(distinct.of_rows(DEV)) is None


def test_the_proof_is_kept_with_the_metrics(tmp_path):
    proof = distinct.of_rows([*DEV, *TEST])
    write(tmp_path, [predicted_row("a", "dev", ["O"], ["O"])], Evaluation(bootstrap=0), None, proof)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics.items() >= proof.items()
    assert metrics["dev_f1"] == 0.0

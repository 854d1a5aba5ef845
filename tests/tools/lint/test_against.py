"""`corpus lint A --against B`: texts, nearly the same ones, and images that stand in two corpora."""

import pytest

from mmner.base.errors import InputError
from mmner.tools.lint import against
from tests.corpus.folder import corpus, picture, write

ONE = "IMGID:a\nMira\tB-PER\nPark\tI-PER\nsings\tO\nin\tO\nMarlow\tB-LOC\ntonight\tO\n"
TWO = "IMGID:b\nIt\tO\nrains\tO\n"
OTHER = "IMGID:c\n#mira\tO\nPark\tO\nsings\tO\nin\tO\nmarlow\tO\ntonight\tO\nhttps://t.co/x\tO\n"
NEARLY = "RT\tO\n@x\tO\nMira\tO\nPark\tO\nsings\tO\nin\tO\nMarlow\tO\ntonight\tO\n"


def folders(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    write(first, train=f"{ONE}\n{TWO}", dev=TWO)
    write(second, train=OTHER, dev=NEARLY, test=TWO)
    return first, second


def test_texts_and_images_that_stand_in_both_are_counted(tmp_path):
    first, second = folders(tmp_path)
    for folder, names in ((first, "ab"), (second, "cb")):
        for name in names:
            picture(folder / "images" / f"{name}.jpg")
    given = corpus(images="images", image_suffix=".jpg", splits={"train": "train.txt", "dev": "dev.txt"})
    other = corpus(
        images="images", image_suffix=".jpg", splits={"train": "train.txt", "dev": "dev.txt", "test": "test.txt"}
    )
    splits, others = against.read(first, given), against.read(second, other)
    train, dev, test = (against.shared(splits[0], one) for one in others)
    assert (train.same, train.near) == (1, 0)
    assert (dev.same, dev.near) == (0, 1)
    assert (test.same, test.near) == (1, 0)
    assert (train.images, test.images) == (0, 1)  # b.jpg
    text = against.report("first", splits, "second", others, 0.8)
    assert "  train in dev of second" in text
    assert "'Mira Park sings in Marlow tonight' (train.txt:" in text
    assert f"second test: digest {others[2].digest}" in text


def test_dev_that_is_test_is_said_and_the_digests_are_those_of_a_run(tmp_path):
    from mmner.evaluate import distinct

    write(tmp_path, train=ONE, dev=TWO, test=TWO)
    splits = against.read(tmp_path, corpus(splits={"train": "train.txt", "dev": "dev.txt", "test": "test.txt"}))
    lines = against.dev_and_test(splits)
    assert "  dev and test are the same posts: weights that dev chooses are chosen on test" in lines
    proof = distinct.of_rows([row for split in splits for row in split.rows])
    assert f"  digest of dev {proof['digest_dev']}" in lines


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("mine", "put the corpus there"),
        ("sample", "dvc repro sample"),
        ("crossner-ai", "python -m mmner corpus get crossner-ai"),
        ("found", "dvc repro experiments/preparations/dvc.yaml:images@found, which makes it"),
        (
            "crossner-politics-images",
            "python -m mmner corpus add crossner-politics-images; then dvc repro images@crossner-politics-images, "
            "which makes it",
        ),
    ],
)
def test_a_corpus_that_is_not_here_is_told_with_what_brings_it(name, remedy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "experiments/preparations").mkdir(parents=True)
    (tmp_path / "params.yaml").write_text("{}\n")
    (tmp_path / "experiments/preparations/params.yaml").write_text("images:\n  found: {corpus: x}\n")
    with pytest.raises(InputError) as caught:
        against.check_there(tmp_path / "data/raw" / name)
    assert (caught.value.name, caught.value.remedy) == ("missing-corpus", remedy)

"""One run from artifacts to a model: its shots, and the run that it starts from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file

from mmner.base.errors import InputError
from mmner.model import description
from mmner.ner.fewshot import Shots, draw
from mmner.predict import apply
from mmner.train.label_leakage import check, source
from mmner.train.run import train
from tests.fakes.tiny import same
from tests.train.preparation import SENTENCES, places, prepare, run, train_anew, training

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SHOTS = {"k": 2, "seed": 3}


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return prepare(tmp_path / "prepared")


@pytest.fixture
def few(tiny_encoder):
    return training({"encoder": str(tiny_encoder), "heads": 2}, choose="last")


def about(where):
    return json.loads((where.model / "model.json").read_text())["training"]


def test_a_run_with_shots_learns_from_them_alone_and_says_which(prepared, few, tmp_path, capsys):
    where = places(tmp_path, prepared)
    train_anew(run(shots=SHOTS), few, "tweets", where)
    drawn = draw([tags.split() for _, tags in SENTENCES], Shots(**SHOTS))
    kept = json.loads((where.model / "shots.json").read_text())
    assert kept["ids"] == [f"train-{number}" for number in drawn]
    assert kept["mentions"]["ORG"] >= 2
    assert f"train: {len(drawn)} examples (0 in several windows), 0 dev" in capsys.readouterr().err
    assert about(where)["taught"] == {"tweets": SHOTS}
    assert about(where)["dev_f1"] is None
    assert not (where.live / "plots/metrics/dev").exists()


def test_labels_outside_the_shots_change_no_weight(prepared, few, tmp_path):
    drawn = draw([tags.split() for _, tags in SENTENCES], Shots(**SHOTS))
    others = [
        (text, tags) if number in drawn or "I-" in tags else (text, " ".join(tags.split()[::-1]))
        for number, (text, tags) in enumerate(SENTENCES)
    ]
    assert others != SENTENCES
    found = []
    for name, sentences in (("one", SENTENCES), ("two", others)):
        where = places(tmp_path, prepare(tmp_path / f"prepared-{name}", sentences=sentences), name=name)
        train_anew(run(shots=SHOTS), few, "tweets", where)
        found.append(load_file(where.model / "model.safetensors"))
    assert same(*found)


def test_a_type_short_of_mentions_is_told_in_the_log_and_in_the_file(prepared, few, tmp_path, capsys):
    where = places(tmp_path, prepared)
    train_anew(run(shots={"k": 5, "seed": 1}), few, "tweets", where)
    fewer = json.loads((where.model / "shots.json").read_text())["fewer"]
    assert fewer == {"ORG": 4}
    assert "fewer than 5 mentions in train: ORG (4)" in capsys.readouterr().err


def test_a_run_starts_from_another_and_keeps_whose_weights_those_were(prepared, few, tmp_path, capsys):
    first = places(tmp_path, prepare(tmp_path / "news", labels=["ORG", "PER", "LOC"]), name="news")
    train_anew(run(), few, "news", first)
    where = places(tmp_path, prepared, parent="news")
    train_anew(run(**{"from": "news"}), few, "tweets", where)
    assert "train: starts from news, other labels; carried over: bilstm, encoder, self_attention" in (
        capsys.readouterr().err
    )
    assert about(where)["parent"]["run"] == "news"
    assert about(where)["parent"]["weights"].startswith("sha256:")
    assert about(where)["taught"] == {"news": "all", "tweets": "all"}
    assert len(apply(where.model, prepared, "test")) == len(SENTENCES)


def test_predictions_hold_gold_as_its_file_writes_it_and_learn_from_the_repaired(few, tmp_path):
    plain, odd = prepare(tmp_path / "plain"), prepare(tmp_path / "odd", as_written={"B": "I"})
    models = []
    for name, prepared in (("one", plain), ("two", odd)):
        where = places(tmp_path, prepared, name=name)
        train_anew(run(), few, "tweets", where)
        models.append(load_file(where.model / "model.safetensors"))
    assert same(*models)
    written = [row["gold"] for row in apply(where.model, odd, "test")]
    assert written == [tags.replace("B-", "I-").split() for _, tags in SENTENCES]


def test_a_parent_that_saw_more_of_the_corpus_than_the_shots_is_refused(prepared, few, tmp_path):
    train_anew(run(), few, "tweets", places(tmp_path, prepared, name="whole"))
    train_anew(run(shots=SHOTS), few, "tweets", places(tmp_path, prepared, name="few"))
    with pytest.raises(InputError, match="learnt from the whole train split of it"):
        train_anew(run(shots=SHOTS, **{"from": "whole"}), few, "tweets", places(tmp_path, prepared, "whole"))
    with pytest.raises(InputError, match="learnt from {k: 2, seed: 3} of it"):
        train_anew(run(shots=SHOTS | {"seed": 4}, **{"from": "few"}), few, "tweets", places(tmp_path, prepared, "few"))
    again = places(tmp_path, prepared, "few", name="again")
    train_anew(run(shots=SHOTS, **{"from": "few"}), few, "tweets", again)
    assert description.read(again.model)["training"]["taught"] == {"tweets": SHOTS}


CANDIDATES = {
    "none": ({"backend": "none"}, None),
    "precomputed": ({"backend": "precomputed", "file": "x"}, None),
    "the same shots": ({"backend": "tagger", "shots": SHOTS}, None),
    "all": ({"backend": "tagger"}, "learns from the whole train split, the run from {k: 2, seed: 3}"),
    "others": ({"backend": "tagger", "shots": {"k": 5, "seed": 3}}, r"learns from {k: 5, seed: 3}"),
}


@pytest.mark.parametrize("name", CANDIDATES)
def test_candidates_that_saw_more_labels_than_the_shots_are_refused(name, few):
    candidates, error = CANDIDATES[name]
    everything = {"preparations": {"p": {"candidates": "c"}}, "candidates": {"c": candidates}}
    check(run(), few, everything)
    if error is None:
        check(run(shots=SHOTS), few, everything)
        return
    with pytest.raises(InputError, match=error):
        check(run(shots=SHOTS), few, everything)


@pytest.mark.parametrize("name", CANDIDATES)
def test_images_found_with_candidates_that_saw_more_labels_than_the_shots_are_refused(name, few):
    candidates, error = CANDIDATES[name]
    everything = {
        "preparations": {"p": {"corpus": "pictured", "candidates": "none"}, "q": {"corpus": "t", "candidates": "c"}},
        "candidates": {"c": candidates, "none": {"backend": "none"}},
        "images": {"pictured": {"corpus": "t", "preparation": "q"}},
    }
    check(run(), few, everything)
    if error is None:
        check(run(shots=SHOTS), few, everything)
        return
    with pytest.raises(InputError, match=error) as caught:
        check(run(shots=SHOTS), few, everything)
    assert (caught.value.name, caught.value.where) == ("more-than-shots", "params.yaml: images.pictured")
    assert "candidates: none" in caught.value.remedy


def test_a_corpus_with_found_images_has_the_labels_of_the_one_it_is_made_of():
    everything = {"images": {"b": {"corpus": "a", "preparation": "p"}, "c": {"corpus": "b", "preparation": "q"}}}
    assert [source(everything, name) for name in ("a", "b", "c", "d")] == ["a", "a", "a", "d"]
    assert source({"images": {"b": {"corpus": "b"}}}, "b") == "b"


def test_a_parent_that_saw_the_corpus_without_its_images_is_refused_too(prepared, few, tmp_path):
    where = places(tmp_path, prepared, name="whole")
    train_anew(run(), few, "tweets", where)
    everything = {
        "runs": {"mine": run(shots=SHOTS, **{"from": "whole"}).model_dump(by_alias=True)},
        "train": {"t": few.model_dump()},
        "preparations": {"p": {"corpus": "pictured", "candidates": "none"}},
        "candidates": {"none": {"backend": "none"}},
        "corpora": {"pictured": {"images": "images"}},
        "images": {"pictured": {"corpus": "tweets", "preparation": "p"}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(everything))
    asked = f"--run mine --prepared {prepared} --corpora raw --parent {where.model} --model model --live live"
    command = [sys.executable, ROOT / "stages/train.py", *asked.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error[more-than-shots] the run has shots of tweets" in done.stderr
    assert "learnt from the whole train split of it" in done.stderr


def test_a_run_is_shared_as_its_preparation_is(few, tmp_path):
    everything = {
        "runs": {"mine": run().model_dump(by_alias=True) | {"from": "scratch", "remote": None}},
        "train": {"t": few.model_dump()},
        "preparations": {"p": {"corpus": "tweets", "remote": "private"}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(everything))
    asked = "--run mine --prepared none --corpora raw --parent none --model model --live live"
    command = [sys.executable, ROOT / "stages/train.py", *asked.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "error[remote-differs] params.yaml: runs.mine: remote is null, and that of preparations.p is private" in (
        done.stderr
    )


def test_shots_with_weights_that_dev_chooses_are_refused(few):
    by_dev = training({"encoder": "x"})
    with pytest.raises(InputError, match=r"chooses weights by labels of dev(.|\n)*choose: last"):
        check(run(shots=SHOTS), by_dev, {})


BASELINES = {
    "words": {"width": 12},
    "words and letters": {"width": 8, "characters": {"width": 4, "filters": 4}},
}


@pytest.mark.parametrize("name", BASELINES)
def test_a_run_without_a_pretrained_encoder_trains_the_same_each_time_and_is_scored(name, prepared, tmp_path):
    params = training({"encoder": "words", "words": BASELINES[name], "heads": 2, "self_attention": False})
    found = []
    for place in ("one", "two"):
        where = places(tmp_path, prepared, name=place)
        train_anew(run(), params, "tweets", where)
        found.append(load_file(where.model / "model.safetensors"))
    assert same(*found)
    rows = apply(where.model, prepared, "test")
    assert [len(row["predicted"]) for row in rows] == [len(text.split()) for text, _ in SENTENCES]


def test_with_shots_the_vocabulary_too_is_theirs(prepared, tmp_path):
    where = places(tmp_path, prepared)
    params = training({"encoder": "words", "words": {"width": 8}, "self_attention": False}, choose="last")
    train_anew(run(shots=SHOTS), params, "tweets", where)
    drawn = draw([tags.split() for _, tags in SENTENCES], Shots(**SHOTS))
    taught = {word for number in drawn for word in SENTENCES[number][0].split()}
    assert set(json.loads((where.model / "encoder/vocabulary.json").read_text())["words"]) == taught


def test_a_killed_run_on_words_goes_on_to_the_same_weights(prepared, tmp_path, monkeypatch):
    from mmner.train.loop import Trainer

    asked = {"encoder": "words", "words": BASELINES["words and letters"], "self_attention": False, "dropout": 0.5}
    params = training(asked, save_minutes=0)
    whole, killed = places(tmp_path, prepared, name="whole"), places(tmp_path, prepared, name="killed")
    train_anew(run(), params, "tweets", whole)
    original, steps = Trainer.step, []

    def dies(self, group):
        steps.append(group)
        if len(steps) == 5:
            raise KeyboardInterrupt
        return original(self, group)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", dies)
        with pytest.raises(KeyboardInterrupt):
            train(run(), params, "tweets", killed)
    train(run(), params, "tweets", killed)
    assert same(*(load_file(where.model / "model.safetensors") for where in (whole, killed)))

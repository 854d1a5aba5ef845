import os
import random
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from mmner.base import params
from mmner.base.errors import InputError
from mmner.candidates import weights_cache
from mmner.candidates.tagger import Tagger, fold, spans
from mmner.ner.fewshot import Shots, draw
from mmner.rows import compute
from mmner.rows.stages import STAGES
from mmner.rows.store import Store, folder
from tests.fakes.tiny import WORDS

pytestmark = pytest.mark.slow


def make(encoder, **changes) -> Tagger:
    settings = {"folds": 3, "epochs": 2, "batch_size": 4, "lr_encoder": 1e-3, "lr_head": 1e-2, "seed": 1}
    return Tagger(Tagger.Params(encoder=str(encoder), **(settings | changes)), Store())


def post(name, tokens, split="train", language="en"):
    return {"id": name, "split": split, "tokens": tokens, "language": language}


def corpus(train=24, dev=4):
    """Posts of random words, about a third of them entities, and their tags."""
    source = random.Random(3)
    posts, tags = [], []
    for number in range(train + dev):
        tokens = source.choices(WORDS, k=source.randint(2, 8))
        posts.append(post(f"p{number}", tokens, "train" if number < train else "dev"))
        tags.append([source.choice(["O", "O", "B-PER"]) for _ in tokens])
    return posts, tags


def prepared(backend, posts, tags):
    return backend.prepare([one | {"tags": gold} for one, gold in zip(posts, tags, strict=True)])


def answers(backend, posts, tags, store):
    posts = prepared(backend, posts, tags)
    found, _, report = compute.compute("candidates", posts, backend, store)
    return [one["value"]["spans"] for one in found], report


def test_no_train_sentence_is_tagged_by_a_tagger_that_saw_it(tiny_encoder):
    posts, tags = corpus()
    posts.append(post("twin", posts[0]["tokens"]))  # the same sentence again, in whichever fold
    tags.append(tags[0])
    backend = make(tiny_encoder)
    posts = prepared(backend, posts, tags)
    everything = {tuple(one["tokens"]) for one in posts if one["split"] == "train"}
    for one in posts:
        seen = {tokens for tokens, _ in backend._examples[one["tagger"]]}
        if one["split"] == "train":
            assert tuple(one["tokens"]) not in seen
            assert seen
        else:
            assert seen == everything


def test_a_sentences_own_tags_never_reach_its_candidates(tiny_encoder):
    posts, tags = corpus()
    before, after = make(tiny_encoder), make(tiny_encoder)
    old = [one["tagger"] for one in prepared(before, posts, tags)]
    changed = [["B-LOC"] * len(tags[0]), *tags[1:]]
    new = [one["tagger"] for one in prepared(after, posts, changed)]
    same = [a == b for a, b in zip(old, new, strict=True)]
    assert same == [one["split"] == "train" and fold(one["id"], 3) == fold("p0", 3) for one in posts]


def test_with_shots_no_tagger_sees_another_sentences_labels(tiny_encoder):
    posts, tags = corpus()
    shots = {"k": 4, "seed": 2}
    drawn = {f"p{shot}" for shot in draw(tags[:24], Shots(**shots))}
    assert 1 < len(drawn) < 24
    backend = make(tiny_encoder, shots=Shots(**shots))
    posts = prepared(backend, posts, tags)
    texts = {tuple(one["tokens"]) for one in posts if one["id"] in drawn}
    for one in posts:
        seen = {tokens for tokens, _ in backend._examples[one["tagger"]]}
        if one["id"] in drawn:
            assert tuple(one["tokens"]) not in seen
            assert seen < texts
        else:
            assert seen == texts


def test_labels_outside_the_shots_change_nothing(tiny_encoder):
    posts, tags = corpus()
    tags = [[tag.replace("PER", "LOC") if number % 2 else tag for tag in one] for number, one in enumerate(tags)]
    shots = Shots(k=3, seed=1)
    drawn = draw(tags[:24], shots)
    other = [one if number in drawn or number >= 24 else one[::-1] for number, one in enumerate(tags)]
    assert other != tags
    assert draw(other[:24], shots) == drawn  # as many mentions in each sentence
    one, two = make(tiny_encoder, shots=shots), make(tiny_encoder, shots=shots)
    first = [post["tagger"] for post in prepared(one, posts, tags)]
    assert [post["tagger"] for post in prepared(two, posts, other)] == first


def test_what_can_only_be_known_by_heart_is_known_to_the_full_tagger_alone(tiny_encoder, tmp_path):
    words = sorted({word for word in WORDS if word.isalpha()})[:16]
    gold = {word: ["B-PER"] if number % 2 else ["O"] for number, word in enumerate(words)}
    posts = [post(f"{split}-{word}", [word], split) for split in ("train", "dev") for word in words]
    tags = [gold[one["tokens"][0]] for one in posts]
    backend = make(tiny_encoder, epochs=60, lr_encoder=5e-3)
    found, _ = answers(backend, posts, tags, Store(tmp_path / "rows.sqlite"))
    right = {"train": 0, "dev": 0}
    for one, tag, span in zip(posts, tags, found, strict=True):
        right[one["split"]] += bool(span) == (tag == ["B-PER"])
    assert right["dev"] == len(words)
    assert right["train"] <= 0.8 * len(words)


def test_the_same_seed_gives_the_same_spans(tiny_encoder, tmp_path):
    posts, tags = corpus()
    first, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "one.sqlite"))
    shutil.rmtree(folder() / "taggers")
    again, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "two.sqlite"))
    assert first == again
    assert any(first)


def test_a_second_run_computes_nothing_and_trains_nothing(tiny_encoder, tmp_path, monkeypatch):
    posts, tags = corpus()
    store = Store(tmp_path / "rows.sqlite")
    first, report = answers(make(tiny_encoder), posts, tags, store)
    assert report.computed == len(posts)
    monkeypatch.setattr("mmner.candidates.tagger_network.train", None)  # whoever trains now, fails
    again, report = answers(make(tiny_encoder), posts, tags, store)
    assert again == first
    assert (report.computed, report.reused) == (0, len(posts))


def test_posts_added_to_dev_teach_no_tagger_again_and_get_the_spans_of_one_taught_anew(
    tiny_encoder, tmp_path, monkeypatch
):
    posts, tags = corpus()
    more, tags = [*posts, post("new", ["fern", "hill", "Marlow"], "dev")], [*tags, ["O"] * 3]
    expected, _ = answers(make(tiny_encoder), more, tags, Store(tmp_path / "other.sqlite"))
    shutil.rmtree(folder() / "taggers")
    store = Store(tmp_path / "rows.sqlite")
    answers(make(tiny_encoder), posts, tags[:-1], store)
    with monkeypatch.context() as patch:
        patch.setattr("mmner.candidates.tagger_network.train", None)  # whoever trains now, fails
        found, report = answers(make(tiny_encoder), more, tags, store)
    assert (found, report.computed) == (expected, 1)


def test_kept_weights_that_are_damaged_are_taught_again_and_whole_ones_are_used(tiny_encoder, tmp_path):
    posts, tags = corpus()
    first, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "one.sqlite"))
    (weights,) = (folder() / "taggers").iterdir()
    assert weights.stat().st_mode == (tmp_path / "one.sqlite").stat().st_mode
    whole = {name: tensor.clone() for name, tensor in load_file(weights).items()}  # no map of the file
    weights.write_bytes(weights.read_bytes()[:1000])
    again, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "two.sqlite"))
    assert again == first
    assert load_file(weights).keys() == whole.keys()
    save_file(whole | {"head.bias": torch.tensor([99.0, 0.0, 0.0])}, weights)  # all is O to this one
    third, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "three.sqlite"))
    assert any(first[24:])
    assert not any(third[24:])


def test_another_label_in_train_teaches_another_tagger(tiny_encoder, tmp_path):
    posts, tags = corpus()
    other = [["B-PER"] * len(one) for one in tags]
    expected, _ = answers(make(tiny_encoder), posts, other, Store(tmp_path / "other.sqlite"))
    shutil.rmtree(folder() / "taggers")
    store = Store(tmp_path / "rows.sqlite")
    first, _ = answers(make(tiny_encoder), posts, tags, store)
    found, _ = answers(make(tiny_encoder), posts, other, store)
    assert found == expected != first
    assert len(list((folder() / "taggers").iterdir())) == 2


def test_beyond_their_room_the_taggers_go_that_were_used_the_longest_ago(tiny_encoder, tmp_path, monkeypatch):
    posts, tags = corpus(train=6, dev=1)

    def teach(seed, store):
        backend = make(tiny_encoder, seed=seed, epochs=1)
        answers(backend, posts, tags, Store(tmp_path / f"{store}.sqlite"))
        return weights_cache.path(folder(), backend.identity(), backend._full_digest)

    places = [teach(seed, seed) for seed in range(3)]
    for at, place in enumerate(places):
        os.utime(place, (at + 1, at + 1))
    teach(0, "again")  # reads its weights: now the one of seed 1 is the oldest
    monkeypatch.setattr(weights_cache, "MAX_BYTES", 3 * places[0].stat().st_size + 100)
    places.append(teach(3, 3))
    assert [place.is_file() for place in places] == [True, False, True, True]
    monkeypatch.setattr(weights_cache, "MAX_BYTES", 1)
    newest = teach(4, 4)
    assert list((folder() / "taggers").iterdir()) == [newest]


def test_weights_that_may_be_read_and_not_touched_are_used(tiny_encoder, tmp_path, monkeypatch):
    posts, tags = corpus()
    first, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "one.sqlite"))

    def refuse(path):
        raise PermissionError(13, "not yours", path)

    monkeypatch.setattr("mmner.candidates.weights_cache.os.utime", refuse)
    monkeypatch.setattr("mmner.candidates.tagger_network.train", None)  # whoever trains now, fails
    backend = make(tiny_encoder)
    dev = [one for one in prepared(backend, posts, tags) if one["split"] == "dev"]
    again, _, _ = compute.compute("candidates", dev, backend, Store(tmp_path / "two.sqlite"))
    assert [one["value"]["spans"] for one in again] == first[24:]


def test_a_tagger_is_taught_where_its_weights_cannot_be_kept(tiny_encoder, tmp_path):
    posts, tags = corpus()
    first, _ = answers(make(tiny_encoder), posts, tags, Store(tmp_path / "one.sqlite"))
    shutil.rmtree(folder() / "taggers")
    (folder() / "taggers").write_text("in the way")
    assert answers(make(tiny_encoder), posts, tags, Store(tmp_path / "two.sqlite"))[0] == first


def test_a_new_dev_post_leaves_the_train_split_as_it_was(tiny_encoder, tmp_path):
    posts, tags = corpus()
    store = Store(tmp_path / "rows.sqlite")
    answers(make(tiny_encoder), posts, tags, store)
    more = [*posts, post("new", ["fern", "hill"], "dev")]
    _, report = answers(make(tiny_encoder), more, [*tags, ["O", "O"]], store)
    assert report.computed == 1


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_what_a_sentence_gets_does_not_depend_on_its_company(tiny_encoder, precision):
    posts, tags = corpus()
    posts.append(post("long", [WORDS[number % len(WORDS)] for number in range(200)], "dev"))  # in several windows
    backend = make(tiny_encoder, precision=precision)
    posts = prepared(backend, posts, [*tags, ["O"] * 200])
    together = backend(posts)
    assert any(one.value["spans"] for one in together)
    assert [backend([one])[0] for one in posts] == together
    assert backend(posts[::-1])[::-1] == together


def test_every_token_of_a_sentence_longer_than_the_encoder_gets_a_tag(tiny_encoder):
    from mmner.candidates.tagger_network import TaggerNetwork

    network = TaggerNetwork(make(tiny_encoder).params)
    tokens = [WORDS[number % len(WORDS)] for number in range(300)]  # the encoder takes 64 pieces
    tags, scores = network.tag([tokens, ["we"], []])[0]
    assert len(network.encode(tokens).windows) > 4
    assert (len(tags), len(scores)) == (300, 300)
    assert all(0 < score <= 1 for score in scores)


def test_long_sentences_teach_too_and_are_tagged_to_their_end(tiny_encoder):
    posts = [post(f"p{n}", ["we", "saw", "marlow"] * 60) for n in range(6)]
    posts.append(post("d", ["we", "saw", "marlow"] * 50, "dev"))
    tags = [["O", "O", "B-PER"] * (len(one["tokens"]) // 3) for one in posts]
    backend = make(tiny_encoder, epochs=30, lr_encoder=5e-3)
    posts = prepared(backend, posts, tags)
    found = backend(posts[-1:])[0].value["spans"]
    assert [one["start"] for one in found] == list(range(2, 150, 3))


def test_a_token_that_the_tokenizer_drops_keeps_its_place(tiny_encoder):
    from mmner.candidates.tagger_network import TaggerNetwork

    tags, _ = TaggerNetwork(make(tiny_encoder).params).tag([["we", "\ufe0f", "saw", "\u200d"]])[0]
    assert len(tags) == 4


def test_without_train_sentences_there_are_no_candidates_and_no_error(tiny_encoder, tmp_path):
    found, report = answers(make(tiny_encoder), [post("d", ["we"], "dev")], [["O"]], Store(tmp_path / "rows.sqlite"))
    assert found == [[]]
    assert not report.errors


def test_spans_are_repaired_joined_and_scored_by_their_mean():
    item = post("a", ["At", "Fern", "Hill", "and", "Oakley"])
    assert spans(item, ["O", "I", "I", "O", "B"], [0.9, 0.6, 0.8, 0.9, 0.7]) == [
        {"start": 1, "end": 3, "text": "Fern Hill", "score": pytest.approx(0.7)},
        {"start": 4, "end": 5, "text": "Oakley", "score": pytest.approx(0.7)},
    ]
    chinese = post("b", ["齐", "白", "石"], language="zh")
    assert spans(chinese, ["B", "I", "I"], [1, 1, 1])[0]["text"] == "齐白石"


@pytest.mark.parametrize(
    "wrong", [{"folds": 1}, {"epochs": 0}, {"lr_head": 0.0}, {"speed": 1}, {"shots": {"k": 0, "seed": 1}}]
)
def test_wrong_params_are_named(wrong):
    mapping = {"backend": "tagger", "encoder": "x", "folds": 3, "epochs": 1, "batch_size": 2, "seed": 1}
    mapping |= {"lr_encoder": 1e-3, "lr_head": 1e-3} | wrong
    with pytest.raises(InputError, match=next(iter(wrong))):
        params.backend("candidates", "x", mapping, STAGES["candidates"].backends)

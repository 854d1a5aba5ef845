"""Phrases of captions, whoever wrote them."""

import pytest

from mmner.expressions.phrases import Phrases, split


@pytest.mark.parametrize(
    ("caption", "phrases"),
    [
        ('A photo of a violin, with the words "Live at 8".', ["violin", "Live at 8"]),
        ("A photo of a bell cote and a hen-of-the-woods.", ["bell cote", "hen-of-the-woods"]),
        ('A photo with the words "Kings & Queens, no dogs".', ["Kings & Queens, no dogs"]),
        ("a man in a suit holding a trophy at the podium", ["man", "suit", "trophy", "podium"]),
        ("two women are standing next to a wedding cake", ["women", "wedding cake"]),
        ("a black and white photo of a building", ["black", "building"]),
        ("a poster that says \u201cvote\u201d", ["poster", "vote"]),
        ("一张照片，上面写着\u201c故宫\u201d。", ["一张照片", "上面写着", "故宫"]),
        ("A photo of Dr. Dre in St. Louis under a U.S. flag.", ["Dr. Dre", "St. Louis", "U.S. flag"]),
        ("A photo.", []),
        ("", []),
    ],
)
def test_a_caption_is_split_into_phrases_and_quotes(caption, phrases):
    assert split(caption) == phrases


def post(caption, sentence):
    return {"caption": caption, "sentence": sentence}


def test_the_nearest_to_the_sentence_are_kept_and_come_first():
    backend = Phrases(Phrases.Params(max_expressions=2, min_relevance=0.1))
    caption = "a violin on a wooden table next to a parking meter"
    music, car = backend([post(caption, "the violinist played well"), post(caption, "I left my car in town")])
    assert music.value["expressions"][0] == "violin"
    assert car.value["expressions"][0] == "parking meter"
    assert "parking meter" not in music.value["expressions"]
    assert len(music.value["expressions"]) <= 2


def test_batched_equals_single_and_nothing_near_gives_an_empty_list():
    backend = Phrases(Phrases.Params(min_relevance=0.99))
    posts = [post("a violin", "a violin"), post("a violin", "a car"), post("A photo.", "a car")]
    together = backend(posts)
    assert [result.value["expressions"] for result in together] == [[], [], []]
    assert together == [backend([each])[0] for each in posts]

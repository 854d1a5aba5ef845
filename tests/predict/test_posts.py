"""What a post may bring, and what is wrong with one that can't be read."""

import pytest

from mmner.base.errors import InputError
from mmner.predict.posts import MAX_CHARACTERS, read, ready

NAN = float("nan")  # which JSON can't say in an answer
BOX = {"x0": 0.1, "y0": 0.1, "x1": 0.5, "y1": 0.5}


def test_text_becomes_tokens_that_stand_where_they_say():
    one = ready(read("Fans of Mira Park! 😍"), "words", "en")
    assert [token.text for token in one.tokens] == ["Fans", "of", "Mira", "Park", "!", "😍"]
    assert one.tokens[-1].start == 19


def test_given_tokens_stay_and_their_text_is_written_or_compared():
    alone = ready(read({"tokens": ["Mira", "Park", " "]}), "words", "en")
    assert (alone.text, [token.start for token in alone.tokens]) == ("Mira Park  ", [0, 5, 10])
    assert ready(read({"tokens": ["柳", "村"]}), "words", "zh").text == "柳村"
    both = ready(read({"tokens": ["Mira", "Park", "!"], "text": "Mira Park!"}), "twitter", "en")
    assert [(token.text, token.start) for token in both.tokens] == [("Mira", 0), ("Park", 5), ("!", 9)]


def test_what_a_post_brings_becomes_the_rows_of_its_stages():
    post = {
        "text": "Fans of Mira Park!",
        "caption": "a stage",
        "candidates": [{"start": 8, "end": 17}],
        "facts": [{"candidate": "Mira Park", "title": "Mira Park", "summary": "A singer."}],
        "regions": [{"expression": "stage", "label": "stage", "score": 0.5, "box": BOX}],
        "chain": "Mira Park is a person.",
    }
    own = ready(read(post), "words", "en").own
    assert own["captions"] == {"caption": "a stage"}
    assert own["candidates"]["spans"] == [{"start": 2, "end": 4, "text": "Mira Park", "score": 1.0}]
    assert own["knowledge"]["facts"][0]["kept"] is True
    assert own["regions"]["regions"][0]["box"] == BOX
    assert own["chains"]["steps"] == [{"name": "reasoning", "text": "Mira Park is a person."}]
    by_tokens = {"tokens": ["Fans", "of", "Mira", "Park"], "candidates": [{"start": 2, "end": 4}]}
    assert ready(read(by_tokens), "words", "en").own["candidates"]["spans"][0]["text"] == "Mira Park"


@pytest.mark.parametrize(
    ("post", "told"),
    [
        ("", "error[no-text] f:1: a post without text"),
        (" \n\t", "error[no-text]"),
        ({}, "error[no-text]"),
        ({"tokens": []}, "error[no-text] f:1: a post without tokens"),
        ({"tokens": ["a", ""]}, "error[bad-post] f:1: tokens.1: an empty token"),
        ({"text": "a", "tokens": ["b"]}, "error[tokens-differ]"),
        ({"txt": "a"}, "error[bad-post] f:1: txt: unknown key\n  remedy: a post may have: text, tokens, image"),
        ({"text": 5}, "error[bad-post] f:1: text:"),
        ({"text": "\ud800"}, "half a character"),
        ({"text": "a" * (MAX_CHARACTERS + 1)}, "characters, more than"),
        ({"text": "a", "language": "xx"}, "error[bad-post] f:1: language: 'xx' is no language of ISO 639"),
        ({"text": "a b", "candidates": [{"start": 7, "end": 9}]}, "7..9 is no span of the text"),
        ({"tokens": ["a"], "candidates": [{"start": 0, "end": 2}]}, "0..2 is no span of 1 tokens"),
        (
            {"text": "a", "regions": [{"expression": "e", "label": "l", "score": 1, "box": BOX | {"x1": 0.1}}]},
            "is empty",
        ),
        ({"text": "a", "regions": [{"expression": "e", "label": "l", "score": 1, "box": BOX | {"x1": 40}}]}, "40"),
        ({"text": "a", "image": "a\0.jpg"}, "f:1: image: 'a\\x00.jpg' is no path"),
        (
            {"text": "a", "chain": ""},
            "error[bad-post] f:1: chain.text: '' is no text: leave it out where there is none",
        ),
        ({"text": "a", "chain": "\0"}, "error[bad-post] f:1: chain.text: "),
        (
            {"text": "a", "chain": [{"name": "n", "text": " "}]},
            "error[bad-post] f:1: chain.steps.0.text: ' ' is no text",
        ),
        ({"text": "a", "candidates": [{"start": 0, "end": 1, "score": NAN}]}, "candidates.0.score: "),
        ({"text": "a", "facts": [{"candidate": "a", "title": "t", "summary": "s", "relevance": NAN}]}, "relevance: "),
        (["a"], "error[bad-post] f:1"),
        (None, "error[bad-post] f:1"),
    ],
)
def test_a_bad_post_is_named_with_its_place(post, told):
    with pytest.raises(InputError) as raised:
        ready(read(post, "f:1"), "words", "en", "f:1")
    assert told in str(raised.value)

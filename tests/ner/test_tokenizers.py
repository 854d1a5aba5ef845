"""Raw text is split as corpora split theirs, and every token is found in the text."""

import random

import pytest

from mmner.ner import tokenizers
from mmner.ner.tokenizers import NAMES, best, locate, tokenize, written

PIECES = [
    "Mira", "Park", "don't", "U.S.", "@kel_marsh", "#tbt", "3.5", "…", "``", "''", '"', "'", "(", ")", ".", "...", "!",
    "👩‍👩‍👧", "👍🏽", "❤️", "\ufe0f", "\u200d", "\u200b", "é", "é", "नमस्ते", "한국", "《柳村》", "שלום",
    "مرحبا", "\u202e", "\u00ad", "𝒳",
    "\x00", "\x1f", "\u2028", "\u3000", "\ud7ff", "\U0001f1e9\U0001f1ea", "a\u0300\u0301\u0302", "https://t.co/x?y=1",
]  # fmt: skip


@pytest.mark.parametrize(
    ("tokenizer", "text", "tokens"),
    [
        ("words", "Mira can't go. It's Mr. Kel's, \"OK\"?", "Mira ca n't go . It 's Mr. Kel 's , \" OK \" ?"),
        ("words", "Born in the U.S. in 1996. Then (later) moved.", "Born in the U.S. in 1996 . Then ( later ) moved ."),
        ("twitter", "RT @kel_marsh: don't #tbt 3.5", "RT @ kel _ marsh : don ' t # tbt 3 . 5"),
        ("characters", "《柳 村》é", "《 柳 村 》 é"),
        ("blanks", " a.b  c\n", "a.b c"),
    ],
)
def test_text_is_split_as_the_table_says(tokenizer, text, tokens):
    assert [token.text for token in tokenize(text, tokenizer)] == tokens.split(" ")


@pytest.mark.parametrize("tokenizer", NAMES)
def test_every_token_stands_where_it_says_and_nothing_but_blanks_is_lost(tokenizer):
    draw = random.Random(7)
    for _ in range(2500):
        text = "".join(draw.choice(PIECES) + draw.choice(["", " ", "  ", "\n"]) for _ in range(draw.randint(0, 12)))
        tokens = tokenize(text, tokenizer)
        assert all(text[token.start : token.end] == token.text != "" for token in tokens), repr(text)
        assert [token.start for token in tokens] == sorted(token.start for token in tokens)
        assert "".join("".join(token.text for token in tokens).split()) == "".join(text.split()), repr(text)


def test_given_tokens_are_found_in_their_text_or_it_is_said_that_they_differ():
    assert locate(["Mira", "Park", "!"], " Mira  Park!\n") == [("Mira", 1, 5), ("Park", 7, 11), ("!", 11, 12)]
    assert locate([" ", "a"], " a") == [(" ", 0, 1), ("a", 1, 2)]
    for text in ("Mira Parks !", "Mira Park", "Mira Park ! now"):
        assert locate(["Mira", "Park", "!"], text) is None


def test_tokens_are_written_as_people_write_them_and_the_tokenizer_of_a_corpus_is_found():
    tweet = ["RT", "@", "kel", "_", "marsh", ":", "don", "'", "t", "(", "really", ")", "#", "tbt"]
    assert written(tweet) == "RT @kel_marsh: don't (really) #tbt"
    assert written(list("柳村"), "zh") == "柳村"
    assert best([tweet], "en")[0] == "twitter"
    assert best([["Mira", "does", "n't", "."]], "en") == (
        "words",
        {"words": 1.0, "twitter": 0.0, "characters": 0.0, "blanks": 0.0},
    )
    assert best([list("柳村")], "zh")[0] == tokenizers.default("zh") == "characters"

"""Whatever a post is made of, an entity is the text where it says."""

import random

from mmner.ner import iob
from mmner.predict import answers
from mmner.predict.posts import read, ready
from mmner.predict.preparation import Prepared
from mmner.predict.tagging import Tagged

PIECES = [
    "Mira", "don't", "U.S.", "@kel_marsh", "#tbt", "…", '"', "👩‍👩‍👧", "👍🏽", "❤️", "🇫🇷", "\ufe0f", "\u200d", "\u200b",
    "e\u0301", "a\u0300\u0301\u0302", "שלום", "مرحبا", "\u202e", "नमस्ते", "《柳村》", "\u00ad", "𝒳",
    "\u3000", "\x1f", "\x00",
]  # fmt: skip
KINDS = ("words", "twitter", "characters", "blanks")


def made_up(draw):
    """A post of text or of tokens, some of them blank, with whatever Unicode has; and a tokenizer."""
    pieces = [draw.choice(PIECES) for _ in range(draw.randint(1, 12))]
    if draw.random() < 0.5:
        return {"text": "".join(piece + draw.choice(["", " ", "  ", "\n"]) for piece in pieces)}
    return {"tokens": [*pieces, " "], "language": draw.choice(["en", "zh"])}


def tags(draw, count):
    """`count` random legal IOB2 tags of two labels."""
    found = []
    for _ in range(count):
        allowed = ["O", "B-PER", "B-LOC", *([f"I-{found[-1][2:]}"] if found and found[-1] != "O" else [])]
        found.append(draw.choice(allowed))
    return found


def test_an_entity_is_the_text_from_its_start_to_its_end_in_10000_made_up_posts():
    draw, entities, read_posts = random.Random(3), 0, 0
    while read_posts < 10_000:
        given = made_up(draw)
        if "text" in given and not given["text"].split():
            continue
        post = ready(read(given), draw.choice(KINDS), "en")
        said = tags(draw, len(post.tokens))
        spans = [(start, end, label, 0.5) for start, end, label in iob.spans(said)]
        example = {"id": "a", "tokens": [token.text for token in post.tokens], "image": None, "error": None}
        tagged = Tagged(said, [1.0] * len(said), spans)
        answer = answers.answer(Prepared(post, example), tagged, explain=False, reads_images=False)
        assert len(answer.entities) == len(spans)
        for entity, (start, end, _, _) in zip(answer.entities, spans, strict=True):
            assert answer.text[entity.start : entity.end] == entity.text
            own = "".join(token.text for token in post.tokens[start:end])
            assert "".join(entity.text.split()) == "".join(own.split())
        entities += len(spans)
        read_posts += 1
    assert entities > 10_000


def grounded_answer(regions, threshold=None, brought=False):
    """The answer about "Mira Park plays", whose entity is Mira Park, with these regions."""
    given = {"text": "Mira Park plays"} | ({"regions": regions} if brought else {})
    post = ready(read(given), "words", "en")
    example = {"id": "a", "tokens": ["Mira", "Park", "plays"], "image": "a.jpg", "error": None}
    rows = {} if brought else {"regions": {"regions": regions}, "chains": {"steps": []}}
    tagged = Tagged(["B-LOC", "I-LOC", "O"], [1.0] * 3, [(0, 2, "LOC", 0.5)])
    prepared = Prepared(post, example, rows)
    return answers.answer(prepared, tagged, explain=False, reads_images=True, threshold=threshold)


def region(text) -> dict:
    box = {"x0": 0.1, "y0": 0.2, "x1": 0.3, "y1": 0.4}
    return {"expression": text, "label": "sign", "score": 0.4, "box": box}


def test_an_entity_has_the_region_that_names_it_or_none():
    both = [region("a tree"), region("MIRA PARK 3 miles")]
    for brought in (False, True):
        (entity,) = grounded_answer(both, brought=brought).entities
        assert entity.region == {**region("MIRA PARK 3 miles"), "score": 1.0}
    assert grounded_answer([region("a tree")]).entities[0].region is None
    assert grounded_answer(None).entities[0].region is None
    assert grounded_answer([]).as_dict()["entities"][0]["region"] is None


def test_how_well_it_has_to_fit_is_what_dev_showed():
    half = [region("the old park")]
    assert grounded_answer(half).entities[0].region is None
    assert grounded_answer(half, threshold=0.2).entities[0].region["score"] == 0.3


def test_a_run_s_threshold_is_that_of_its_evaluation(tmp_path, monkeypatch):
    from mmner.predict import repository

    monkeypatch.chdir(tmp_path)
    assert repository._region_threshold("mine") is None
    file = tmp_path / "data" / "runs" / "mine" / "grounding.json"
    file.parent.mkdir(parents=True)
    for content, expected in (('{"threshold": 0.25}', 0.25), ("{}", None), ("[]", None), ("no JSON", None)):
        file.write_text(content)
        assert repository._region_threshold("mine") == expected


def test_a_model_that_learnt_grounding_chooses_by_its_own_scores():
    post = ready(read({"text": "Mira Park plays"}), "words", "en")
    example = {"id": "a", "tokens": ["Mira", "Park", "plays"], "image": "a.jpg", "error": None}
    rows = {"regions": {"regions": [region("MIRA PARK"), region("a tree")]}}
    tagged = Tagged(["B-LOC", "I-LOC", "O"], [1.0] * 3, [(0, 2, "LOC", 0.5)], regions={(0, 2): [0.2, 0.8]})
    said = answers.answer(Prepared(post, example, rows), tagged, explain=False, reads_images=True, threshold=0.5)
    assert said.entities[0].region["expression"] == "a tree"

"""The sample's posts: their entities, and whether the image, the archive or the sentence shows an entity's type."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from mmner.sample import wording
from mmner.sample.articles import Article, articles_on, other_articles
from mmner.sample.names import SPLITS, names
from mmner.sample.topics import KINDS_IN_TRAIN, POSTED_IN_TRAIN, TOPICS

LABELS = ("PER", "LOC", "ORG")
COUNTS = {  # posts by split and kind
    "train": {"image": 78, "photo": 10, "knowledge": 78, "two": 10, "text": 15, "plain": 8, "foreign": 5, "single": 4},
    "dev": {"image": 12, "photo": 2, "knowledge": 12, "two": 2, "text": 3, "plain": 2, "foreign": 1, "single": 1},
    "test": {"image": 29, "photo": 4, "knowledge": 31, "two": 5, "text": 6, "plain": 3, "foreign": 2, "single": 2},
}
ARTICLE_WAYS = {
    "exact": 9,
    "ambiguous": 4,
    "redirect": 3,
    "suggestion": 2,
    "text": 2,
}  # shares of the ways in which a lookup finds an article
PHOTOS = {"PER": "grace_hopper.jpg", "LOC": "china.jpg"}  # by the type that their ImageNet tags suggest
IDLE_PHOTO = "flower.jpg"


@dataclass(frozen=True)
class Picture:
    """An image of a post: `scene` with `lines`, or the photograph `photo`.

    `state`: whole, missing, truncated or empty.
    """

    name: str
    scene: str | None = None
    lines: tuple[str, ...] = ()
    photo: str | None = None
    state: str = "whole"


@dataclass(frozen=True)
class Post:
    """Tokens with IOB2 tags. `evidence`: for each entity, what shows its type: image, knowledge or text."""

    tokens: list[str]
    tags: list[str]
    picture: Picture | None = None
    evidence: tuple[str, ...] = ()


@dataclass
class Sample:
    posts: dict[str, list[Post]] = field(default_factory=dict)
    articles: list[Article] = field(default_factory=list)


class _Deck:
    """Draws each of `cards` equally often, in random order."""

    def __init__(self, cards, rng: random.Random):
        self.cards, self.rng, self.left = list(cards), rng, []

    def draw(self):
        if not self.left:
            self.left = self.rng.sample(self.cards, len(self.cards))
        return self.left.pop()


def corpus() -> Sample:
    """The sample's posts and articles, the same at every call."""
    pool = names()
    sample = Sample()
    other_names = iter(pool["other"][:60])
    for split in SPLITS:
        writer = _Writer(split, pool[split], other_names)
        sample.posts[split] = writer.posts()
        sample.articles += writer.articles
    sample.articles += other_articles(pool["other"][60:140], random.Random("general"))
    titles = [article.title for article in sample.articles]
    assert len(set(titles)) == len(titles), "two articles of one title"
    return sample


class _Writer:
    """Makes the posts and articles of one split. Sentences are drawn without regard to type, so they don't show it."""

    def __init__(self, split: str, pool: list[str], others: Iterator[str]):
        self.split, self.rng = split, random.Random(f"posts of {split}")
        train = split == "train"
        train_counts = {
            name: getattr(wording, f"{name}_IN_TRAIN") if train else None for name in ("NEUTRAL", "TOPICAL")
        }
        deal = lambda cards: _Deck(cards, self.rng)  # noqa: E731
        self.labels = deal(LABELS * 2)
        self.names = iter(pool)
        self.others = others
        self.neutral = deal(wording.NEUTRAL[: train_counts["NEUTRAL"]])
        self.topical = deal(wording.TOPICAL[: train_counts["TOPICAL"]])
        self.two, self.plain, self.foreign = deal(wording.TWO), deal(wording.PLAIN), deal(wording.FOREIGN)
        self.topics = deal(TOPICS[: POSTED_IN_TRAIN if train else None])
        self.telling = {k: deal(v[: wording.TELLING_IN_TRAIN if train else None]) for k, v in wording.TELLING.items()}
        self.signs = {k: deal(v[: wording.SIGNS_IN_TRAIN if train else None]) for k, v in wording.SIGNS.items()}
        self.idle = deal(wording.IDLE)
        self.ways = deal([way for way, count in ARTICLE_WAYS.items() for _ in range(count)])
        self.kinds = KINDS_IN_TRAIN if train else None
        self.pictures = 0
        self.articles: list[Article] = []

    def posts(self) -> list[Post]:
        split_posts = [
            getattr(self, f"_{kind}")(number) for kind, n in COUNTS[self.split].items() for number in range(n)
        ]
        self.rng.shuffle(split_posts)
        return split_posts

    # ---- kinds of posts

    def _image(self, number: int) -> Post:
        name, label = next(self.names), self.labels.draw()
        if number % 4 == 0:  # an article of the same name about something else
            wrong = self.rng.choice([other for other in LABELS if other != label])
            self.articles += articles_on(name, wrong, self.topics.draw(), "exact", "", self.rng, self.kinds)
        return _post(self.neutral.draw(), {"N": (name, label)}, self._sign(name, label), ("image",))

    def _photo(self, number: int) -> Post:
        label = ("PER", "LOC")[number % 2]
        picture = self._picture(photo=PHOTOS[label])
        return _post(self.neutral.draw(), {"N": (next(self.names), label)}, picture, ("image",))

    def _knowledge(self, number: int) -> Post:
        name, label, topic = self._known()
        if number % 7 == 3:
            name = name.lower()
        elif number % 7 == 5:
            name = name.upper()
        states = {1: "missing", 2: "truncated", 4: "empty"}
        picture = None
        if number in states:
            picture = self._picture(scene="poster", lines=("SALE", "20 % off"), state=states[number])
        elif number % 3 == 0:
            picture = self._idle(number)
        return _post(self.topical.draw(), {"N": (name, label), "T": topic}, picture, ("knowledge",))

    def _two(self, number: int) -> Post:
        name, label = next(self.names), self.labels.draw()
        known, other, topic = self._known()
        values = {"N": (name, label), "M": (known, other), "T": topic}
        template = self.two.draw()
        order = ("image", "knowledge") if template.index("{N}") < template.index("{M}") else ("knowledge", "image")
        return _post(template, values, self._sign(name, label), order)

    def _text(self, number: int) -> Post:
        label = LABELS[number % 3]
        picture = self._idle(number) if number % 2 else None
        return _post(self.telling[label].draw(), {"N": (next(self.names), label)}, picture, ("text",))

    def _plain(self, number: int) -> Post:
        return _post(self.plain.draw(), {}, self._idle(number) if number % 2 else None)

    def _foreign(self, number: int) -> Post:
        name, label = next(self.names), self.labels.draw()
        return _post(self.foreign.draw(), {"N": (name, label)}, self._sign(name, label), ("image",))

    def _single(self, number: int) -> Post:
        name, label = next(self.names).split()[0], self.labels.draw()
        return _post("{N}", {"N": (name, label)}, self._sign(name, label), ("image",))

    # ---- their parts

    def _known(self) -> tuple[str, str, str]:
        """(name, label, phrase of the topic) of an entity that the archive knows."""
        name, label, topic = next(self.names), self.labels.draw(), self.topics.draw()
        way = self.ways.draw()
        other = next(self.others) if way == "text" else ""
        self.articles += articles_on(name, label, topic, way, other, self.rng, self.kinds)
        return name, label, self.rng.choice(topic.phrases)

    def _picture(self, **fields) -> Picture:
        self.pictures += 1
        stem = "café" if self.pictures == 5 else "post"
        return Picture(f"{stem}-{self.split}-{self.pictures:03}.jpg", **fields)

    def _sign(self, name: str, label: str) -> Picture:
        scene, lines = self.signs[label].draw()
        shown = name.upper() if self.rng.random() < 0.5 else name
        return self._picture(scene=scene, lines=tuple(lines.format(N=shown).split("|")))

    def _idle(self, number: int) -> Picture:
        """An image without relation to the sentence; some name another entity."""
        if number % 9 == 3:
            return self._sign(next(self.names), self.labels.draw())
        if number % 9 == 6:
            return self._picture(photo=IDLE_PHOTO)
        scene, lines = self.idle.draw()
        return self._picture(scene=scene, lines=tuple(lines.split("|")))


def _post(template: str, values: dict, picture: Picture | None = None, evidence: tuple[str, ...] = ()) -> Post:
    """The post of `template` with its slots filled from `values`: (name, label) of an entity, or a topic's phrase."""
    tokens, tags = [], []
    for word in template.split():
        value = values.get(word.strip("{}")) if word.startswith("{") else word
        name, label = value if isinstance(value, tuple) else (value, None)
        parts = name.split()
        tokens += parts
        tags += ["O"] * len(parts) if label is None else [f"B-{label}"] + [f"I-{label}"] * (len(parts) - 1)
    return Post(tokens, tags, picture, evidence)

"""The articles of the sample's knowledge archive, as HTML pages with a lead paragraph."""

from __future__ import annotations

import html
import random
from dataclasses import dataclass

from mmner.sample.topics import DETAILS, KINDS, REASONS, TOPICS, Topic

FIRST_NAMES = ("Edith", "Oskar", "Nora", "Jonas", "Ida", "Anton")
LONG_FORMS = {  # a title by which nobody calls it; {N} is what the post says
    "PER": tuple(f"{first} {{N}}" for first in FIRST_NAMES),
    "LOC": ("{N} upon Esk", "Upper {N}", "{N} under the Hill"),
    "ORG": ("{N} & Daughters", "{N} Brothers", "The {N} Group"),
}


@dataclass(frozen=True)
class Article:
    """An article of the archive. `page`: its HTML. `redirects`: titles that lead to it."""

    title: str
    page: str
    redirects: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return path(self.title)


def path(title: str) -> str:
    return title.replace(" ", "_")


def lead(title: str, label: str, topic: Topic, rng: random.Random, also: str = "", kinds: int | None = None) -> str:
    """Two sentences on `title`, of type `label`. `also`: another name of it. `kinds`: how many of KINDS may occur."""
    kind = rng.choice(KINDS[label].split(" | ")[:kinds])
    reason = rng.choice(REASONS).format(T=rng.choice(topic.phrases))
    detail = rng.choice(DETAILS[label]).format(
        year=rng.randrange(1850, 1995), small=rng.randrange(3, 40), large=rng.randrange(110, 900)
    )
    apposition = f", called {also} by all who know it," if also else ""
    return f"{title}{apposition} is {'an' if kind[0] in 'aeiou' else 'a'} {kind} {reason}. {detail}"


def page(title: str, text: str, hatnote: str = "") -> str:
    """The HTML of an article with the lead `text`, and around it a note, a table, a footnote mark and a section."""
    escaped = html.escape
    note = f'<div class="hatnote">{escaped(hatnote)}</div>' if hatnote else ""
    body = (
        escaped(text)
        .replace(escaped(title), f"<b>{escaped(title)}</b>", 1)
        .replace(". ", '.<sup class="reference">[1]</sup> ', 1)
    )
    return (
        f"<!DOCTYPE html><html><head><title>{escaped(title)}</title><style>p {{margin: 0}}</style></head><body>"
        f'{note}<table class="infobox"><tr><td>{escaped(title)}</td><td>see below</td></tr></table>'
        f'<p class="mw-empty-elt"></p><p>{body}</p>'
        "<h2>Sources</h2><p>This article is invented, as is all that it tells.</p></body></html>"
    )


def disambiguation(name: str, titles: list[str]) -> Article:
    """The page `name`, which links to the articles `titles`."""
    links = "".join(f'<li><a href="./{html.escape(path(title))}">{html.escape(title)}</a></li>' for title in titles)
    text = f'<p><b>{name}</b> may refer to:</p><ul>{links}</ul><div class="dmbox">This is a disambiguation page.</div>'
    return Article(name, f"<!DOCTYPE html><html><head><title>{name}</title></head><body>{text}</body></html>")


def articles_on(
    name: str, label: str, topic: Topic, way: str, other: str, rng: random.Random, kinds: int | None
) -> list[Article]:
    """The archive's articles on `name`, of type `label`. `way`: how a lookup finds them.

    exact: an article of that title. ambiguous: two articles, the second of another type and topic, and a disambiguation
    page. redirect: an article of a longer title, and a redirect from `name`. suggestion: the same without the redirect.
    text: an article of the title `other`, with `name` in its text.
    """
    if way == "exact":
        return [_article(name, lead(name, label, topic, rng, kinds=kinds))]
    if way == "text":
        return [_article(other, lead(other, label, topic, rng, name, kinds))]
    if way == "ambiguous":
        other_topic = rng.choice([item for item in TOPICS if item is not topic])
        other_label = rng.choice([item for item in DETAILS if item != label])
        meanings = [(label, topic), (other_label, other_topic)]
        titles = [f"{name} ({item.title.lower()})" for _, item in meanings]
        articles = [
            _article(title, lead(name, kind, item, rng, kinds=kinds), hatnote=f"For other uses, see {name}.")
            for title, (kind, item) in zip(titles, meanings, strict=True)
        ]
        return [*articles, disambiguation(name, sorted(titles))]
    assert way in ("redirect", "suggestion"), way
    long_title = rng.choice(LONG_FORMS[label]).format(N=name)
    return [
        _article(long_title, lead(long_title, label, topic, rng, kinds=kinds), (name,) if way == "redirect" else ())
    ]


def _article(title: str, text: str, redirects: tuple[str, ...] = (), hatnote: str = "") -> Article:
    return Article(title, page(title, text, hatnote), redirects)


def other_articles(names: list[str], rng: random.Random) -> list[Article]:
    """Articles that no post is about: on each topic, and on `names`."""
    articles = [_article(topic.title, topic.text) for topic in TOPICS]
    for name in names:
        articles.append(_article(name, lead(name, rng.choice(list(DETAILS)), rng.choice(TOPICS), rng)))
    return articles

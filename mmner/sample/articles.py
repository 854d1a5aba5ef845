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
    """A page of the archive; `redirects`: titles that lead to it."""

    title: str
    page: str
    redirects: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return path(self.title)


def path(title: str) -> str:
    return title.replace(" ", "_")


def lead(title: str, label: str, topic: Topic, rng: random.Random, also: str = "", kinds: int | None = None) -> str:
    """Two sentences on `title`, of type `label`. `also`: another name for it; `kinds`: how many of KINDS may occur."""
    kind = rng.choice(KINDS[label].split(" | ")[:kinds])
    reason = rng.choice(REASONS).format(T=rng.choice(topic.phrases))
    detail = rng.choice(DETAILS[label]).format(
        year=rng.randrange(1850, 1995), small=rng.randrange(3, 40), large=rng.randrange(110, 900)
    )
    apposition = f", called {also} by all who know it," if also else ""
    return f"{title}{apposition} is {'an' if kind[0] in 'aeiou' else 'a'} {kind} {reason}. {detail}"


def page(title: str, text: str, hatnote: str = "") -> str:
    """An encyclopedia page with what surrounds a lead in real ones: a note, a table, a footnote mark, a section."""
    safe = html.escape
    note = f'<div class="hatnote">{safe(hatnote)}</div>' if hatnote else ""
    body = (
        safe(text)
        .replace(safe(title), f"<b>{safe(title)}</b>", 1)
        .replace(". ", '.<sup class="reference">[1]</sup> ', 1)
    )
    return (
        f"<!DOCTYPE html><html><head><title>{safe(title)}</title><style>p {{margin: 0}}</style></head><body>"
        f'{note}<table class="infobox"><tr><td>{safe(title)}</td><td>see below</td></tr></table>'
        f'<p class="mw-empty-elt"></p><p>{body}</p>'
        "<h2>Sources</h2><p>This article is invented, as is all that it tells.</p></body></html>"
    )


def disambiguation(name: str, titles: list[str]) -> Article:
    """The page `name`, which links to the articles `titles`."""
    links = "".join(f'<li><a href="./{html.escape(path(title))}">{html.escape(title)}</a></li>' for title in titles)
    text = f'<p><b>{name}</b> may refer to:</p><ul>{links}</ul><div class="dmbox">This is a disambiguation page.</div>'
    return Article(name, f"<!DOCTYPE html><html><head><title>{name}</title></head><body>{text}</body></html>")


def about(
    name: str, label: str, topic: Topic, how: str, other: str, rng: random.Random, kinds: int | None
) -> list[Article]:
    """What the archive holds on `name`, of type `label`; `how` it is found.

    exact: an article of that title. ambiguous: two articles and a page that tells them apart; the other one has
    another type and topic. redirect: `name` leads to a longer title. suggestion: a longer title without a redirect.
    text: another title (`other`), which has `name` in its text.
    """
    if how == "exact":
        return [_on(name, lead(name, label, topic, rng, kinds=kinds))]
    if how == "text":
        return [_on(other, lead(other, label, topic, rng, name, kinds))]
    if how == "ambiguous":
        against = rng.choice([item for item in TOPICS if item is not topic])
        second = rng.choice([item for item in DETAILS if item != label])
        meanings = [(label, topic), (second, against)]
        titles = [f"{name} ({item.title.lower()})" for _, item in meanings]
        found = [
            _on(title, lead(name, kind, item, rng, kinds=kinds), hatnote=f"For other uses, see {name}.")
            for title, (kind, item) in zip(titles, meanings, strict=True)
        ]
        return [*found, disambiguation(name, sorted(titles))]
    assert how in ("redirect", "suggestion"), how
    long = rng.choice(LONG_FORMS[label]).format(N=name)
    return [_on(long, lead(long, label, topic, rng, kinds=kinds), (name,) if how == "redirect" else ())]


def _on(title: str, text: str, redirects: tuple[str, ...] = (), hatnote: str = "") -> Article:
    return Article(title, page(title, text, hatnote), redirects)


def general(names: list[str], rng: random.Random) -> list[Article]:
    """Articles that no post needs: on each topic, and on `names`."""
    found = [_on(topic.title, topic.text) for topic in TOPICS]
    for name in names:
        found.append(_on(name, lead(name, rng.choice(list(DETAILS)), rng.choice(TOPICS), rng)))
    return found

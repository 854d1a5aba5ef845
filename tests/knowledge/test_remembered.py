"""What the store remembers of a wiki and can't be used: it is forgotten, and the wiki is asked again."""

import json

import pytest

from mmner.rows import compute
from mmner.rows.store import Store
from tests.fakes.wiki import Wiki, serving
from tests.knowledge.test_odd_answers import POSTS, TITLES, titles
from tests.knowledge.test_wikipedia import PAGES, made, post

pytestmark = pytest.mark.usefixtures("own_store")

ASKED = [*POSTS, post("about beekeepers", "beekeepers", name="d")]  # the last one is found by search alone
RIGHT = [*TITLES, ["Upper Tessaly"]]


def spoil(store: Store, turned) -> int:
    """Turn every mark of the wiki's into what `turned` makes of its value; returns how many there are."""
    marks = store.db.execute("SELECT key, value FROM marks WHERE key LIKE 'wiki 2 %'").fetchall()
    with store.writing() as db:
        for key, value in marks:
            db.execute("UPDATE marks SET value = ? WHERE key = ?", (turned(json.loads(value)), key))
    return len(marks)


def changed(**fields):
    return lambda value: json.dumps(value | {name: new for name, new in fields.items() if name in value})


@pytest.mark.parametrize(
    "turned",
    [
        *(lambda value, text=text: text for text in ("", "{", "null", "3", "[]", "{}", '"Honey"', '{"titles": "no"}')),
        lambda value: b"\xff\xfe{",
        changed(to=7),
        changed(to=["Honey"]),
        changed(extract=None),
        changed(lists="no"),
        changed(url=None),
        changed(number="7"),
        changed(revision=2**70),
        changed(titles=None),
        changed(titles=[7]),
        changed(titles={"Honey": 1}),
    ],
)
def test_a_remembered_answer_that_is_none_is_asked_for_again(turned, tmp_path):
    with serving(Wiki(PAGES)) as host:
        compute.compute("knowledge", ASKED, made(host), Store())
        spoilt = spoil(Store(), turned)
        assert spoilt > 10
        answers, _, report = compute.compute("knowledge", ASKED, made(host), Store(tmp_path / "other.sqlite"))
        assert (titles(answers), report.transient) == (RIGHT, 0)
        again = made(host)
        answers, _, _ = compute.compute("knowledge", ASKED, again, Store(tmp_path / "third.sqlite"))
    assert (titles(answers), again.requests) == (RIGHT, 0)  # what was asked again is remembered

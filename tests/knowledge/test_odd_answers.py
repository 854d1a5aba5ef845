"""A wiki whose answers are none: a row fails for now or is right, and a later good answer is used."""

import pytest

from mmner.base.errors import InputError
from mmner.knowledge.wiki_answers import Query
from mmner.rows import compute
from mmner.rows.store import Store
from tests.fakes.wiki import ODD, Wiki, serving
from tests.knowledge.test_wikipedia import PAGES, made, post

pytestmark = pytest.mark.usefixtures("own_store")

POSTS = [
    post("a jar of Honey", "Honey", name="a"),
    post("GWU wins", "GWU", name="b"),
    post("Caught a trout in Marlow", "Marlow", name="c"),
]
TITLES = [["Honey"], ["Greater Wexford Union"], ["Marlow (river)", "Marlow (band)"]]


def titles(answers) -> list[list[str] | None]:
    return [answer["value"] and [fact["title"] for fact in answer["value"]["facts"]] for answer in answers]


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_answer_is_no_answer_and_a_later_good_one_is_used(kind, tmp_path):
    wiki, store = Wiki(PAGES), Store(tmp_path / "rows.sqlite")
    with serving(wiki) as host:
        wiki.odd = kind
        answers, _, report = compute.compute("knowledge", POSTS, made(host, retries=1), store)
        assert [got in (None, right) for got, right in zip(titles(answers), TITLES, strict=True)] == [True] * 3
        assert report.transient == sum(got is None for got in titles(answers))
        assert len(wiki.asked) < 10
        wiki.odd = None
        answers, _, report = compute.compute("knowledge", POSTS, made(host), store)
    assert titles(answers) == TITLES
    assert report.transient == 0


def test_a_redirect_that_would_lose_the_query_is_named():
    with serving(Wiki(PAGES, ["302"])) as host, pytest.raises(InputError, match="no-mediawiki.*elsewhere.*lost"):
        made(host)([POSTS[0]])


def test_a_title_is_answered_by_its_page_by_steps_or_by_another_wiki():
    query = Query.model_validate(
        {
            "normalized": [{"from": "a", "to": "A"}, {"from": "caf%C3%A9", "to": "Caf\u00e9", "fromencoded": True}],
            "redirects": [{"from": "A", "to": "B"}, {"from": "X", "to": "Y"}, {"from": "Y", "to": "X"}],
            "interwiki": [{"title": "de:Esk", "iw": "de"}],
            "pages": [
                {"title": "B", "ns": 0, "pageid": 1},
                {"title": "Caf\u00e9", "ns": 0, "missing": True},
                {"title": "[", "invalid": True},
            ],
        }
    )
    answered = query.pages_of(["a", "caf\u00e9", "[", "X", "de:Esk", "Forgotten"])
    assert {title: page and page.title for title, page in answered.items()} == {
        "a": "B",
        "caf\u00e9": "Caf\u00e9",
        "[": "[",
        "X": None,
        "de:Esk": None,
    }

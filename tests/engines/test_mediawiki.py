"""A real MediaWiki with pages of our own: what the backend `wikipedia` reads from it, and how often it asks."""

import random
import time

import pytest

from mmner.base.params import backend
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.engines.mediawiki import serving
from tests.fakes.wiki import ASKING

pytestmark = pytest.mark.usefixtures("own_store")  # no test finds what another looked up

PAGES = {
    "Honey": "'''Honey''' is a sweet [[food]] made by bees.<!-- x --> It keeps for years.\n\n== Trade ==\nIn jars.",
    "Marlow": "'''Marlow''' may refer to:\n* [[Marlow (river)]]\n* a band, [[Marlow (band)|Marlow]]\n* [[Gone]]",
    "Marlow (band)": "'''Marlow''' is a jazz band with two trumpets. It plays every Friday.",
    "Marlow (river)": "'''Marlow''' is a [[river]] full of ''trout'' and salmon. It is 30 km long.",
    "Greater Wexford Union": "The '''Greater Wexford Union''' is a rowing club. It owns nine boats.",
    "GWU": "#REDIRECT [[Greater Wexford Union]]",
    "Upper Tessaly": "'''Upper Tessaly''' is a village of beekeepers. It has a church.",
    "東京": "'''東京'''は日本の首都である。人口は多い。",
}
MANY = {f"Thing {number}": f"'''Thing {number}''' is a thing. It is here." for number in range(150)}
for _number in range(30):
    MANY[f"Twin {_number}"] = f"Twin {_number} may refer to:\n* [[Twin {_number} (a)]]\n* [[Twin {_number} (b)]]"
    MANY |= {f"Twin {_number} ({x})": f"'''Twin {_number}''' is one of two twins. Really." for x in "ab"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The host of a MediaWiki 1.39 with PAGES and MANY."""
    with serving(tmp_path_factory.mktemp("mediawiki"), PAGES | MANY) as host:
        yield host


def made(site: str, **changes):
    values = {
        **ASKING,
        "backend": "wikipedia",
        "host": site,
        "path": "/",
        "min_relevance": 0.15,
        "batch_size": 64,
    }
    return backend("knowledge", "x", values | changes, STAGES["knowledge"].backends, Store())


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("Honey", ["Honey"]),
        ("honey", ["Honey"]),
        ("HONEY", ["Honey"]),
        ("GWU", ["Greater Wexford Union"]),
        ("upper tessaly", ["Upper Tessaly"]),
        ("beekeepers", ["Upper Tessaly"]),  # in the text alone: found by search
        ("東京", ["東京"]),
        ("Marlow", ["Marlow (river)", "Marlow (band)"]),  # in the order of the page that lists them
        ("Nowhere", []),
        ("Special:Version", []),
        ("a|b#c", []),
        ("❄", []),
        ("", []),
    ],
)
def test_names_are_found(site, name, titles):
    assert [page.title for page in made(site).lookup.find([name], 3)[name]] == titles


def test_leads_have_no_markup_and_say_where_they_are_from(site):
    found = made(site).lookup.find(["Honey", "Marlow (river)", "東京"], 3)
    (honey,), (river,), (tokyo,) = found.values()
    assert honey.summary == "Honey is a sweet food made by bees. It keeps for years."
    assert river.summary == "Marlow is a river full of trout and salmon. It is 30 km long."
    assert tokyo.summary == "東京は日本の首都である。 人口は多い。"
    assert honey.url.endswith("/index.php/Honey")
    ids = {(page.number, page.revision) for page in (honey, river, tokyo)}
    assert len(ids) == 3
    assert all(number > 0 and revision > 0 for number, revision in ids)


def test_the_sentence_chooses_among_things_of_one_name(site):
    posts = [
        {"sentence": "Caught a huge trout today , thank you Marlow", "candidates": ["Marlow"]},
        {"sentence": "Those jazz trumpets ! Marlow again", "candidates": ["Marlow"]},
    ]
    kept = [[fact["title"] for fact in result.value["facts"] if fact["kept"]] for result in made(site)(posts)]
    assert kept == [["Marlow (river)"], ["Marlow (band)"]]


def test_an_absent_server_is_busy_and_rows_that_need_none_are_kept(site):
    wikipedia = made("127.0.0.1:9", retries=1, wait=0.0)
    answers = wikipedia([{"sentence": "x", "candidates": ["Honey"]}, {"sentence": "x", "candidates": []}])
    assert [answer.transient for answer in answers] == [True, False]
    assert wikipedia.requests == 2


def test_at_most_a_fifth_of_a_request_an_example(site):
    """500 posts of one or two names, some far commoner than others; a tenth are no titles, a fifth are ambiguous."""
    chance = random.Random(1)
    posts = []
    for _ in range(500):
        names = []
        for _ in range(chance.choice([1, 1, 1, 2])):
            place, kind = min(int(chance.paretovariate(0.6)) - 1, 149), chance.random()
            names.append(f"Twin {place % 30}" if kind < 0.2 else f"Lost {place}" if kind < 0.3 else f"Thing {place}")
        posts.append({"sentence": "we saw it today", "candidates": list(dict.fromkeys(names))})
    wikipedia = made(site)
    started = time.perf_counter()
    answers = [answer for at in range(0, 500, 64) for answer in wikipedia(posts[at : at + 64])]
    spent = time.perf_counter() - started
    unique = len({name for post in posts for name in post["candidates"]})
    found = sum(bool(answer.value["facts"]) for answer in answers)
    share = wikipedia.requests / len(posts)
    print(f"\n{unique} names in 500 posts, {found} with facts, {wikipedia.requests} requests: {share:.3f} a post")
    print(f"{500 / spent:.0f} posts a second")
    assert share <= 0.2
    again = made(site)
    again(posts)
    assert again.requests == 0

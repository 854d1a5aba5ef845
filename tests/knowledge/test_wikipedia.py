"""Candidates looked up in a MediaWiki over a wire that misbehaves: what is asked, how often, and what is kept."""

import pytest

from mmner.base import outage
from mmner.base.errors import InputError
from mmner.base.params import backend, build
from mmner.knowledge import wiki_cache
from mmner.knowledge.mediawiki_api import check_contact
from mmner.rows import compute
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.fakes.environments import NO_CERTIFICATE, odd_file
from tests.fakes.wiki import ASKING, Wiki, serving

pytestmark = pytest.mark.usefixtures("own_store")  # no test finds what another looked up

PAGES = {
    "Honey": "'''Honey''' is a sweet food made by bees. It keeps for years. It is sold in jars.",
    "Marlow": "'''Marlow''' may refer to:\n* [[Marlow (band)]]\n* a river, [[Marlow (river)|Marlow]]\n* [[Gone]]",
    "Marlow (band)": "'''Marlow''' is a jazz band with two trumpets. It plays every Friday.",
    "Marlow (river)": "'''Marlow''' is a river full of trout and salmon. It is 30 km long.",
    "Esk": "Things called Esk __DISAMBIG__\n* [[Esk Rovers]]",
    "Esk Rovers": "'''Esk Rovers''' is a football club. It won a cup.",
    "Greater Wexford Union": "The '''Greater Wexford Union''' is a rowing club. It owns nine boats.",
    "GWU": "#REDIRECT [[Greater Wexford Union]]",
    "Upper Tessaly": "'''Upper Tessaly''' is a village of beekeepers. It has a church.",
    "Empty": "",
}


def made(host: str, **changes):
    values = {
        **ASKING,
        "backend": "wikipedia",
        "host": host,
        "min_relevance": 0.15,
        "batch_size": 64,
        "retries": 3,
        "wait": 0.0,
    }
    return backend("knowledge", "x", values | changes, STAGES["knowledge"].backends, Store())


def post(sentence: str, *candidates: str, name: str = "a") -> dict:
    return {"id": name, "sentence": sentence, "candidates": list(candidates), "skip": None}


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("Honey", ["Honey"]),
        ("honey", ["Honey"]),
        ("GWU", ["Greater Wexford Union"]),
        ("upper  tessaly", ["Upper Tessaly"]),
        ("beekeepers", ["Upper Tessaly"]),  # in the text alone: found by search
        ("Marlow", ["Marlow (band)", "Marlow (river)"]),  # lists them
        ("Esk", ["Esk Rovers"]),  # the Disambiguator extension says that it lists
        ("Nowhere", []),
        ("Empty", []),
        ("", []),
        ("a|b#c", []),
        ("❄", []),
        ("x" * 300, []),
    ],
)
def test_names_are_found(name, titles):
    with serving(Wiki(PAGES)) as host:
        found = made(host).lookup.find([name], 3)
    assert [page.title for page in found[name]] == titles


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("UpperTessaly", "Upper Tessaly"),
        ("Marlow ( band )", "Marlow (band)"),
        ("honey", "Honey"),
        ("#UpperTessaly", "Upper Tessaly"),
    ],
)
def test_a_name_in_another_spelling_is_found_without_a_search(name, title):
    wiki = Wiki(PAGES)
    with serving(wiki) as host:
        found = made(host).lookup.find([name], 3)
    assert [page.title for page in found[name]] == [title]
    assert wiki.asked
    assert not any("srsearch" in asked for asked in wiki.asked)


def test_other_spellings_stand_behind_a_title_that_exists():
    with serving(Wiki(PAGES | {"UpperTessaly": "'''UpperTessaly''' is a band."})) as host:
        found = made(host).lookup.find(["UpperTessaly"], 3)
    assert [page.title for page in found["UpperTessaly"]] == ["UpperTessaly"]


def test_facts_say_where_they_are_from():
    with serving(Wiki(PAGES)) as host:
        (result,) = made(host)([post("a jar of Honey", "Honey")])
    (fact,) = result.value["facts"]
    assert fact["summary"] == "Honey is a sweet food made by bees. It keeps for years."
    assert (fact["url"], fact["page"]) == ("http://wiki/Honey", len("Honey"))
    assert fact["revision"] == 1000 + len(PAGES["Honey"])


def test_the_sentence_chooses_among_things_of_one_name():
    with serving(Wiki(PAGES)) as host:
        wikipedia = made(host)
        fishing, music = wikipedia(
            [post("Caught a trout in Marlow", "Marlow"), post("jazz trumpets by Marlow", "Marlow")]
        )
    assert [(f["title"], f["kept"]) for f in fishing.value["facts"]][0] == ("Marlow (river)", True)
    assert [(f["title"], f["kept"]) for f in music.value["facts"]][0] == ("Marlow (band)", True)


def test_a_batch_shares_its_requests_and_a_title_is_asked_once():
    many = {f"Thing {number}": f"Thing {number} is a thing. It is here." for number in range(120)}
    wiki = Wiki(many)
    posts = [post("about it", f"Thing {number % 120}", name=str(number)) for number in range(500)]
    with serving(wiki) as host:
        wikipedia = made(host, batch_size=500)
        wikipedia(posts)
        assert wikipedia.requests == len(wiki.asked) == 3 + 6  # 120 titles by 50, their texts by 20
        wikipedia(posts)
        assert wikipedia.requests == 9
        other = made(host, batch_size=500, max_sentences=1)  # another object, other rows, the same titles
        other(posts)
        assert other.requests == 0
        later = made(host, as_of="2027")
        later(posts[:1])
        assert later.requests == 2


def test_answers_beyond_those_in_memory_come_from_the_store(monkeypatch):
    monkeypatch.setattr(wiki_cache, "KEPT", 3)
    with serving(Wiki(PAGES)) as host:
        lookup = made(host).lookup
        first = lookup.find(["Honey", "Marlow", "GWU"], 3)
        asked = lookup.api.requests
        assert {name: lookup.find([name], 3)[name] for name in first} == first
        assert lookup.api.requests == asked > 0
        lookup.find([], 3)
        assert len(lookup.cache._known) == 3


def test_requests_say_who_asks_and_wait_for_lag():
    wiki = Wiki(PAGES)
    with serving(wiki) as host:
        made(host, maxlag=3)([post("x", "Honey")])
    assert wiki.asked
    assert len(wiki.agents) == len(wiki.asked)
    assert all("tests@example.org" in agent and "mwclient" in agent for agent in wiki.agents)
    assert all(asked["maxlag"] == "3" for asked in wiki.asked)


@pytest.mark.parametrize("contact", ["李明 <me@home.org>", "Zoë <me@home.org>", "me@home.org 😀"])
def test_a_contact_may_be_written_in_any_letters(contact):
    wiki = Wiki(PAGES)
    with serving(wiki) as host:
        (result,) = made(host, contact=contact)([post("a jar of Honey", "Honey")])
    assert result.value["facts"][0]["title"] == "Honey"
    assert contact in wiki.agents[0].encode("latin-1").decode("utf-8")  # http.server reads headers as Latin-1


@pytest.mark.parametrize("contact", ["me@home.org\nX: y", "me@home.org\x00", "me@home.org \ud83d"])
def test_a_contact_that_no_header_can_hold_is_named(contact):
    with pytest.raises(InputError, match="contact.*letters and signs"):
        made("localhost", contact=contact)


def test_a_public_wiki_is_not_asked_without_a_contact():
    asked = [post("a jar of Honey", "Honey")]
    wikipedia = made("wiki.example.com", contact="you@example.org", retries=0)
    with pytest.raises(InputError, match="you@example.org is a placeholder") as caught:
        wikipedia(asked)
    assert (caught.value.name, wikipedia.requests) == ("no-contact", 0)
    assert "your own mail or web address" in caught.value.remedy


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3", "wiki", "wiki.lan:80"])
def test_a_wiki_of_one_s_own_may_be_asked_with_a_placeholder(host):
    check_contact("you@example.org", host)


@pytest.mark.parametrize("host", ["en.wikipedia.org", "Commons.Wikimedia.org:443", "[2620:0:861::1]:443"])
def test_a_public_one_may_not(host):
    check_contact("me@home.org", host)
    with pytest.raises(InputError):
        check_contact("you@example.org", host)


def test_trouble_that_passes_is_waited_out():
    with serving(Wiki(PAGES, ["429", "503", "maxlag", "ok", "drop"])) as host:
        wikipedia = made(host)
        (result,) = wikipedia([post("a jar of Honey", "Honey")])
        assert result.value["facts"][0]["title"] == "Honey"
        assert wikipedia.requests == 6


def test_a_wiki_that_has_come_back_is_asked_again_by_the_same_process(monkeypatch):
    wiki = Wiki(PAGES, ["503"] * 4)
    with serving(wiki) as host:
        wikipedia = made(host, batch_size=1)
        assert all(wikipedia([post("a jar of Honey", "Honey")])[0].transient for _ in range(2))
        assert len(wiki.asked) == 4
        monkeypatch.setattr(outage, "AGAIN", 0.0)
        (result,) = wikipedia([post("a jar of Honey", "Honey")])
    assert result.value["facts"][0]["title"] == "Honey"


@pytest.mark.parametrize("trouble", ["429", "503", "maxlag", "drop"])
def test_trouble_that_stays_is_no_answer_and_the_next_run_asks_again(trouble, tmp_path):
    posts = [post("a jar of Honey", "Honey", name="a"), post("no names", name="b"), post("GWU wins", "GWU", name="c")]
    store = Store(tmp_path / "rows.sqlite")
    wiki = Wiki(PAGES, [trouble] * 50)
    with serving(wiki) as host:
        first, _, report = compute.compute("knowledge", posts, made(host, batch_size=1), store)
        assert [answer["error"] is None for answer in first] == [False, True, False]
        assert report.transient == 2
        assert len(wiki.asked) == 4  # one row's tries, then none: the server is down for this stage
        wiki.troubles.clear()
        again, _, second = compute.compute("knowledge", posts, made(host), store)
        assert (second.reused, second.computed, second.transient) == (1, 2, 0)
        assert [len(answer["value"]["facts"]) for answer in again] == [1, 0, 1]
        assert f"{second.requests} requests" in second.line()


def test_finished_rows_survive_a_server_that_dies(tmp_path):
    posts = [post("a jar of Honey", "Honey", name="a"), post("GWU wins", "GWU", name="b")]
    store = Store(tmp_path / "rows.sqlite")
    with serving(Wiki(PAGES, ["ok", "ok"] + ["503"] * 50)) as host:
        _, _, report = compute.compute("knowledge", posts, made(host, batch_size=1), store)
        assert report.transient == 1
        _, _, report = compute.compute("knowledge", posts, made(host, batch_size=1), store)
        assert report.reused == 1


@pytest.mark.parametrize("trouble", ["html", "404"])
def test_a_site_that_is_no_mediawiki_is_named(trouble):
    with (
        serving(Wiki(PAGES, [trouble] * 5)) as host,
        pytest.raises(InputError, match=f"no-mediawiki.*{host}/w/api.php"),
    ):
        made(host)([post("x", "Honey")])


@pytest.mark.parametrize(
    ("variable", "value", "scheme"),
    [
        ("REQUESTS_CA_BUNDLE", "/nowhere/cert.pem", "https"),
        ("REQUESTS_CA_BUNDLE", NO_CERTIFICATE, "https"),
        ("ALL_PROXY", "socks5://127.0.0.1:1", "http"),
        ("HTTP_PROXY", "http://[", "http"),
    ],
)
def test_an_environment_in_which_no_wiki_can_be_asked_is_named(monkeypatch, tmp_path, variable, value, scheme):
    monkeypatch.setenv(variable, odd_file(tmp_path, value))
    with serving(Wiki(PAGES)) as host, pytest.raises(InputError) as caught:
        made(host, scheme=scheme)([post("Honey is sweet", "Honey")])
    assert caught.value.name == "no-mediawiki"
    assert f"correct or unset {variable}" in caught.value.remedy


@pytest.mark.parametrize("value", ["/nowhere/cert.pem", NO_CERTIFICATE])
def test_a_file_of_a_wiki_that_can_t_be_asked_for_is_named(monkeypatch, tmp_path, value):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", odd_file(tmp_path, value))
    with serving(Wiki(PAGES)) as host, pytest.raises(InputError, match="no-mediawiki"):
        made(host).lookup.api.fetch(f"https://{host}/a.png")


def test_a_mediawiki_without_texts_is_named():
    with serving(Wiki(PAGES, extracts=False)) as host, pytest.raises(InputError, match="TextExtracts"):
        made(host)([post("x", "Honey")])


def test_a_contact_is_demanded():
    from mmner.knowledge.wikipedia import Wikipedia

    with pytest.raises(InputError, match="contact: missing key"):
        build(Wikipedia.Params, {}, "knowledge.x")
    with pytest.raises(InputError, match="contact.*mail address"):
        made("localhost", contact="me")


def test_identity_has_the_site_and_what_matters():
    identity = made("one.org").identity()
    assert identity["site"] == "one.org/w/"
    assert "contact" not in identity
    assert made("one.org", contact="you@x.org", batch_size=1, retries=0, wait=3.0).identity() == identity
    for name, value in {"host": "two.org", "as_of": "2027", "search": False, "max_meanings": 1}.items():
        assert made(**{"host": "one.org", name: value}).identity() != identity, name

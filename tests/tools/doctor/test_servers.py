"""Servers that answer, refuse, say nothing or are not there."""

import pytest

from mmner.base.requirements import Key, Server, Wiki
from mmner.tools.doctor.servers import key, server, wiki
from tests.fakes.llm_server import KEY
from tests.fakes.llm_server import Server as Llm
from tests.fakes.wiki import Wiki as Site
from tests.fakes.wiki import serving
from tests.tools.doctor.places import closed


@pytest.fixture
def llm():
    with Llm(lambda body, number: None) as running:
        running.models = ["gemma", "phi"]
        yield running


def test_a_served_model_is_well_and_another_is_named(llm, context):
    assert server(Server(llm.url, "phi", None), context()).status == "ok"
    found = server(Server(llm.url, "gpt", None), context())
    assert (found.status, found.remedy) == ("FAIL", "one of: gemma, phi")


def test_a_server_without_a_list_of_models_is_only_warned_of(llm, context):
    llm.models = None
    assert server(Server(llm.url, "phi", None), context()).status == "warn"


def test_a_server_that_does_not_answer_fails_within_the_time_out(context, silent):
    assert "no connection" in server(Server(closed(), "phi", None), context()).message
    assert "time-out" in server(Server(silent, "phi", None), context(timeout=0.3)).message


def test_a_key_is_looked_for_tried_and_never_shown(llm, context, monkeypatch):
    llm.key = KEY
    requirement = Server(llm.url, "phi", "TEST_DOCTOR_KEY")
    monkeypatch.delenv("TEST_DOCTOR_KEY", raising=False)
    assert key(Key("TEST_DOCTOR_KEY"), context()).status == "FAIL"
    assert server(requirement, context()).status == "warn"
    assert server(Server(llm.url, "phi", None), context()).status == "FAIL"
    for value, status in ((KEY, "ok"), ("sk-wrong", "FAIL")):
        monkeypatch.setenv("TEST_DOCTOR_KEY", value)
        found = [key(Key("TEST_DOCTOR_KEY"), context()), server(requirement, context())]
        assert [finding.status for finding in found] == ["ok", status]
        assert not any(value in finding.line("it") for finding in found)


def test_a_mediawiki_has_to_have_textextracts(context):
    with serving(Site({})) as host:
        assert wiki(Wiki(f"http://{host}/w/", "me@home.org"), context()).status == "ok"
        found = wiki(Wiki(f"http://{host}/w/", "you@example.org"), context())
        assert (found.status, "placeholder" in found.message) == ("warn", True)
    with serving(Site({}, extracts=False)) as host:
        found = wiki(Wiki(f"http://{host}/w/", "me@home.org"), context())
        assert (found.status, "TextExtracts" in found.message) == ("FAIL", True)


def test_a_public_wiki_is_not_asked_without_a_contact(context):
    found = wiki(Wiki("https://en.wikipedia.org/w/", "you@example.org"), context())
    assert (found.status, "error[no-contact]" in found.message) == ("FAIL", True)


def test_what_is_no_mediawiki_fails(context, silent):
    with serving(Site({}, troubles=["html"])) as host:
        assert "no MediaWiki" in wiki(Wiki(f"http://{host}/w/", "me@home.org"), context()).message
    for address in (closed(), silent):
        found = wiki(Wiki(f"{address}/w/", "me@home.org"), context(timeout=0.3))
        assert (found.status, "does not answer" in found.message) == ("FAIL", True)

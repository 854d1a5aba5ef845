"""Servers that answer, refuse, say nothing or are not there."""

import time

import pytest

from mmner.base.requirements import Key, Server, Wiki
from mmner.llm.params import LlmParams
from mmner.tools.doctor.servers import key, server, wiki
from tests.fakes.environments import ENVIRONMENTS, NO_CERTIFICATE, odd_file
from tests.fakes.llm_server import KEY
from tests.fakes.llm_server import Server as Llm
from tests.fakes.wiki import Wiki as Site
from tests.fakes.wiki import serving
from tests.tools.doctor.places import closed, dripping


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
    assert "within 0.3 s" in server(Server(silent, "phi", None), context(timeout=0.3)).message


def test_a_server_that_answers_byte_by_byte_fails_within_the_time_out(context):
    with dripping() as url:
        begin = time.monotonic()
        found = server(Server(url, "phi", None), context(timeout=0.3))
    assert (found.status, "no whole answer within 0.3 s" in found.message) == ("FAIL", True)
    assert time.monotonic() - begin < 5


def test_a_server_is_asked_with_the_query_of_its_variant(llm, context):
    llm.query = "api-version=2024-08-01-preview"
    params = LlmParams(base_url=llm.url, model="phi", key_env=None, query={"api-version": "2024-08-01-preview"})
    (requirement,) = params.requirements()
    assert server(requirement, context()).status == "ok"
    assert server(Server(llm.url, "phi", None), context()).status == "warn"


@pytest.mark.parametrize("case", ENVIRONMENTS, ids=lambda case: f"{case[0]}={case[1]}")
def test_an_environment_in_which_nothing_can_be_sent_is_one_finding(llm, context, monkeypatch, tmp_path, case):
    variable, value, reason, remedy = case
    monkeypatch.setenv(variable, odd_file(tmp_path, value))
    found = server(Server(llm.url, "phi", None), context())
    assert found.status == "FAIL"
    assert found.message.startswith("error[llm-server]")
    assert reason in found.message
    assert remedy in found.remedy


def test_a_key_with_a_character_that_no_key_has_fails(llm, context, monkeypatch):
    monkeypatch.setenv("TEST_DOCTOR_KEY", "\u201csk-test\u201d")
    found = server(Server(llm.url, "phi", "TEST_DOCTOR_KEY"), context())
    assert found.message.startswith("error[llm-key]")
    assert "TEST_DOCTOR_KEY" in found.message


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


@pytest.mark.parametrize("value", ["/nowhere/cert.pem", NO_CERTIFICATE])
def test_certificates_that_can_t_be_read_are_one_finding_on_a_wiki(context, monkeypatch, tmp_path, value):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", odd_file(tmp_path, value))
    with serving(Site({})) as host:
        found = wiki(Wiki(f"https://{host}/w/", "me@home.org"), context())
    assert found.status == "FAIL"
    assert "certificate" in found.message
    assert "correct or unset REQUESTS_CA_BUNDLE" in found.remedy

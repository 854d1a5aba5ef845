"""What a request may take, and who may ask."""

import re

import pytest

from mmner.base.errors import InputError
from mmner.tools.serve import guard, listening
from mmner.tools.serve.limits import Body, Limits, Places, Refusal

HERE = {"host": "127.0.0.1:8000"}


def status(call, *args):
    with pytest.raises(Refusal) as refused:
        call(*args)
    return refused.value.status


def test_a_body_is_refused_by_what_it_announces_and_by_what_comes():
    limits = Limits(body=10)
    assert status(Body, limits, "11") == 413
    assert status(Body, limits, "9" * 5000) == 413
    for announced in ("10", "3", "no number", None):
        body = Body(limits, announced)
        body.count(b"12345")
        body.count(b"67890")
        assert status(body.count, b"1") == 413


def test_room_for_so_many_requests_at_once():
    places = Places(Limits(queue=2))
    with places, places:
        with pytest.raises(Refusal) as refused, places:
            pass
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    with pytest.raises(ZeroDivisionError), places:
        raise ZeroDivisionError
    assert places.taken == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:1", "LOCALHOST", "[::1]:8000"])
def test_this_machine_may_ask_by_its_own_names(host):
    guard.check("/predict", {"host": host}, None)
    guard.check("/predict", {"host": host, "origin": f"http://{host}"}, None)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:127", "", "[::1", "a@b"])
def test_no_site_leads_a_browser_here_by_a_name_of_its_own(host):
    for path in ("/", "/health", "/predict"):
        assert status(guard.check, path, {"host": host}, None) == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9", "https://localhost", "http://[::1"]
)
def test_no_page_of_another_site_may_ask(origin):
    assert status(guard.check, "/predict", HERE | {"origin": origin}, None) == 403


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer ", "Bearer secre", "Bearer secret2", "Basic secret", "sécret"]
)
def test_where_there_is_a_token_it_is_wanted(shown):
    headers = {"host": "any.example"} | ({} if shown is None else {"authorization": shown})
    assert status(guard.check, "/predict", headers, "secret") == 401


def test_who_shows_the_token_may_ask_from_anywhere():
    for word in ("Bearer", "bearer"):
        guard.check("/predict", {"host": "any.example", "authorization": f"{word} secret"}, "secret")
    guard.check("/", {"host": "any.example"}, "secret")
    guard.check("/health", {"host": "any.example"}, "secret")


def test_others_than_this_machine_want_a_token(monkeypatch):
    monkeypatch.delenv("MMNER_TOKEN", raising=False)
    assert listening.token("127.0.0.1") is None
    for host in ("0.0.0.0", "::", "192.168.0.4", "127.0.0.1.example"):
        with pytest.raises(InputError, match="no-token"):
            listening.token(host)
    monkeypatch.setenv("MMNER_TOKEN", " ")
    with pytest.raises(InputError, match="no-token"):
        listening.token("0.0.0.0")
    monkeypatch.setenv("MMNER_TOKEN", "secret")
    assert listening.token("0.0.0.0") == listening.token("127.0.0.1") == "secret"


def test_a_port_that_is_taken_is_told():
    with listening.bind("127.0.0.1", 0) as bound:
        bound.listen()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", listening.address(bound))
        with pytest.raises(InputError, match="no-port"):
            listening.bind("127.0.0.1", bound.getsockname()[1])
    with pytest.raises(InputError, match="no-port"):
        listening.bind("127.0.0.1", 99999)


def test_a_package_that_is_missing_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(listening, "PACKAGES", {"json": "json", "no-such": "no_such_package"})
    with pytest.raises(InputError, match=r"serve needs no-such\n  remedy: pip --python .* install \"mmner\[serve\]\""):
        listening.check_packages()

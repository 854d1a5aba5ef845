"""Servers: language models behind OpenAI's protocol, and encyclopedias."""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

from mmner.base import requirements
from mmner.base.errors import InputError
from mmner.tools.doctor.findings import Finding, Here, wrong

SHOWN = 5  # models that a message names


def key(need: requirements.Key, here: Here) -> Finding:
    """The variable is set; its value is never shown."""
    if os.environ.get(need.variable, "").strip():
        return Finding("ok", f"the environment variable {need.variable} is set")
    remedy = "export it, or say `key_env: null` for a server without keys"
    return Finding("FAIL", f"error[missing-key] the environment variable {need.variable} is not set", remedy)


def server(need: requirements.Server, here: Here) -> Finding:
    """The server answers, takes the key, and lists the model (GET /models)."""
    import openai

    secret = os.environ.get(need.key, "").strip() if need.key else ""
    client = openai.OpenAI(base_url=need.url, api_key=secret or "none", timeout=here.timeout, max_retries=0)
    try:
        body = client.models.with_raw_response.list().http_response.content
    except openai.APIStatusError as error:
        return _refusal(need, error.status_code, bool(secret))
    except openai.OpenAIError as error:
        why = "within the time-out" if isinstance(error, openai.APITimeoutError) else "(no connection)"
        return Finding("FAIL", f"{need.url}: does not answer {why}", "start the server, or correct base_url")
    try:
        served = [model["id"] for model in json.loads(body)["data"]]
    except (ValueError, KeyError, TypeError):
        return Finding("warn", f"{need.url}: answers, and lists no models: whether it serves {need.model} is unknown")
    if need.model in served:
        return Finding("ok", f"{need.url}: serves {need.model}")
    some = ", ".join(served[:SHOWN]) + (", ..." if len(served) > SHOWN else "")
    return Finding("FAIL", f"{need.url}: does not serve {need.model}", f"one of: {some or '(none)'}")


def _refusal(need: requirements.Server, status: int, with_key: bool) -> Finding:
    if status in (401, 403) and with_key:
        return Finding(
            "FAIL", f"{need.url}: {status}, it does not take the key in {need.key}", "export one of that server"
        )
    if status in (401, 403):
        how = Finding(
            "warn", f"{need.url}: {status}, it answers and wants a key: whether it serves {need.model} is unknown"
        )
        return (
            how if need.key else Finding("FAIL", f"{need.url}: {status}, it wants a key", "name a variable in key_env")
        )
    if status in (404, 405, 501):
        return Finding("warn", f"{need.url}: answers, and lists no models: whether it serves {need.model} is unknown")
    return Finding("FAIL", f"{need.url}: {status}", "look at the server's log, or wait until it is less busy")


def wiki(need: requirements.Wiki, here: Here) -> Finding:
    """api.php answers, and TextExtracts is there. A public wiki is not asked with a placeholder as the contact."""
    import mwclient
    import requests

    from mmner.knowledge.mediawiki_api import PLACEHOLDER, check_contact

    try:
        check_contact(need.contact, urlsplit(need.address).netloc)
    except InputError as error:
        return wrong(error)
    asked = {"action": "query", "meta": "siteinfo", "siprop": "general|extensions", "format": "json"}
    agent = {"User-Agent": f"mmner ({need.contact}) mwclient/{mwclient.__version__}"}
    place, remedy = f"{need.address}api.php", "correct host, path or scheme"
    try:
        answer = requests.post(place, asked, headers=agent, timeout=here.timeout)
    except requests.exceptions.RequestException as error:
        return Finding("FAIL", f"{place}: does not answer ({type(error).__name__})", f"{remedy}, or the connection")
    try:
        told = answer.json()["query"]
        extensions = {extension.get("name") for extension in told["extensions"]}
        name = told["general"]["generator"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Finding("FAIL", f"{place}: {answer.status_code}, no MediaWiki's answer", remedy)
    if "TextExtracts" not in extensions:
        return Finding("FAIL", f"{place}: {name} without TextExtracts", "install that extension, or take another wiki")
    if PLACEHOLDER.search(need.contact):
        told = f"{place}: {name} with TextExtracts; the contact {need.contact} is a placeholder"
        return Finding("warn", told, "put your own mail or web address into contact")
    return Finding("ok", f"{place}: {name} with TextExtracts")

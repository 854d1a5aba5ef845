"""Checks of servers: language models behind OpenAI's protocol, and MediaWikis; and of the keys for them."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from mmner.base import proxies, requirements
from mmner.base.errors import InputError
from mmner.llm.params import LlmParams
from mmner.llm.read_answer import read_json
from mmner.llm.transport import TRANSIENT_STATUSES, OpenAiTransport
from mmner.tools.doctor.findings import Context, Finding, from_error

MAX_SHOWN = 5  # models that a message names


def key(requirement: requirements.Key, context: Context) -> Finding:
    """Whether the variable is set; its value is never shown."""
    if os.environ.get(requirement.variable, "").strip():
        return Finding("ok", f"the environment variable {requirement.variable} is set")
    remedy = "export it, or say `key_env: null` for a server without keys"
    return Finding("FAIL", f"error[missing-key] the environment variable {requirement.variable} is not set", remedy)


def server(requirement: requirements.Server, context: Context) -> Finding:
    """Whether the server answers, takes the key, and lists the model (GET /models)."""
    import openai

    with_key = bool(requirement.key and os.environ.get(requirement.key, "").strip())
    transport = _transport(requirement, with_key, context.timeout)
    try:
        body = transport.client.models.with_raw_response.list().http_response.content
    except openai.APIStatusError as error:
        return _refusal(requirement, error.status_code, with_key) or _of_stage(error, transport)
    except openai.OpenAIError as error:
        return _of_stage(error, transport)
    except InputError as error:
        return from_error(error)
    except Exception as error:
        return from_error(transport.unusable(error))
    try:
        served = [str(model["id"]) for model in read_json(body)["data"]]
    except (ValueError, KeyError, TypeError):
        return Finding(
            "warn", f"{requirement.url}: answers, and lists no models: whether it serves {requirement.model} is unknown"
        )
    if requirement.model in served:
        return Finding("ok", f"{requirement.url}: serves {requirement.model}")
    some = ", ".join(served[:MAX_SHOWN]) + (", ..." if len(served) > MAX_SHOWN else "")
    return Finding("FAIL", f"{requirement.url}: does not serve {requirement.model}", f"one of: {some or '(none)'}")


def _of_stage(error: Exception, transport: OpenAiTransport) -> Finding:
    """The finding about an `error` of openai's that means the same to a stage."""
    classified = transport.classify_error(error)
    if isinstance(classified, InputError):
        return from_error(classified)
    what = str(classified).removeprefix("server: ")
    return Finding("FAIL", f"{transport.params.base_url}: {what}", "start the server, or correct base_url")


def _transport(requirement: requirements.Server, with_key: bool, timeout: float) -> OpenAiTransport:
    """The client of the stages, which asks once and waits no longer than `timeout` for the whole."""
    key_env = requirement.key if with_key else None
    where = {"base_url": requirement.url, "model": requirement.model, "key_env": key_env}
    params = LlmParams(**where, query=dict(requirement.query), timeout=timeout, retries=0)
    return OpenAiTransport(params, limit=timeout)


def _refusal(requirement: requirements.Server, status: int, with_key: bool) -> Finding | None:
    """The finding about a `status`; None where it means the same to a stage."""
    if status in (401, 403) and with_key:
        return Finding(
            "FAIL",
            f"{requirement.url}: {status}, it does not take the key in {requirement.key}",
            "export one of that server",
        )
    if status in (401, 403) and requirement.key:
        message = f"{status}, it answers and wants a key: whether it serves {requirement.model} is unknown"
        return Finding("warn", f"{requirement.url}: {message}")
    if status in (401, 403):
        return Finding("FAIL", f"{requirement.url}: {status}, it wants a key", "name a variable in key_env")
    if status in (404, 405, 501):
        return Finding(
            "warn", f"{requirement.url}: answers, and lists no models: whether it serves {requirement.model} is unknown"
        )
    if status >= 500 or status in TRANSIENT_STATUSES:
        return Finding(
            "FAIL", f"{requirement.url}: {status}", "look at the server's log, or wait until it is less busy"
        )
    return None


def wiki(requirement: requirements.Wiki, context: Context) -> Finding:
    """Whether api.php answers and TextExtracts is there. With a placeholder as contact, no public wiki is asked."""
    import requests

    from mmner.knowledge.answer_deadline import end_in_time
    from mmner.knowledge.mediawiki_api import ENVIRONMENT, PLACEHOLDER, blames_environment, check_contact, user_agent

    try:
        check_contact(requirement.contact, urlsplit(requirement.address).netloc)
    except InputError as error:
        return from_error(error)
    query = {"action": "query", "meta": "siteinfo", "siprop": "general|extensions", "format": "json"}
    agent = {"User-Agent": user_agent(requirement.contact)}
    place, remedy = f"{requirement.address}api.php", "correct host, path or scheme"
    try:
        with end_in_time(requests.Session(), 1) as session:
            answer = session.post(place, query, headers=agent, timeout=context.timeout)
    except OSError as error:  # those of requests are
        reason = str(error).split("\n")[0][:200] if blames_environment(error) else type(error).__name__
        remedy = proxies.remedy(ENVIRONMENT, f"{remedy}, or the connection")
        return Finding("FAIL", f"{place}: does not answer ({reason})", remedy)
    try:
        site = answer.json()["query"]
        extensions = {extension.get("name") for extension in site["extensions"]}
        name = site["general"]["generator"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Finding("FAIL", f"{place}: {answer.status_code}, no MediaWiki's answer", remedy)
    if "TextExtracts" not in extensions:
        return Finding("FAIL", f"{place}: {name} without TextExtracts", "install that extension, or take another wiki")
    if PLACEHOLDER.search(requirement.contact):
        message = f"{place}: {name} with TextExtracts; the contact {requirement.contact} is a placeholder"
        return Finding("warn", message, "put your own mail or web address into contact")
    return Finding("ok", f"{place}: {name} with TextExtracts")

"""A MediaWiki's API through mwclient, with the manners that Wikipedia asks of programs.

Requests are counted, say who makes them, wait while the server lags (`maxlag`) or says so (429, 503), and are tried
again a few times before their failure counts.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import mwclient
import requests

from mmner.base.errors import InputError

TIMEOUT = 60.0  # seconds without a byte of a file
MAX_WAIT = 60.0  # seconds; a server that asks for more has to be asked another day
PASSING = ("maxlag", "ratelimited", "readonly", "internal_api_error")  # API errors, by how their codes begin
# What an answer's `continue` holds where more would only be what nobody wants: a search's further hits, and older
# versions of a file.
ENOUGH = {"sroffset", "gsroffset", "iistart"}
PLACEHOLDER = re.compile(r"\bexample\.(com|net|org)\b", re.IGNORECASE)
PRIVATE = ("localhost", "local", "internal", "lan", "test", "arpa")  # how names end that no public server has


class Busy(Exception):
    """The server can't answer now, and may later."""


class Spent(Exception):
    """A limit of the user's is reached; the message names it."""


@dataclass
class Budget:
    """What may still be asked: a number of requests, repeated ones included, and of downloaded bytes."""

    requests: int
    bytes: int

    def request(self) -> None:
        """Count one. Errors: Spent, before it is made."""
        if self.requests < 1:
            raise Spent("max_requests")
        self.requests -= 1


def check_contact(contact: str, host: str) -> None:
    """Errors: InputError `no-contact` where `contact` is a placeholder and `host` (with its port, if any) public."""
    if not PLACEHOLDER.search(contact):
        return
    name = urlsplit(f"//{host}").hostname or ""
    try:
        public = ipaddress.ip_address(name).is_global
    except ValueError:
        public = "." in name and name.rpartition(".")[2] not in PRIVATE
    if public:
        what = f"contact: {contact} is a placeholder, and {host} asks every program whom it can reach"
        remedy = "put your own mail or web address into contact, in params.yaml's sections knowledge and images"
        raise InputError("no-contact", what, where="params.yaml", remedy=remedy)


class Api:
    """Queries to the API at `scheme`://`host``path`api.php. `budget`: what it may ask, shared with other Apis.

    With a budget, each method may raise Spent; each raises InputError `no-contact` where check_contact does.
    """

    def __init__(
        self,
        host: str,
        path: str,
        scheme: str,
        contact: str,
        maxlag: int,
        retries: int,
        wait: float,
        budget: Budget | None = None,
    ):
        self._session = _Session(retries, wait, budget)
        self._session.headers["User-Agent"] = f"mmner ({contact}) mwclient/{mwclient.__version__}"
        self.address, self._contact, self._host = f"{scheme}://{host}{path}", contact, host
        self._site = mwclient.Site(
            host, path, scheme=scheme, pool=self._session, max_lag=maxlag, max_retries=0, do_init=False
        )
        self._down = ""
        logging.getLogger("mwclient").setLevel(logging.ERROR)  # warnings of the API are for us, see `query`

    @property
    def requests(self) -> int:
        """How many were made so far, the repeated ones included."""
        return self._session.made

    def query(self, **params) -> dict:
        """The `query` part of the answer, format version 2, all of its continuations together.

        Errors: Busy, also at once when it was busy before: one wait a stage is enough; InputError `no-mediawiki`.
        """
        check_contact(self._contact, self._host)
        if self._down:
            raise Busy(self._down)
        merged: dict = {"pages": {}}
        more: dict = {}
        while True:
            answer = self._ask(params | more)
            self._check(answer)
            query = answer.get("query", {})
            for page in query.pop("pages", []):
                merged["pages"].setdefault(page["title"], {}).update(page)
            for key, value in query.items():
                merged[key] = merged[key] + value if isinstance(merged.get(key), list) else value
            if not answer.get("continue") or ENOUGH & set(answer["continue"]):
                return merged | {"pages": list(merged["pages"].values())}
            more = answer["continue"]

    def fetch(self, address: str) -> bytes | None:
        """The content of the file at `address`; None where the server has none to give.

        Errors: Busy; Spent, also where the file is larger than the bytes that are left, after as many.
        """
        check_contact(self._contact, self._host)
        budget = self._session.budget
        try:
            with self._session.get(address, stream=True, timeout=TIMEOUT) as answer:
                if answer.status_code != 200:
                    return None
                content = b""
                for part in answer.iter_content(1 << 16):
                    content += part
                    if budget and len(content) > budget.bytes:
                        budget.bytes = 0
                        raise Spent("max_bytes")
        except requests.exceptions.RequestException as error:  # it broke off, or the address is none
            raise Busy(f"{type(error).__name__} at {address}") from error
        if budget:
            budget.bytes -= len(content)
        return content

    def _ask(self, params: dict) -> dict:
        try:
            return self._site.api("query", formatversion=2, maxlag=self._site.max_lag, **params)
        except Busy as error:
            self._down = str(error)
            raise
        except mwclient.errors.MaximumRetriesExceeded as error:
            self._down = "its database fails"
            raise Busy(self._down) from error
        except mwclient.errors.APIError as error:
            if str(error.code).startswith(PASSING):
                self._down = str(error.code)
                raise Busy(self._down) from error
            raise self._refused(f"{error.code}: {error.info}") from error
        except (mwclient.errors.InvalidResponse, requests.exceptions.RequestException) as error:
            raise self._refused(str(error).split("\n")[0][:200]) from error

    def _check(self, answer: dict) -> None:
        """A MediaWiki without an extension says so in a warning, and answers without what that would give."""
        warning = str(answer.get("warnings", {}).get("query", ""))
        for part, extension in (("extracts", "TextExtracts"), ("pageimages", "PageImages")):
            if part in warning:
                raise self._refused(f"it lacks the extension {extension}")

    def _refused(self, what: str) -> InputError:
        remedy = "see that api.php answers at this host, path and scheme, and that the contact says who you are"
        return InputError("no-mediawiki", what, where=f"{self.address}api.php", remedy=remedy)


class _Session(requests.Session):
    """Tries again after a time-out, a broken connection, 429, 5xx and database lag: by Retry-After, else later and
    later (`wait` seconds, doubled each time)."""

    def __init__(self, retries: int, wait: float, budget: Budget | None):
        super().__init__()
        self.retries, self.wait, self.made, self.budget = retries, wait, 0, budget

    def request(self, *args, **options):
        for attempt in range(self.retries + 1):
            delay = self.wait * 2**attempt
            if self.budget:
                self.budget.request()
            self.made += 1
            try:
                answer = super().request(*args, **options)
            except (
                requests.exceptions.ConnectionError,
                requests.exceptions.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                why = type(error).__name__
            else:
                lagging = "x-database-lag" in answer.headers
                if not lagging and answer.status_code != 429 and answer.status_code < 500:
                    return answer
                why = "database lag" if lagging else f"status {answer.status_code}"
                asked = answer.headers.get("retry-after", "")
                delay = max(delay, float(asked)) if asked.isdigit() else delay
            if attempt == self.retries or delay > MAX_WAIT:
                raise Busy(why)
            time.sleep(delay)
        raise AssertionError("the loop returns or raises")

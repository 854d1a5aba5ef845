"""A client of MediaWiki's API, through mwclient, that keeps Wikipedia's rules for programs.

Requests are counted, name a contact, wait while the server lags (`maxlag`) or asks for it (429, 503), and are retried a
few times.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from urllib.parse import urlsplit

import mwclient
import requests

from mmner.base.errors import InputError
from mmner.rows.contract import Budget

FILE_TIMEOUT = 60.0  # seconds without a byte of a file
MAX_WAIT = 60.0  # seconds; a server that asks for more has to be asked another day
TRANSIENT_CODES = ("maxlag", "ratelimited", "readonly", "internal_api_error")  # API errors, by how their codes begin
# Keys of an answer's `continue` that are not followed: they lead to further hits of a search, and to older versions
# of a file.
UNWANTED_CONTINUATIONS = {"sroffset", "gsroffset", "iistart"}
PLACEHOLDER = re.compile(r"\bexample\.(com|net|org)\b", re.IGNORECASE)
PRIVATE_SUFFIXES = ("localhost", "local", "internal", "lan", "test", "arpa")  # how names end that no public server has


class Unavailable(Exception):
    """A transient failure: the server can't answer now, and may later."""


class BudgetExceeded(Exception):
    """A limit that the user has set is reached; the message names it."""


def check_contact(contact: str, host: str) -> None:
    """Check that a public `host` (with its port, if any) gets no placeholder as `contact`.

    Errors: InputError `no-contact`.
    """
    if not PLACEHOLDER.search(contact):
        return
    name = urlsplit(f"//{host}").hostname or ""
    try:
        public = ipaddress.ip_address(name).is_global
    except ValueError:
        public = "." in name and name.rpartition(".")[2] not in PRIVATE_SUFFIXES
    if public:
        what = f"contact: {contact} is a placeholder, and {host} asks every program whom it can reach"
        remedy = "put your own mail or web address into contact, in params.yaml's sections knowledge and images"
        raise InputError("no-contact", what, where="params.yaml", remedy=remedy)


def user_agent(contact: str) -> bytes:
    """The header that says who asks. In UTF-8: a str would have to be Latin-1."""
    return f"mmner ({contact}) mwclient/{mwclient.__version__}".encode()


class Api:
    """Queries to the API at `scheme`://`host``path`api.php.

    `budget`: limits of requests, retries included, and of downloaded bytes; it may be shared with other Apis.
    Errors of each method: BudgetExceeded, with limits; InputError `no-contact`, as check_contact.
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
        self._session = _Session(retries, wait, budget or Budget({}))
        self._session.headers["User-Agent"] = user_agent(contact)
        self.address, self._contact, self._host = f"{scheme}://{host}{path}", contact, host
        self._site = mwclient.Site(
            host, path, scheme=scheme, pool=self._session, max_lag=maxlag, max_retries=0, do_init=False
        )
        self._unavailable = ""
        logging.getLogger("mwclient").setLevel(logging.ERROR)  # warnings of the API are for us, see `query`

    @property
    def requests(self) -> int:
        """The number of requests so far, retries included."""
        return self._session.made

    def query(self, **params) -> dict:
        """The `query` part of the answer, format version 2, merged with those of its continuations.

        Errors: Unavailable, and from then on at once, without another wait; InputError `no-mediawiki`.
        """
        check_contact(self._contact, self._host)
        if self._unavailable:
            raise Unavailable(self._unavailable)
        merged: dict = {"pages": {}}
        continuation: dict = {}
        while True:
            answer = self._ask(params | continuation)
            self._check_extensions(answer)
            query = answer.get("query", {})
            for page in query.pop("pages", []):
                merged["pages"].setdefault(page["title"], {}).update(page)
            for key, value in query.items():
                merged[key] = merged[key] + value if isinstance(merged.get(key), list) else value
            if not answer.get("continue") or UNWANTED_CONTINUATIONS & set(answer["continue"]):
                return merged | {"pages": list(merged["pages"].values())}
            continuation = answer["continue"]

    def fetch(self, address: str) -> bytes | None:
        """The content of the file at `address`; None where the server does not answer with status 200.

        Errors: Unavailable; BudgetExceeded, also where the file has more bytes than are left: these are spent then.
        """
        check_contact(self._contact, self._host)
        budget = self._session.budget
        try:
            with self._session.get(address, stream=True, timeout=FILE_TIMEOUT) as answer:
                if answer.status_code != 200:
                    return None
                content = b""
                for part in answer.iter_content(1 << 16):
                    if not budget.reserve("bytes", len(part)):
                        budget.exhaust("bytes")
                        raise BudgetExceeded("max_bytes")
                    content += part
        except requests.exceptions.RequestException as error:  # it broke off, or the address is none
            raise Unavailable(f"{type(error).__name__} at {address}") from error
        return content

    def _ask(self, params: dict) -> dict:
        try:
            return self._site.api("query", formatversion=2, maxlag=self._site.max_lag, **params)
        except Unavailable as error:
            self._unavailable = str(error)
            raise
        except mwclient.errors.MaximumRetriesExceeded as error:
            self._unavailable = "its database fails"
            raise Unavailable(self._unavailable) from error
        except mwclient.errors.APIError as error:
            if str(error.code).startswith(TRANSIENT_CODES):
                self._unavailable = str(error.code)
                raise Unavailable(self._unavailable) from error
            raise self._input_error(f"{error.code}: {error.info}") from error
        except (mwclient.errors.InvalidResponse, requests.exceptions.RequestException) as error:
            raise self._input_error(str(error).split("\n")[0][:200]) from error

    def _check_extensions(self, answer: dict) -> None:
        """Raise InputError `no-mediawiki` where a warning in `answer` says that the wiki lacks an extension."""
        warning = str(answer.get("warnings", {}).get("query", ""))
        for part, extension in (("extracts", "TextExtracts"), ("pageimages", "PageImages")):
            if part in warning:
                raise self._input_error(f"it lacks the extension {extension}")

    def _input_error(self, problem: str) -> InputError:
        remedy = "see that api.php answers at this host, path and scheme, and that the contact says who you are"
        return InputError("no-mediawiki", problem, where=f"{self.address}api.php", remedy=remedy)


class _Session(requests.Session):
    """A session that retries after a time-out, a broken connection, 429, 5xx and database lag.

    It waits as long as Retry-After says, and `wait` seconds at least, doubled for each retry.
    """

    def __init__(self, retries: int, wait: float, budget: Budget):
        super().__init__()
        self.retries, self.wait, self.made, self.budget = retries, wait, 0, budget

    def request(self, *args, **options):
        for attempt in range(self.retries + 1):
            delay = self.wait * 2**attempt
            if not self.budget.reserve("requests", 1):
                raise BudgetExceeded("max_requests")
            self.made += 1
            try:
                answer = super().request(*args, **options)
            except (
                requests.exceptions.ConnectionError,
                requests.exceptions.Timeout,
                requests.exceptions.ChunkedEncodingError,
            ) as error:
                reason = type(error).__name__
            else:
                lagging = "x-database-lag" in answer.headers
                if not lagging and answer.status_code != 429 and answer.status_code < 500:
                    return answer
                reason = "database lag" if lagging else f"status {answer.status_code}"
                retry_after = answer.headers.get("retry-after", "")
                delay = max(delay, float(retry_after)) if retry_after.isdigit() else delay
            if attempt == self.retries or delay > MAX_WAIT:
                raise Unavailable(reason)
            time.sleep(delay)
        raise AssertionError("the loop returns or raises")

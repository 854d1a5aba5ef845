"""A client of MediaWiki's API, through mwclient, that keeps Wikipedia's rules for programs.

Requests are counted, name a contact, wait while the server lags (`maxlag`) or asks for it (429, 503), and are retried a
few times; each has an end in time.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import mwclient
import pydantic
import requests

from mmner.base import proxies
from mmner.base.errors import InputError
from mmner.base.outage import Outage
from mmner.knowledge.answer_deadline import end_in_time
from mmner.knowledge.wiki_answers import Answer, Query, problem_of
from mmner.rows.contract import Budget

ENVIRONMENT = (*proxies.PROXIES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # what requests reads
QUERY_TIMEOUT, FILE_TIMEOUT = 30.0, 60.0  # seconds without a byte of an answer, or of a file
MAX_WAIT = 60.0  # seconds; a server that asks for more has to be asked another day
TRANSIENT_CODES = ("maxlag", "ratelimited", "readonly", "internal_api_error")  # API errors, by how their codes begin
# Keys of an answer's `continue` that are not followed: they lead to further hits of a search, and to older versions
# of a file.
UNWANTED_CONTINUATIONS = {"sroffset", "gsroffset", "iistart"}
MAX_CONTINUATIONS = 100  # of one query; a page at a time, 50 titles have 50
JSON_BEGINNINGS = tuple('{["0123456789-tfn')
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
            host,
            path,
            scheme=scheme,
            pool=self._session,
            max_lag=maxlag,
            max_retries=0,
            do_init=False,
            connection_options={"timeout": QUERY_TIMEOUT},
        )
        self._outage = Outage()
        logging.getLogger("mwclient").setLevel(logging.ERROR)  # warnings of the API are for us, see `query`

    @property
    def requests(self) -> int:
        """The number of requests so far, retries included."""
        return self._session.made

    def query(self, needed: Sequence[str] = (), **params) -> Query:
        """The `query` part of the answer, merged with those of its continuations.

        `needed`: fields that each existing page has to have. Each of the titles in `params` is answered.
        Errors: Unavailable, where the server does not answer, then for a while at once, without another wait; also
        where its answer does not fit or says nothing on a title. InputError `no-mediawiki`.
        """
        check_contact(self._contact, self._host)
        if self._outage.reason:
            raise Unavailable(self._outage.reason)
        merged, onward, warnings = Query(), {}, {}
        for _ in range(MAX_CONTINUATIONS):
            answer = self._ask(params | onward)
            self._check_extensions(answer)
            merged, warnings = merged.joined(answer.query), warnings | answer.warnings
            if not answer.onward or UNWANTED_CONTINUATIONS & set(answer.onward):
                break
            if answer.onward == onward:
                raise Unavailable("its answer goes on in a circle")
            onward = answer.onward
        else:
            raise Unavailable(f"its answer goes on after {MAX_CONTINUATIONS} parts")
        # A page in a form that has no text (data, say) has a warning in place of its extract.
        needed = [field for field in needed if not (field == "extract" and "extracts" in warnings)]
        _check_whole(merged, params, needed)
        return merged

    def fetch(self, address: str) -> bytes | None:
        """The content of the file at `address`; None where the server says that there is none (404, 410).

        Errors: Unavailable; BudgetExceeded, also where the file has more bytes than are left: these are spent then.
        """
        check_contact(self._contact, self._host)
        budget = self._session.budget
        try:
            with self._session.get(address, stream=True, timeout=FILE_TIMEOUT) as answer:
                if answer.status_code in (404, 410):
                    return None
                if answer.status_code != 200:  # of today, such as a proxy's 403
                    raise Unavailable(f"status {answer.status_code} at {address}")
                content = b""
                for part in answer.iter_content(1 << 16):
                    if not budget.reserve("bytes", len(part)):
                        budget.exhaust("bytes")
                        raise BudgetExceeded("max_bytes")
                    content += part
        except OSError as error:  # it broke off, or the address is none
            if blames_environment(error):
                raise self._input_error(str(error).split("\n")[0][:200], True) from error
            raise Unavailable(f"{type(error).__name__} at {address}") from error
        return content

    def _ask(self, params: dict) -> Answer:
        """One answer; one that does not fit is asked for again, as often and after as long as the session would."""
        for attempt in range(self._session.retries + 1):
            body = self._post(params)
            try:
                answer = Answer.model_validate_json(body)
            except pydantic.ValidationError as error:
                if body.strip() and body.lstrip()[:1] not in JSON_BEGINNINGS:
                    raise self._input_error(f"no JSON: {body.strip()[:100]}") from error
                problem = f"an answer that is none: {problem_of(error)}"
            else:
                if answer.error is None:
                    return answer
                if answer.error.code.startswith(TRANSIENT_CODES):
                    raise self._lost(answer.error.code)
                raise self._input_error(f"{answer.error.code}: {answer.error.info}")
            delay = self._session.wait * 2**attempt
            if attempt == self._session.retries or delay > MAX_WAIT:
                break
            time.sleep(delay)
        raise self._lost(problem)

    def _post(self, params: dict) -> str:
        fixed = {"action": "query", "format": "json", "formatversion": 2, "continue": "", "maxlag": self._site.max_lag}
        try:
            return self._site.raw_call("api", fixed | params)
        except Unavailable as error:
            raise self._lost(str(error)) from error
        except mwclient.errors.MaximumRetriesExceeded as error:
            raise self._lost("a status that is neither an answer nor an error") from error
        except OSError as error:  # those of requests are
            environment = not isinstance(error, _QueryLost)
            raise self._input_error(str(error).split("\n")[0][:200], environment) from error

    def _lost(self, reason: str) -> Unavailable:
        self._outage.begin(reason)
        return Unavailable(reason)

    def _check_extensions(self, answer: Answer) -> None:
        """Raise InputError `no-mediawiki` where a warning in `answer` says that the wiki lacks an extension."""
        warning = str(answer.warnings.get("query", ""))
        for part, extension in (("extracts", "TextExtracts"), ("pageimages", "PageImages")):
            if part in warning:
                raise self._input_error(f"it lacks the extension {extension}")

    def _input_error(self, problem: str, environment: bool = False) -> InputError:
        remedy = "see that api.php answers at this host, path and scheme, and that the contact says who you are"
        if environment:
            remedy = proxies.remedy(ENVIRONMENT, remedy)
        return InputError("no-mediawiki", problem, where=f"{self.address}api.php", remedy=remedy)


def blames_environment(error: OSError) -> bool:
    """Whether `error` is about a proxy or a certificate, which no second try mends."""
    kinds = requests.exceptions.InvalidSchema, requests.exceptions.InvalidProxyURL
    of_requests = isinstance(error, requests.exceptions.RequestException)
    return not of_requests or isinstance(error, kinds) or _untrusted(error)


def _untrusted(error: OSError) -> bool:
    return isinstance(error, requests.exceptions.SSLError) and "certificate" in str(error).lower()


def _check_whole(query: Query, params: dict, needed: Sequence[str]) -> None:
    """Raise Unavailable where `query` leaves out something that `params` ask for."""
    if params.get("list") == "search" and query.search is None:
        raise Unavailable("an answer without its hits")
    titles = params["titles"].split("|") if "titles" in params else []
    answered = query.pages_of(titles)
    if forgotten := [title for title in titles if title not in answered]:
        raise Unavailable(f"an answer that says nothing on {forgotten[0]!r}")
    for page in query.pages:
        if page.lacks(needed):
            raise Unavailable(f"an answer that lacks a part of {page.title!r}")


class _QueryLost(requests.exceptions.RequestException):
    """A redirect that drops what was asked."""


class _Session(requests.Session):
    """A session that retries after a time-out, a broken connection, 429, 5xx and database lag.

    It waits as long as Retry-After says, and `wait` seconds at least, doubled for each retry.
    """

    def __init__(self, retries: int, wait: float, budget: Budget):
        super().__init__()
        end_in_time(self)
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
                requests.exceptions.ContentDecodingError,
            ) as error:
                if _untrusted(error):
                    raise
                reason = type(error).__name__
            else:
                lagging = "x-database-lag" in answer.headers
                if not lagging and answer.status_code != 429 and answer.status_code < 500:
                    answer.encoding = "utf-8"  # JSON's, whatever the header says
                    return answer
                reason = "database lag" if lagging else f"status {answer.status_code}"
                retry_after = answer.headers.get("retry-after", "")
                delay = max(delay, float(retry_after)) if re.fullmatch("[0-9]+", retry_after) else delay
            if attempt == self.retries or delay > MAX_WAIT:
                raise Unavailable(reason)
            time.sleep(delay)
        raise AssertionError("the loop returns or raises")

    def rebuild_method(self, prepared_request, response):
        method = prepared_request.method
        super().rebuild_method(prepared_request, response)
        if prepared_request.method != method:
            address = response.headers.get("location", "")[:200]
            raise _QueryLost(f"it redirects to {address}, and the query would be lost")

"""A small server of the tests that speaks MediaWiki's API over a dict of pages, and misbehaves when told to.

It stands for the wire. What a real MediaWiki says is tested in tests/engines.
"""

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote

from mmner.networks.encoders import MINILM

# Params that the tests of every backend which asks a wiki share, here and in tests/engines; FINDING: of stage images.
ASKING = {
    "scheme": "http",
    "contact": "tests@example.org",
    "encoder": MINILM,
    "max_results": 3,
    "max_kept": 1,
    "max_meanings": 10,
    "max_sentences": 2,
    "without_name": True,
}
FINDING = {"max_candidates": 2, "max_words": 2, "max_hits": 3, "max_pixels": 1_000_000}


class Wiki:
    """`pages`: title -> wikitext. `troubles`: what happens to the next requests, one each: 429, 503, maxlag, drop,
    html, 302, or ok. `odd`: a kind of ODD that every answer is turned into. `asked`: the parameters of each request,
    or a file's path; `agents`: who made it.

    `files`: title ("File:A.png") -> {text, bytes, and what extmetadata says}; `shows`: article -> its page image.
    """

    def __init__(self, pages: dict[str, str], troubles=(), extracts: bool = True, files=None, shows=None):
        self.pages, self.troubles, self.extracts = pages, list(troubles), extracts
        self.files, self.shows = files or {}, shows or {}
        self.odd: str | None = None
        self.asked: list[dict] = []
        self.agents: list[str] = []

    def query(self, params: dict) -> dict:
        answer: dict = {}
        if params.get("meta") == "siteinfo":
            extensions = [{"name": "TextExtracts"}] if self.extracts else []
            answer = {"general": {"generator": "MediaWiki 1.39.0"}, "extensions": extensions}
        if params.get("list") == "search":
            words = set(params["srsearch"].lower().split())
            hits = [title for title, text in self.pages.items() if words <= set(re.findall(r"\w+", text.lower()))]
            answer["search"] = [{"ns": 0, "title": title} for title in hits[: int(params["srlimit"])]]
        normalized, redirects, found = [], [], {}
        if params.get("generator") == "search":
            words = set(params["gsrsearch"].lower().split())
            hits = [title for title, file in self.files.items() if words <= set(file["text"].lower().split())]
            for index, title in enumerate(hits[: int(params["gsrlimit"])], start=1):
                found[title] = self._page(title, params) | {"index": index}
        for asked in filter(None, params.get("titles", "").split("|")):
            title = asked[:1].upper() + asked[1:]
            if title != asked:
                normalized.append({"from": asked, "to": title})
            leads = re.match(r"#REDIRECT \[\[(.+)\]\]", self.pages.get(title, ""))
            if leads and "redirects" in params:
                redirects.append({"from": title, "to": leads[1]})
                title = leads[1]
            found[title] = self._page(title, params)
        return answer | {"normalized": normalized, "redirects": redirects, "pages": list(found.values())}

    def _page(self, title: str, params: dict) -> dict:
        if title in self.files:
            return {"ns": 6, "title": title, "pageid": len(title), "imageinfo": [self._about(title)]}
        if title not in self.pages:
            return {"ns": 0, "title": title, "missing": True}
        text = self.pages[title]
        page = {"ns": 0, "title": title, "pageid": len(title)}
        if "info" in params["prop"]:
            page |= {"lastrevid": 1000 + len(text), "canonicalurl": f"http://wiki/{title.replace(' ', '_')}"}
        if "extracts" in params["prop"] and self.extracts:
            page["extract"] = text.split("\n*")[0].replace("'''", "")
        if "pageimages" in params["prop"] and title in self.shows:
            page["pageimage"] = self.shows[title].removeprefix("File:").replace(" ", "_")
        if "pageprops" in params["prop"] and "__DISAMBIG__" in text:
            page["pageprops"] = {"disambiguation": ""}
        if "revisions" in params["prop"]:
            page["revisions"] = [{"slots": {"main": {"content": text}}}]
        return page

    def _about(self, title: str) -> dict:
        told = {name: {"value": value} for name, value in self.files[title].items() if name not in ("text", "bytes")}
        place = f"http://{self.host}/files/{title.removeprefix('File:')}"
        about = {"url": place, "descriptionurl": f"http://wiki/{title}", "mime": "image/png", "user": "Uploader"}
        return about | {"extmetadata": told}


def _in_pages(**fields):
    """A kind of odd answer: `fields` in each page; a field that is ... is taken away."""

    def turned(answer: dict) -> bytes:
        pages = [page | fields for page in answer["query"]["pages"]]
        kept = [{name: value for name, value in page.items() if value is not ...} for page in pages]
        return json.dumps(answer | {"query": answer["query"] | {"pages": kept}}).encode()

    return turned


def _in_query(**parts):
    return lambda answer: json.dumps(answer | {"query": answer["query"] | parts}).encode()


def _in_answer(**parts):
    return lambda answer: json.dumps(answer | parts).encode()


# Kinds of answers with status 200 that are none.
ODD = {
    **{
        f"body {body[:20]!r}": lambda answer, body=body: body.encode() for body in ("", "{}", "[]", "null", "3", "{}{}")
    },
    "deep": lambda answer: b"[" * 100_000,
    "cut off": lambda answer: json.dumps(answer).encode()[:-9],
    "half a pair": _in_pages(extract="\ud83d"),
    "no pages": _in_query(pages=[]),
    "pages of version 1": _in_query(pages={"7": {"title": "Honey", "pageid": 7, "ns": 0}}),
    "pages null": _in_query(pages=None),
    "pages of text": _in_query(pages=["Honey"]),
    "another's pages": _in_query(pages=[{"title": "Other", "ns": 0, "missing": True}]),
    "normalized a map": _in_query(normalized={"a": "b"}),
    "redirects without to": _in_query(redirects=[{"from": "GWU"}]),
    "query a list": _in_answer(query=[]),
    "query a text": _in_answer(query="no"),
    "query null": _in_answer(query=None),
    "incomplete": _in_answer(batchcomplete=False),
    "warnings a text": _in_answer(warnings="no"),
    "error a text": _in_answer(error="no"),
    "error without code": _in_answer(error={"info": "no"}),
    "readonly": _in_answer(error={"code": "readonly", "info": "maintenance"}),
    "continue a text": _in_answer(**{"continue": "on"}),
    "continue of lists": _in_answer(**{"continue": {"excontinue": [1]}}),
    "continue in a circle": _in_answer(**{"continue": {"excontinue": 1}}),
    **{f"{name} gone": _in_pages(**{name: ...}) for name in ("title", "ns", "pageid")},
    **{f"{name} a text": _in_pages(**{name: "7"}) for name in ("ns", "pageid", "missing", "invalid", "lastrevid")},
    "pageid huge": _in_pages(pageid=10**25),
    "pageid a fraction": _in_pages(pageid=1.5),
    "title a number": _in_pages(title=7),
    "title null": _in_pages(title=None),
    "extract gone": _in_pages(extract=...),
    "extract a list": _in_pages(extract=["no"]),
    "canonicalurl gone": _in_pages(canonicalurl=...),
    "canonicalurl null": _in_pages(canonicalurl=None),
    "lastrevid gone": _in_pages(lastrevid=...),
    "pageprops a text": _in_pages(pageprops="no"),
    "revisions gone": _in_pages(revisions=...),
    "revisions a map": _in_pages(revisions={}),
    "imageinfo gone": _in_pages(imageinfo=...),
    "imageinfo a map": _in_pages(imageinfo={}),
    "imageinfo without its page": _in_pages(imageinfo=[{"url": "http://x", "mime": "image/png"}]),
    "extmetadata a text": _in_pages(imageinfo=[{"extmetadata": "no"}]),
}


@contextmanager
def serving(wiki: Wiki):
    """Serves `wiki`; gives its host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            wiki.asked.append({"path": self.path})
            wiki.agents.append(self.headers["user-agent"])
            file = wiki.files.get(f"File:{unquote(self.path.removeprefix('/files/'))}")
            trouble = wiki.troubles.pop(0) if wiki.troubles else "ok"
            self.send_response(int(trouble) if trouble != "ok" else 200 if file and file["bytes"] is not None else 404)
            content = (file or {}).get("bytes") or b""
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            params = {key: values[0] for key, values in parse_qs(body).items()}
            wiki.asked.append(params)
            wiki.agents.append(self.headers["user-agent"])
            trouble = wiki.troubles.pop(0) if wiki.troubles else "ok"
            if trouble == "drop":
                self.close_connection = True
                return
            status = {"429": 429, "503": 503, "404": 404, "302": 302}.get(trouble, 200)
            self.send_response(status)
            if trouble == "302":
                self.send_header("Location", "/elsewhere/api.php")
            if trouble == "429":
                self.send_header("Retry-After", "0")
            if trouble == "maxlag":
                self.send_header("X-Database-Lag", "7")
                self.send_header("Retry-After", "0")
                answer: dict = {"error": {"code": "maxlag", "info": "7 seconds lagged"}}
            else:
                answer = {"batchcomplete": True, "query": wiki.query(params)}
                if params.get("list") == "search":  # a real one has more to offer nearly always
                    answer["continue"] = {"sroffset": int(params["srlimit"]), "continue": "-||"}
                if not wiki.extracts and "extracts" in params.get("prop", ""):
                    answer["warnings"] = {"query": {"warnings": 'Unrecognized value for parameter "prop": extracts'}}
            content = b"<html>no api</html>" if trouble == "html" else json.dumps(answer).encode()
            if odd := wiki.odd:
                content = ODD[odd](answer)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wiki.host = f"127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield wiki.host
    finally:
        server.shutdown()
        server.server_close()

"""`mmner serve` as its users have it: a process, clients that come all at once, and a real browser.

$MMNER_SCREENSHOTS names a folder for pictures of the page.
"""

import base64
import concurrent.futures
import http.client
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.engines.browser import SERVE, Page, chromium
from tests.pipeline.project import RUN, Project

CLIENTS, REQUESTS, DISTINCT = 16, 200, 25
TOKEN = "secret-of-the-test"
LONG = {"posts": [{"text": "we saw Marlow Bakery in Tessaly today " * 40 + str(number)} for number in range(64)]}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The full model, taught on ten posts until it knows them."""
    project = Project(tmp_path_factory.mktemp("serve"))
    for variant in project.params["train"].values():
        variant |= {"epochs": 25, "choose": "last"}  # three posts of dev would choose anything
    project.write_params()
    project.make(f"train@{RUN}")
    return project


@pytest.fixture(scope="module")
def posts(project):
    """(text, image's bytes or None) of what the model learnt."""
    raw = project.folder / "data/raw/tiny"
    found = []
    for block in re.split(r"\n\n+", (raw / "train.txt").read_text(encoding="utf-8").strip()):
        lines = block.split("\n")
        image = next((line.removeprefix("IMGID:") for line in lines if line.startswith("IMGID:")), None)
        text = " ".join(line.split("\t")[0] for line in lines if not line.startswith("IMGID:"))
        path = raw / "images" / (image or "none")
        found.append((text, path.read_bytes() if path.is_file() else None))
    return found


@dataclass
class Server:
    process: subprocess.Popen
    address: str
    log: Path

    def ask(self, body=None, *, path="/predict", kind="application/json", token=None, method=None, headers=None):
        """(status, what came, headers). body: bytes, an iterator of bytes, or what JSON can say."""
        content = body if body is None or isinstance(body, bytes) or hasattr(body, "__next__") else json.dumps(body)
        sent = {"content-type": kind} | ({"authorization": f"Bearer {token}"} if token else {}) | (headers or {})
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=300)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, content, sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read()), answer.headers
        finally:
            connection.close()

    def form(self, text, image=None, **fields):
        boundary = uuid.uuid4().hex
        parts = [(f'name="{name}"', value.encode()) for name, value in {"text": text, **fields}.items()]
        parts += [('name="image"; filename="../../a.jpg"', image)] if image else []
        body = b"".join(
            f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode() + value + b"\r\n"
            for name, value in parts
        )
        return self.ask(body + f"--{boundary}--\r\n".encode(), kind=f"multipart/form-data; boundary={boundary}")


@contextmanager
def serving(project, *options, token=None):
    """A process of `mmner serve` at any port."""
    log = project.folder / f"serve-{uuid.uuid4().hex}.log"
    env = {name: value for name, value in project.environment.items() if name != "MMNER_TOKEN"}
    env |= {"PYTHONPATH": str(SERVE)} | ({"MMNER_TOKEN": token} if token else {})
    command = [sys.executable, "-m", "mmner", "serve", RUN, "--port", "0", *options]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=project.folder, env=env, stdout=out, stderr=out)
    try:
        until = time.monotonic() + 300
        while not (found := re.search(r"^serve: (http://\S+)", log.read_text(), re.M)):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield Server(process, found[1], log)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def server(project):
    with serving(project) as server:
        yield server


@pytest.fixture(scope="module")
def strict(project):
    """One that allows little, and wants a token."""
    options = ["--queue", "3", "--timeout", "1", "--max-body", "100000", "--max-pixels", "10000"]
    with serving(project, *options, token=TOKEN) as server:
        yield server


def said(answer) -> list:
    return [answer["text"], answer["tags"], [one["text"] for one in answer["entities"]], answer["explain"]["caption"]]


def test_200_requests_of_16_clients_lose_and_mix_up_nothing(server, posts):
    distinct = [*posts, *((f"{text} number {number}", None) for number in range(2) for text, _ in posts)][:DISTINCT]
    assert len(distinct) == len({text for text, _ in distinct}) == DISTINCT
    assert sum(image is not None for _, image in distinct) >= 3

    def ask(number, id):
        text, image = distinct[number % DISTINCT]
        if number % 2:
            return server.form(text, image, id=id, explain="true")
        post = {"text": text, "id": id} | ({"image": base64.b64encode(image).decode()} if image else {})
        return server.ask({"posts": [post], "explain": True})

    alone = [said(ask(number, "alone")[1]["answers"][0]) for number in range(DISTINCT)]
    assert len({json.dumps(one) for one in alone}) == DISTINCT
    assert sum(bool(one[2]) for one in alone) >= 5
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as clients:
        came = [*clients.map(lambda number: ask(number, f"request-{number}"), range(REQUESTS))]
    assert [status for status, *_ in came] == [200] * REQUESTS
    for number, (_, content, _) in enumerate(came):
        (answer,) = content["answers"]
        assert answer["id"] == f"request-{number}"
        assert said(answer) == alone[number % DISTINCT]
    secrets = (str(Path.cwd()), "/tmp", "serve-", "../")
    assert [secret for secret in secrets if secret in json.dumps([content for _, content, _ in came])] == []
    assert server.ask(path="/health")[1]["inside"] == 0
    assert "Traceback" not in server.log.read_text()


def test_many_posts_in_one_request_come_in_their_order(server, posts):
    given = [{"text": text} for text, _ in posts]
    status, content, _ = server.ask({"posts": [*given, {"text": "a", "image": "/etc/passwd"}]})
    assert status == 200
    assert [answer["text"] for answer in content["answers"]] == [*(text for text, _ in posts), "a"]
    assert "bad-image" in content["answers"][-1]["error"]


def test_openapi_tells_what_is_sent_and_answered(server):
    _, content, _ = server.ask(path="/openapi.json")
    assert {"/predict", "/health"} == content["paths"].keys()
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(content)))
    assert {"Post", "Answer", "Entity"} <= named <= content["components"]["schemas"].keys()
    for path in ("/docs", "/redoc"):  # whose pages load scripts from elsewhere
        assert server.ask(path=path)[0] == 404


def test_foreign_hosts_and_origins_are_refused_on_loopback(server):
    body = {"posts": ["a"]}
    assert server.ask(body, headers={"host": "evil.example"})[0] == 403
    assert server.ask(body, headers={"origin": "http://evil.example"})[0] == 403
    assert server.ask(body, headers={"origin": server.address})[0] == 200
    assert server.ask(b"posts=a", kind="text/plain")[0] == 415


def test_too_much_is_refused(strict):
    def status(body, **more):
        return strict.ask(body, token=TOKEN, **more)[0]

    large = json.dumps({"posts": ["a" * 200_000]}).encode()
    assert status(large) == 413
    assert status(iter([large[:50_000], large[50_000:]])) == 413  # whose length nothing announces
    assert status(b"0" * 200_000, kind="multipart/form-data; boundary=x") == 413
    assert status({"posts": ["a"] * 65}) == 413
    wide = io.BytesIO()
    Image.new("L", (101, 100)).save(wide, "PNG")
    assert status({"posts": [{"text": "a", "image": base64.b64encode(wide.getvalue()).decode()}]}) == 413


def test_a_token_is_wanted_where_there_is_one(strict):
    for shown in (None, "another"):
        status, content, headers = strict.ask({"posts": ["a"]}, token=shown)
        assert (status, content["error"]["name"], headers["www-authenticate"]) == (401, "no-token", "Bearer")
    assert strict.ask(path="/health")[0] == 200


def test_who_cannot_be_answered_in_time_and_who_finds_no_room_is_told(strict):
    with concurrent.futures.ThreadPoolExecutor(10) as clients:
        came = [*clients.map(lambda _: strict.ask(LONG, token=TOKEN), range(10))]
    found = [status for status, *_ in came]
    assert {504, 429} == {*found}
    assert found.count(504) >= 3
    assert {headers["retry-after"] for status, _, headers in came if status == 429} == {"1"}
    until = time.monotonic() + 120
    while (status := strict.ask({"posts": ["a"]}, token=TOKEN)[0]) != 200 and time.monotonic() < until:
        assert status == 504  # what nobody waits for any more is not called off in its middle
    assert status == 200
    assert strict.ask(path="/health")[1]["inside"] == 0


def test_sigterm_answers_what_waits_and_takes_nothing_new(project):
    body = {"posts": LONG["posts"][:8]}
    with serving(project, "--together", "8", "--timeout", "280") as server:
        with concurrent.futures.ThreadPoolExecutor(6) as clients:
            waiting = [clients.submit(server.ask, body) for _ in range(6)]
            while server.ask(path="/health")[1]["inside"] < 6:
                assert not any(one.done() for one in waiting)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            assert [one.done() for one in waiting].count(False) >= 3  # else this shows nothing
            with pytest.raises(OSError, match="refused"):
                server.ask({"posts": ["a"]})
            came = [one.result() for one in waiting]
        assert [(status, len(content["answers"])) for status, content, _ in came] == [(200, 8)] * 6
        assert server.process.wait(60) == 0
        assert "all that waited is answered" in server.log.read_text()


def test_a_client_that_goes_away_is_called_off(project):
    with serving(project, "--together", "1", "--queue", "4") as server:
        first = threading.Thread(target=server.ask, args=({"posts": LONG["posts"][:32]},))
        first.start()
        while server.ask(path="/health")[1]["inside"] < 1:
            pass
        host, _, port = urlsplit(server.address).netloc.partition(":")
        body = json.dumps({"posts": ["a"]})
        head = f"POST /predict HTTP/1.1\r\nhost: {host}:{port}\r\ncontent-type: application/json\r\n"
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(f"{head}content-length: {len(body) + 1}\r\n\r\n{body}".encode())
            while server.ask(path="/health")[1]["inside"] < 2:
                pass
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
            while server.ask(path="/health")[1]["inside"] < 2:
                pass
        until = time.monotonic() + 30
        while server.ask(path="/health")[1]["inside"] > 1:
            assert time.monotonic() < until
        assert first.is_alive()  # it was not for want of work that the other one left
        first.join()
        assert "Traceback" not in server.log.read_text()


@pytest.fixture
def shown(tmp_path):
    folder = Path(os.environ.get("MMNER_SCREENSHOTS", tmp_path))
    folder.mkdir(exist_ok=True)
    return folder


def test_a_browser_shows_entities_regions_and_evidence(server, posts, shown):
    candidates = [(text, image) for text, image in posts if image]
    asked = [(server.form(text, image, explain="true")[1]["answers"][0], text, image) for text, image in candidates]
    answer, text, image = max(asked, key=lambda one: (bool(one[0]["explain"]["regions"]), len(one[0]["entities"])))
    regions = answer["explain"]["regions"]
    assert regions
    text = f"\N{PARTY POPPER} {text}"  # JavaScript counts it as two
    (answer,) = server.form(text, image, explain="true")[1]["answers"]
    assert answer["entities"]
    with chromium() as driver:
        page = Page(driver, server.address)
        page.write(text)
        page.drop(base64.b64encode(image).decode())
        assert page["file"].get_attribute("value").endswith("dropped")
        page["send"].click()
        assert page.answered() == f"{len(answer['entities'])} entit{'y' if len(answer['entities']) == 1 else 'ies'}."
        marks = [mark.text.rsplit(None, 1) for mark in page.all("#text-out mark")]
        assert marks == [[one["text"], one["label"]] for one in answer["entities"]]
        whole = driver.find_element("id", "image").rect
        boxes = [box.rect for box in page.all("#picture .box")]
        assert len(boxes) == len(regions) == len(page.all("#boxes li"))
        for box, region in zip(boxes, answer["explain"]["regions"], strict=True):
            for edge, size, from_, to in (("x", "width", "x0", "x1"), ("y", "height", "y0", "y1")):
                assert box[edge] - whole[edge] == pytest.approx(region["box"][from_] * whole[size], abs=2)
                assert box[size] == pytest.approx((region["box"][to] - region["box"][from_]) * whole[size], abs=2)
        evidence = page["evidence"].text
        for part in (answer["explain"]["caption"], *(step["text"] for step in answer["explain"]["chain"])):
            assert part in evidence
        for title in ("Reasoning chain", "Weights", "gate: text", "fusion: regions", "How each part came"):
            assert title in evidence
        for name, width in (("wide", 1200), ("narrow", 500)):
            page.screenshot(shown / f"{name}.png", width)
            assert driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        loaded = driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
        assert [name for name in loaded if not name.startswith((server.address, "blob:", "data:"))] == []
        assert driver.get_log("browser") == []  # nothing that the content security policy refused


def test_a_browser_by_keys_alone_and_a_post_that_looks_like_a_page(server, shown):
    text = "<img src=x onerror=alert(1)> in <b>Marlow</b> </script><script>alert(2)</script>"
    with chromium() as driver:
        page = Page(driver, server.address)
        assert driver.switch_to.active_element == page["text"]
        page["text"].send_keys(text)
        page.press("ENTER", control=True)
        assert "entit" in page.answered()
        shown_text = driver.execute_script("return document.getElementById('text-out').textContent")
        assert "<img src=x onerror=alert(1)> in <b>" in re.sub("\N{NO-BREAK SPACE}(PER|LOC|ORG)", "", shown_text)
        assert page.all("#text-out img, #text-out b, #text-out script") == []
        reached = []
        for _ in range(4):
            page.press("TAB")
            reached.append(driver.switch_to.active_element.get_attribute("id"))
        assert reached == ["file", "domain", "language", "send"]
        page["text"].clear()
        page["text"].click()
        page.press("ENTER", control=True)
        page.wait("return document.getElementById('said').className == 'bad'")
        assert "without text" in page["said"].text
        page.screenshot(shown / "error.png", 800)


def test_a_browser_is_asked_for_the_token(strict, shown):
    with chromium() as driver:
        page = Page(driver, strict.address)
        page.write("a")
        page["send"].click()
        assert page.answered() == "This server wants a token."
        page["token"].send_keys("another")
        page["send"].click()
        page.wait("return document.getElementById('said').textContent.startsWith('That is not')")
        page.screenshot(shown / "token.png", 800)
        page["token"].clear()
        page["token"].send_keys(TOKEN)
        until = time.monotonic() + 60
        while "entit" not in (now := page.answered()) and time.monotonic() < until:
            page["send"].click()
        assert "entit" in now

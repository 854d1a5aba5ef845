"""The addresses: POST /predict, /health, /openapi.json, and the page at /."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import sys
import traceback
import uuid
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from mmner.base import image_files
from mmner.tools.serve import openapi, uploads
from mmner.tools.serve.guard import Guard
from mmner.tools.serve.limits import Body, Limits, Places, Refusal, too_late
from mmner.tools.serve.worker import Job, Worker

PAGE = Path(__file__).with_name("page.html")


class Json(JSONResponse):
    """In ASCII, so that half a character (a lone surrogate) that a client sent can be said back."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")


def build(worker: Worker, about: dict[str, Any], limits: Limits, token: str | None) -> FastAPI:
    """The application. about: what /health says of the model. token: what a client has to show; None: nothing."""
    page = PAGE.read_text(encoding="utf-8")
    app = FastAPI(
        title="mmner", description=openapi.DESCRIPTION, docs_url=None, redoc_url=None, openapi_url="/openapi.json"
    )
    app.add_middleware(Guard, token=token, limits=limits, policy=_policy(page))
    places = Places(limits)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    async def index() -> HTMLResponse:
        return HTMLResponse(page)

    @app.get("/health", summary="Whether it answers, for which model, and what a request may have")
    async def health() -> Json:
        allowed = {"body": limits.body, "pixels": limits.pixels or image_files.MAX_PIXELS, "posts": limits.posts}
        said = {"status": "ok" if worker.alive else "failed", "inside": places.taken, "token": token is not None}
        return Json({**said, **about, "limits": allowed}, 200 if worker.alive else 503)

    @app.post("/predict", summary="Tag posts", openapi_extra=openapi.predict(), responses=openapi.REFUSALS)
    async def predict(request: Request) -> Json:
        with places:
            try:
                async with asyncio.timeout(limits.seconds):
                    posts, explain = await _read(request, limits)
                    job = Job(posts, explain)
                    worker.submit(job)
                    return Json({"answers": await _answers(job, request)})
            except TimeoutError:
                raise too_late(limits) from None
            except ClientDisconnect:  # before all of its request was here
                raise Refusal(400, "gone", "the client went away") from None

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> Json:
        return Json(refusal.content(), refusal.status, refusal.headers)

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> Json:
        name = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "bad-request")
        return Json(Refusal(error.status_code, name, str(error.detail)).content(), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Json:
        number = uuid.uuid4().hex[:8]
        print(f"error {number}: {''.join(traceback.format_exception(error))}", file=sys.stderr, flush=True)
        return Json(Refusal(500, "failed", f"the server failed; its log says why under {number}").content(), 500)

    openapi.complete(app)
    return app


async def _read(request: Request, limits: Limits) -> tuple[list[uploads.Upload], bool]:
    """The posts of a request, and whether evidence is wanted. Errors: Refusal."""
    body = Body(limits, request.headers.get("content-length"))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        content = bytearray()
        async for part in request.stream():
            body.count(part)
            content += part
        return await asyncio.to_thread(uploads.from_json, bytes(content), limits)
    if kind != "multipart/form-data":
        raise Refusal(415, "unknown-type", "send application/json or multipart/form-data")

    async def counted() -> dict:
        message = await request.receive()
        body.count(message.get("body", b""))
        return message

    async with Request(request.scope, counted).form(max_files=2, max_part_size=limits.body) as form:
        fields: dict[str, list[str]] = {}
        images: list[bytes] = []
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if name != "image":
                    raise Refusal(400, "bad-request", f"unknown file {name!r}; there is image")
                images.append(await value.read())
            else:
                fields.setdefault(name, []).append(value)
        return await asyncio.to_thread(uploads.from_form, fields, images, limits)


async def _answers(job: Job, request: Request) -> list[dict]:
    """The answers to `job`, which is called off where its client goes away, or its time is over."""
    answered = asyncio.wrap_future(job.future)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({answered, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            raise Refusal(400, "gone", "the client went away")
        return answered.result()
    finally:
        gone.cancel()
        answered.cancel()
        if job.future.cancel():  # it waits in the worker's queue without its images, and is then passed over
            job.posts = ()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _policy(page: str) -> str:
    """A content security policy that lets the page's own script and style run, and nothing else in it."""
    allowed = {}
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        allowed[tag] = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{allowed['script']}'; style-src 'sha256-{allowed['style']}'; "
        "img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

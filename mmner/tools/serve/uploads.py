"""What a client sends, as posts. An image comes as its bytes: nothing that a client says is opened as a path or URL."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmner.base import image_files
from mmner.base.errors import InputError
from mmner.tools.serve.limits import Limits, Refusal

NAME = "upload"  # what an image is called in answers
FIELDS = ("text", "domain", "language", "id", "caption")  # of a form, that a post has


@dataclass(frozen=True)
class Upload:
    """A post as it came, without its image; the image's bytes; or why the image is none."""

    given: Any
    image: bytes | None = None
    error: InputError | None = None


def from_json(content: bytes, limits: Limits) -> tuple[list[Upload], bool]:
    """The posts of {"posts": [...], "explain": false}, and whether evidence is wanted. Errors: Refusal 400, 413."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Refusal(400, "bad-json", f"the body is no JSON: {what}") from error
    if not isinstance(body, dict) or not isinstance(body.get("posts"), list) or not body["posts"]:
        raise Refusal(400, "bad-request", 'the body has to be {"posts": [{"text": "..."}], "explain": false}')
    if odd := body.keys() - {"posts", "explain"}:
        raise Refusal(400, "bad-request", f"unknown key {min(odd)!r}; there are posts and explain")
    explain = body.get("explain", False)
    if not isinstance(explain, bool):
        raise Refusal(400, "bad-request", "explain is true or false")
    if len(body["posts"]) > limits.posts:
        raise Refusal(413, "too-many-posts", f"{len(body['posts'])} posts; a request may have {limits.posts}")
    return [_post(given, limits) for given in body["posts"]], explain


def from_form(
    fields: Mapping[str, Sequence[str]], images: Sequence[bytes], limits: Limits
) -> tuple[list[Upload], bool]:
    """The one post of a form with FIELDS, a file `image`, and `explain`. Errors: Refusal 400, 413."""
    if odd := fields.keys() - {*FIELDS, "explain"}:
        raise Refusal(
            400, "bad-request", f"unknown field {min(odd)!r}; there are {', '.join(FIELDS)}, explain and image"
        )
    if len(images) > 1 or any(len(values) > 1 for values in fields.values()):
        raise Refusal(400, "bad-request", "a form has one post: each field once, and one image")
    explain = "".join(fields.get("explain", ["false"])).lower()
    if explain not in ("true", "false"):
        raise Refusal(400, "bad-request", "explain is true or false")
    given = {name: values[0] for name, values in fields.items() if name != "explain"}
    if images and images[0]:  # a browser sends an empty one where no file was chosen
        return [_with_image(given, images[0], limits)], explain == "true"
    return [Upload(given)], explain == "true"


def _post(given: Any, limits: Limits) -> Upload:
    if not isinstance(given, dict) or given.get("image") is None:
        return Upload(given)
    rest = {key: value for key, value in given.items() if key != "image"}
    try:
        return _with_image(rest, _decoded(given["image"]), limits)
    except InputError as error:
        return Upload(rest, error=error)


def _decoded(text: Any) -> bytes:
    """The bytes of base64 `text`, or of a data URL. Errors: InputError `bad-image`."""
    try:
        if text.startswith("data:"):
            kind, _, text = text.partition(",")
            if not kind.endswith(";base64"):
                raise ValueError
        return base64.b64decode("".join(text.split()), validate=True)
    except (AttributeError, ValueError) as error:
        raise _bad("not base64") from error


def _with_image(given: dict, content: bytes, limits: Limits) -> Upload:
    """`given` with its image, if its first bytes are those of one; the rest is decoded with the post's turn."""
    try:
        image_files.check_size(content, NAME, limits.pixels or image_files.MAX_PIXELS)
    except image_files.ImageBroken as error:
        return Upload(given, error=_bad(str(error)))
    except InputError as error:
        raise Refusal(413, "too-many-pixels", error.what) from error
    return Upload(given, content)


def _bad(what: str) -> InputError:
    remedy = "send the bytes of the file, in JSON as base64; no path and no URL is looked up"
    return InputError("bad-image", f"image: {what}", remedy=remedy)

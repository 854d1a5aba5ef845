"""What /openapi.json says of requests and answers: the schemas of the code that reads and writes them."""

from __future__ import annotations

from typing import Any

import pydantic

from mmner.predict.answers import Answer
from mmner.predict.posts import Post
from mmner.tools.serve.uploads import FIELDS

DESCRIPTION = "Named entities in posts: texts, perhaps with an image. Images are uploaded, never named by path or URL."
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"description": "No request of the form below"},
    401: {"description": "No token, or a wrong one"},
    403: {"description": "A foreign Host or Origin, where no token is asked for"},
    413: {"description": "Too many bytes, posts, or pixels"},
    415: {"description": "Neither JSON nor a form"},
    429: {"description": "Too many requests wait; Retry-After says when to come back"},
    500: {"description": "The server failed; its log has the id that is given"},
    503: {"description": "A stage of the model can't run on this server"},
    504: {"description": "No answer in time"},
}
REF = "#/components/schemas/{model}"
IMAGE = {"type": "string", "description": "The bytes of an image file in base64, or a data URL of them"}


def predict() -> dict[str, Any]:
    """What FastAPI does not know of POST /predict, whose body the handler reads itself."""
    many = {
        "type": "object",
        "required": ["posts"],
        "additionalProperties": False,
        "properties": {
            "posts": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"type": "string"}, {"$ref": REF.format(model="Post")}]},
            },
            "explain": {"type": "boolean", "default": False, "description": "Whether to answer with the evidence"},
        },
    }
    fields = {name: {"type": "string"} for name in FIELDS}
    one = {
        "type": "object",
        "properties": fields | {"explain": {"type": "boolean"}, "image": {"type": "string", "format": "binary"}},
    }
    answers = {
        "type": "object",
        "required": ["answers"],
        "properties": {"answers": {"type": "array", "items": {"$ref": REF.format(model="Answer")}}},
    }
    told = {"description": "An answer a post, in order", "content": {"application/json": {"schema": answers}}}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": many}, "multipart/form-data": {"schema": one}},
        },
        "responses": {"200": told},
        "security": [{}, {"token": []}],
    }


def complete(app) -> None:
    """Add the schemas that `predict` refers to."""
    generated = app.openapi()  # which FastAPI keeps
    parts = generated.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name, kind in (("Post", Post), ("Answer", Answer)):
        schema = pydantic.TypeAdapter(kind).json_schema(ref_template=REF)
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    schemas["Post"]["properties"]["image"] = IMAGE
    schemas["Post"]["description"] = "`text`, or `tokens`, or both where they agree; the rest may be missing."
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}

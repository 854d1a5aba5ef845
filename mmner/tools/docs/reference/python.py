"""docs/reference/python.md: what a program calls, from signatures and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable

import mmner
from mmner.predict import places, posts
from mmner.predict.answers import Answer, Entity
from mmner.predict.predictor import Predictor
from mmner.tools.docs.reference import markdown
from mmner.tools.docs.reference.markdown import code

INTRODUCTION = """# Python

```python
import mmner

model = mmner.load("sample-full")
answers = model.predict([{"text": "Fans of Mira Park!", "image": "mira.jpg"}])
```

[Tag new posts](../predict.md) is the way in; the names below are those that stay as they are."""


def page() -> str:
    lines = [markdown.GENERATED, "", INTRODUCTION]
    lines += ["", *_function(f"mmner.{mmner.load.__name__}", places.load)]
    for method in (Predictor.predict, Predictor.stream, Predictor.close):
        lines += ["", *_function(f"Predictor.{method.__name__}", method)]
    for kind in (Answer, Entity):
        lines += ["", f"## {kind.__name__}", "", markdown.prose(kind.__doc__), ""]
        rows = [(code(field.name), code(field.type), _default(field)) for field in dataclasses.fields(kind)]
        lines += markdown.table(("field", "type", "default"), rows)
    lines += ["", *_function("Answer.as_dict", Answer.as_dict)]
    lines += ["", "## Post", "", markdown.prose(posts.Post.__doc__), ""]
    rows = [
        (code(name), code(posts.BROUGHT[name]) if name in posts.BROUGHT else "") for name in posts.Post.model_fields
    ]
    lines += markdown.table(("key", "the stage that need not run then"), rows)
    return "\n".join(lines) + "\n"


def _function(name: str, function: Callable) -> list[str]:
    signature = inspect.signature(function)
    shown = [one for one in signature.parameters.values() if one.name != "self"]
    written = ["    " + line for line in _written(name, signature.replace(parameters=shown))]
    return [f"## {name}", "", *written, "", markdown.prose(function.__doc__ or "Close the row store.")]


def _written(name: str, signature: inspect.Signature) -> list[str]:
    """The signature, an argument a line. Annotations are texts in these modules, whatever Python reads them."""
    parts, star = [], False
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not star:
            parts, star = [*parts, "*"], True
        default = "" if one.default is one.empty else f" = {one.default!r}"
        parts.append(f"{one.name}: {one.annotation}{default}")
    ends = f" -> {signature.return_annotation}"
    return (
        [f"{name}({', '.join(parts)}){ends}"]
        if len(parts) < 3
        else [f"{name}(", *(f"    {part}," for part in parts), f"){ends}"]
    )


def _default(field: dataclasses.Field) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return code(field.default_factory())
    return "" if field.default is dataclasses.MISSING else code(field.default)

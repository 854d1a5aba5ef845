"""Prompts: Markdown files that a reader can open, filled with a post's texts as data.

    <!-- what it is and where it comes from; not sent -->
    ## System
    You are ...
    ## User
    Text: {sentence}

    Caption: {caption}

A placeholder is filled with JSON, so that no text can end its own quotation. A paragraph whose placeholder has no value
is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from mmner.base.errors import InputError

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PLACE = re.compile(r"\{(\w+)\}")
_SECTIONS = re.compile(r"\s*## System\n(?P<system>.*?)\n## User\n(?P<user>.*)", re.DOTALL)


class Ours(str):
    """Words that are no data: they fill a placeholder as they are."""


@dataclass(frozen=True)
class Prompt:
    """The two messages of a prompt, before they are filled."""

    system: str
    user: str

    @property
    def digest(self) -> str:
        """SHA-256 of what is sent: another comment is no other prompt."""
        return hashlib.sha256(f"{self.system}\0{self.user}".encode()).hexdigest()

    def fill(self, **values) -> tuple[str, str]:
        """(system, user) with `values`, as JSON where they are not Ours, in one pass: a value's own braces stay."""
        return _fill(self.system, values), _fill(self.user, values)


def load(folder: str | Path, name: str, places: set[str]) -> Prompt:
    """Prompt `name` of a room's `folder`. Errors: InputError `unknown-prompt`, `bad-prompt`.

    `places`: the placeholders that the room can fill.
    """
    file, text = _read(folder, name)
    sections = _SECTIONS.fullmatch(text)
    if not sections:
        raise InputError("bad-prompt", "it needs `## System`, then `## User`", where=str(file))
    prompt = Prompt(sections["system"].strip(), sections["user"].strip())
    _check(file, prompt.system + prompt.user, places)
    return prompt


def fragment(folder: str | Path, name: str, places: set[str]) -> str:
    """The text of file `name`, a piece of a prompt without sections. Errors: as `load`."""
    file, text = _read(folder, name)
    _check(file, text, places)
    return text.strip()


def _read(folder: str | Path, name: str) -> tuple[Path, str]:
    file = Path(folder) / f"{name}.md"
    names = sorted(path.stem for path in Path(folder).glob("*.md"))
    if name not in names:
        raise InputError("unknown-prompt", f"no prompt {name}", where=str(folder), remedy=f"one of: {', '.join(names)}")
    return file, _COMMENT.sub("", file.read_text(encoding="utf-8"))


def _check(file: Path, text: str, places: set[str]) -> None:
    if unknown := sorted(set(_PLACE.findall(text)) - places):
        remedy = f"one of: {', '.join(sorted(places))}"
        raise InputError("bad-prompt", f"unknown placeholder {{{unknown[0]}}}", where=str(file), remedy=remedy)


def _fill(text: str, values: dict) -> str:
    kept = [
        part for part in re.split(r"\n{2,}", text) if all(values.get(name) is not None for name in _PLACE.findall(part))
    ]
    return _PLACE.sub(lambda place: _written(values[place[1]]), "\n\n".join(kept))


def _written(value) -> str:
    return value if isinstance(value, Ours) else json.dumps(value, ensure_ascii=False)

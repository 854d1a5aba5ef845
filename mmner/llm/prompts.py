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
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SECTIONS = re.compile(r"\s*## System\n(?P<system>.*?)\n## User\n(?P<user>.*)", re.DOTALL)


class Verbatim(str):
    """Text that fills a placeholder as it is, not as JSON."""


@dataclass(frozen=True)
class Prompt:
    """The two messages of a prompt, before they are filled."""

    system: str
    user: str

    @property
    def digest(self) -> str:
        """SHA-256 of the two messages; comments, which are not sent, don't count."""
        return hashlib.sha256(f"{self.system}\0{self.user}".encode()).hexdigest()

    def fill(self, **values) -> tuple[str, str]:
        """(system, user) with `values`, as JSON where they are not Verbatim, in one pass: a value's own braces stay."""
        return _fill(self.system, values), _fill(self.user, values)


def load(folder: str | Path, name: str, placeholders: set[str], about: set[str] | None = None) -> Prompt:
    """Prompt `name` of a stage's `folder`. Errors: InputError `unknown-prompt`, `bad-prompt`.

    `placeholders`: the placeholders that the room can fill. `about`: those that tell a post from another; one has to be
    there, or all posts would get one answer.
    """
    file, text = _read(folder, name)
    sections = _SECTIONS.fullmatch(text)
    if not sections:
        what, remedy = "it needs `## System`, then `## User`", "write both headings; the prompts that ship have them"
        raise InputError("bad-prompt", what, where=str(file), remedy=remedy)
    prompt = Prompt(sections["system"].strip(), sections["user"].strip())
    _check(file, prompt.system + prompt.user, placeholders)
    if about and about.isdisjoint(_PLACEHOLDER.findall(prompt.system + prompt.user)):
        remedy = f"write {' or '.join(f'{{{one}}}' for one in sorted(about))} where it belongs"
        raise InputError("bad-prompt", "it says nothing of the post", where=str(file), remedy=remedy)
    return prompt


def fragment(folder: str | Path, name: str, placeholders: set[str]) -> str:
    """The text of file `name`, a piece of a prompt without sections. Errors: as `load`."""
    file, text = _read(folder, name)
    _check(file, text, placeholders)
    return text.strip()


def _read(folder: str | Path, name: str) -> tuple[Path, str]:
    file = Path(folder) / f"{name}.md"
    names = sorted(path.stem for path in Path(folder).glob("*.md"))
    if name not in names:
        raise InputError("unknown-prompt", f"no prompt {name}", where=str(folder), remedy=f"one of: {', '.join(names)}")
    return file, _COMMENT.sub("", file.read_text(encoding="utf-8"))


def _check(file: Path, text: str, placeholders: set[str]) -> None:
    if unknown := sorted(set(_PLACEHOLDER.findall(text)) - placeholders):
        remedy = f"one of: {', '.join(sorted(placeholders))}"
        raise InputError("bad-prompt", f"unknown placeholder {{{unknown[0]}}}", where=str(file), remedy=remedy)


def _fill(text: str, values: dict) -> str:
    paragraphs = [
        paragraph
        for paragraph in re.split(r"\n{2,}", text)
        if all(values.get(name) is not None for name in _PLACEHOLDER.findall(paragraph))
    ]
    return _PLACEHOLDER.sub(lambda place: _as_text(values[place[1]]), "\n\n".join(paragraphs))


def _as_text(value) -> str:
    return value if isinstance(value, Verbatim) else json.dumps(value, ensure_ascii=False)

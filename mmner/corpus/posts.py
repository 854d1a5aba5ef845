"""One post as its file gives it, and the checks that every file format shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mmner.errors import InputError


@dataclass
class Post:
    """A post before it has an id. `line`: its first line (1-based) in `file`; `lines`: that of each token."""

    file: str
    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    image: str | None = None
    id: str | None = None
    domain: str | None = None

    @property
    def source(self) -> str:
        return f"{self.file}:{self.line}"


def text(path: Path, file: str) -> str:
    """The content of `path` without a byte-order mark. Errors: InputError `missing-split`, `not-utf8` with the line."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        remedy = "put the file there, or correct corpora.<name>.splits in params.yaml"
        raise InputError("missing-split", "no such file", where=str(path), remedy=remedy) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Offsets of utf-8-sig count from behind the mark, which holds no line end: lines are right either way.
        line = content[: error.start].count(b"\n") + 1
        remedy = f"save it as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8 {file}"
        what = f"byte 0x{error.object[error.start]:02x} is no UTF-8"
        raise InputError("not-utf8", what, where=f"{file}:{line}", remedy=remedy) from error


def check_tags(post: Post, allowed: frozenset[str]) -> None:
    """Errors: InputError `unknown-tag` where a tag is not of the inventory."""
    for tag, line in zip(post.tags, post.lines, strict=True):
        if tag not in allowed:
            label = tag.partition("-")[2] or tag
            raise InputError(
                "unknown-tag",
                f"tag {tag} is not O, or B- or I- and a label of the inventory",
                where=f"{post.file}:{line}",
                remedy=f"correct the line, or add {label} to the corpus's labels in params.yaml",
            )

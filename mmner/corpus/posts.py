"""One post as its file gives it, and what every file format shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from mmner.base import jsonl
from mmner.base.errors import InputError
from mmner.ner import iob


@dataclass
class Post:
    """A post before it has an id. `line`: its first line (1-based) in `file`; `lines`: that of each token."""

    file: str
    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    id: str | None = None
    image: str | None = None
    domain: str | None = None

    @property
    def source(self) -> str:
        return f"{self.file}:{self.line}"


def text(path: Path, file: str) -> str:
    """The content of `path`, called `file` in messages. Errors: InputError `missing-split`, `not-utf8`."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        remedy = "put the file there, or correct the corpus's splits in params.yaml"
        raise InputError("missing-split", "no such file", where=str(path), remedy=remedy) from error
    return jsonl.decode(content, file)


def rename_tags(post: Post, names: dict[str, str]) -> None:
    """Give each tag the name of its label here; `names`: what the files call a label -> the label."""
    if names:
        pairs = [iob.split(tag) for tag in post.tags]
        post.tags = [f"{prefix}-{names.get(label, label)}" if label else prefix for prefix, label in pairs]


def check_tags(post: Post, allowed: frozenset[str]) -> None:
    """Errors: InputError `unknown-tag` where a tag is not of the inventory."""
    for tag, line in zip(post.tags, post.lines, strict=True):
        if tag not in allowed:
            label = tag.partition("-")[2] or tag
            raise InputError(
                "unknown-tag",
                f"tag {tag} is not O, nor B- or I- and a label of the inventory",
                where=f"{post.file}:{line}",
                remedy=f"correct the line, or add {label} to the corpus's labels in params.yaml",
            )

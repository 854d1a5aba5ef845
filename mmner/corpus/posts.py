"""One post as its file gives it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Post:
    """A post before it has an id. `line`: its first line (1-based) in `file`; `lines`: that of each token.

    `number`: its number (1-based) in the file, where its line alone may not say which it is.
    """

    file: str
    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    id: str | None = None
    image: str | None = None
    domain: str | None = None
    number: int | None = None

    @property
    def source(self) -> str:
        return f"{self.file}:{self.line}"

    def place(self, at: int) -> str:
        """Where the token at index `at` stands, for a message."""
        return f"{self.file}:{self.lines[at]}" + (f" (post {self.number}, token {at + 1})" if self.number else "")

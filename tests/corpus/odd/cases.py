"""What is said of an odd file: what it holds, or how it is refused and what leads out.

Each stands for all three splits. LABELS are the corpus's, unless a case changes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LABELS = {"PER": "a person", "ORG": "an organisation", "LOC": "a place"}
POST = "At\tO\nMira\tB-ORG\n"
AT_MIRA = [(["At", "Mira"], ["O", "B-ORG"])]
MIRA_SINGS = [(["Mira", "sings"], ["B-PER", "O"])]


@dataclass(frozen=True)
class Read:
    """posts: (tokens, tags) of each; images: theirs, where some are named; note: what the stage says of the file."""

    content: str | bytes
    posts: list[tuple[list[str], list[str]]]
    changes: dict = field(default_factory=dict)
    images: list[str | None] = field(default_factory=list)
    note: str = ""
    suffix: str = "txt"


@dataclass(frozen=True)
class Refused:
    """error: its name; line: of the place, 0 for none; remedy: words of it.

    The way out, as the remedy says: `changes` of the corpus's params, a new `content`, or `command`, taken from the
    remedy and run in the folder, which writes `new.txt` or the file itself. posts: what is read then.
    """

    content: str | bytes
    error: str
    line: int
    remedy: str
    posts: list[tuple[list[str], list[str]]]
    way: dict | str | None = None
    command: bool = False
    changes: dict = field(default_factory=dict)
    suffix: str = "txt"


def rows(*posts: tuple[list[str], list[str]]) -> list[dict]:
    return [{"tokens": tokens, "tags": tags} for tokens, tags in posts]

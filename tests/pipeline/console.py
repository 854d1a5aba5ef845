"""`console` blocks of the docs: `$ command` lines with what they print, run as a reader would run them."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ELLIPSIS = "…"  # what varies: scores, times; alone on a line, any number of lines
FENCE = re.compile(r"^```console(?P<mark>[^\n]*)\n(?P<body>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Step:
    """A command with its here-document, if any, and the text that it is to print. line: where it stands in the page."""

    command: str
    printed: str
    line: int
    mark: str


def steps(page: Path) -> list[Step]:
    """The commands of the `console` blocks of `page`, in order. mark: the rest of the line that opens the block."""
    text, found = page.read_text(encoding="utf-8"), []
    for block in FENCE.finditer(text):
        first = text.count("\n", 0, block.start("body")) + 1
        lines = block["body"].splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        assert starts[:1] == [0], f"{page.name}:{first}: a console block begins with `$ command`"
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            length = _command(lines[start:end])
            command = "\n".join(lines[start : start + length])[2:]
            printed = "\n".join(lines[start + length : end])
            found.append(Step(command, printed, first + start, block["mark"].strip()))
    return found


def _command(lines: list[str]) -> int:
    """How many of `lines` are the command: with lines that end in a backslash, and a here-document to its end."""
    count = 1
    while lines[count - 1].endswith("\\"):
        count += 1
    if delimiter := re.search(r"<<\s*'?(\w+)'?", lines[count - 1]):
        count += lines[count:].index(delimiter[1]) + 1
    return count


def matches(printed: str, expected: str) -> bool:
    """Whether `printed` is `expected`, in which … stands for anything within a line, and alone for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == ELLIPSIS else ".*?".join(map(re.escape, line.split(ELLIPSIS))) + r"\n"
        for line in expected.rstrip().splitlines()
    )
    shown = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    return re.fullmatch(pattern, shown + "\n" if shown else "") is not None


def run(step: Step, folder: Path, environment: dict[str, str]) -> str:
    """What the command prints, both streams together. Errors: AssertionError where its status is not 0."""
    done = subprocess.run(
        ["bash", "-c", step.command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"line {step.line}: {step.command}\n{done.stdout}"
    return done.stdout

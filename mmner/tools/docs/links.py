"""Links of the Markdown pages: each file, heading and image that they name has to be there.

Addresses of the web are not asked. Pages of the site (docs/) may lead to its own files alone, and to no folder: on the
site nothing else exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmner.base.errors import InputError

SITE = Path("docs")
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}).*?^(?P=indent)(?P=fence) *$", re.M | re.S)
CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
OF_HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+?)#* *$", re.M)


def pages(root: Path) -> list[Path]:
    """The Markdown pages of the repository: at its root, beside the data, and the site's."""
    found = (*root.glob("*.md"), root / "data" / "README.md", *(root / SITE).rglob("*.md"))
    return sorted(path for path in found if path.is_file())


def check(root: Path) -> int:
    """Look up the links of each page; how many there are. Errors: InputError `dead-link` with all that lead nowhere."""
    found = [(page, line, target, why) for page in pages(root) for line, target, why in _of_page(page, root)]
    dead = [f"{page.relative_to(root)}:{line}: {target}: {why}" for page, line, target, why in found if why]
    if dead:
        remedy = "correct them; `make docs` renews docs/reference"
        raise InputError("dead-link", "\n  ".join([f"{len(dead)} links lead nowhere", *dead]), remedy=remedy)
    return len(found)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs.yml's slugify make them."""
    taken: dict[str, int] = {}
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")
        taken[anchor] = taken.get(anchor, -1) + 1
        if taken[anchor]:
            taken[f"{anchor}-{taken[anchor]}"] = 0  # GitHub's; of the site a second one is called anchor_1
    return {*taken}


def _of_page(page: Path, root: Path) -> Iterator[tuple[int, str, str | None]]:
    """(line, target, why it is dead) of each link of `page` that is no web address."""
    text = page.read_text(encoding="utf-8")
    plain = CODE.sub(_blank, FENCE.sub(_blank, text))
    for match in _in_order((LINK.finditer(plain), OF_HTML.finditer(plain))):
        target = match[1]
        if not re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
            yield plain.count("\n", 0, match.start()) + 1, target, _dead(page, target, root)


def _in_order(found: Iterable[Iterable[re.Match]]) -> list[re.Match]:
    return sorted((match for matches in found for match in matches), key=lambda match: match.start())


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _dead(page: Path, target: str, root: Path) -> str | None:
    path, _, anchor = target.partition("#")
    there = page.parent / path if path else page
    site = (root / SITE).resolve()
    if not there.exists():
        return "no such file"
    if page.resolve().is_relative_to(site):
        if not there.resolve().is_relative_to(site):
            return f"not in {SITE}/: on the site it would lead nowhere"
        if there.is_dir():
            return "a folder, which the site has not: name its README.md"
    if anchor and (there.suffix != ".md" or anchor not in anchors(there.read_text(encoding="utf-8"))):
        return "no such heading"
    return None

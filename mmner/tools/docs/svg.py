"""A picture of one example: its image with numbered regions, beside cards of text. Plain SVG, the same bytes each time.

Text is left to the viewer's fonts, so that every script can be read.
"""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from collections.abc import Sequence
from html import escape
from pathlib import Path

WIDTH, IMAGE, MARGIN = 1000, 340, 16  # pixels
LINE, LETTER = 18, 7.0  # pixels: between base lines, and of a narrow letter at font size 13
COLUMNS = int((WIDTH - IMAGE - 4 * MARGIN - 100) / LETTER)  # narrow letters that a card's line holds
FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML, escaped or not
COLOURS = ("#d1495b", "#00798c", "#b8860b", "#6a4c93", "#2e7d32")


def draw(image: Path | None, regions: Sequence[dict], cards: Sequence[tuple[str, Sequence[str]]]) -> str:
    """An SVG document. `regions`: with `box` in 0..1; `cards`: (heading, paragraphs), from the top down."""
    parts, bottom = [], MARGIN
    if image is not None:
        picture, height = _image(image, regions)
        parts.append(picture)
        bottom += height
    y = MARGIN
    for heading, paragraphs in cards:
        card, height = _card(y, heading, paragraphs)
        parts.append(card)
        y += height + 8
    height = max(bottom, y) + MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="13">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="white"/>', *parts, "</svg>\n"])


def wrap(text: str, columns: int = COLUMNS) -> list[str]:
    """`text` in lines of at most `columns` narrow letters; breaks at spaces, and between wide (East Asian) ones.

    What XML forbids is left out.
    """
    lines, line, used, space = [], "", 0, -1
    for letter in FORBIDDEN.sub("", " ".join(text.split())):
        width = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used + width > columns:
            cut = space if space > 0 and width == 1 else len(line)
            lines.append(line[:cut].rstrip())
            line = line[cut:].lstrip()
            used = sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)
            space = -1
        if letter == " ":
            space = len(line)
        line, used = line + letter, used + width
    return [*lines, line] if line or not lines else lines


def _image(path: Path, regions: Sequence[dict]) -> tuple[str, int]:
    """The image, IMAGE wide and embedded as JPEG, with the boxes of `regions` and their numbers; and its height."""
    from mmner.base.image_files import load

    image = load(path)
    height = max(1, round(image.height * IMAGE / image.width))
    buffer = io.BytesIO()
    image.resize((IMAGE, height)).save(buffer, "JPEG", quality=75)
    data = base64.b64encode(buffer.getvalue()).decode()
    parts = [
        f'<image x="{MARGIN}" y="{MARGIN}" width="{IMAGE}" height="{height}" href="data:image/jpeg;base64,{data}"/>'
    ]
    for number, region in enumerate(regions):
        box, colour = region["box"], COLOURS[number % len(COLOURS)]
        x, y = MARGIN + box["x0"] * IMAGE, MARGIN + box["y0"] * height
        wide, high = (box["x1"] - box["x0"]) * IMAGE, (box["y1"] - box["y0"]) * height
        top = max(y - 18, 0)  # the number stands above the box, so that it hides nothing in it
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="none" '
            f'stroke="{colour}" stroke-width="3"/>'
            f'<rect x="{x:.1f}" y="{top:.1f}" width="18" height="18" fill="{colour}"/>'
            f'<text x="{x + 9:.1f}" y="{top + 14:.1f}" fill="white" text-anchor="middle">{number + 1}</text>'
        )
    return "\n".join(parts), height


def _card(y: float, heading: str, paragraphs: Sequence[str]) -> tuple[str, int]:
    left = IMAGE + 2 * MARGIN
    lines = [line for paragraph in paragraphs for line in wrap(paragraph)] or ["–"]
    height = LINE * len(lines) + 14
    parts = [
        f'<rect x="{left}" y="{y}" width="{WIDTH - left - MARGIN}" height="{height}" rx="6" fill="#f4f6f8"/>',
        f'<text x="{left + 10}" y="{y + 20}" font-weight="bold" fill="#33475b">{escape(heading)}</text>',
    ]
    for number, line in enumerate(lines):
        parts.append(f'<text x="{left + 110}" y="{y + 20 + LINE * number}" fill="#111">{escape(line)}</text>')
    return "\n".join(parts), height

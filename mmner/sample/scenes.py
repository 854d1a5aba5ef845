"""Scenes with legible text: a shop front, a jersey, a road sign, a poster. `draw` gives a PIL image."""

from __future__ import annotations

import functools
import random
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIZE = (360, 270)  # pixels
Box = tuple[int, int, int, int]
INK = ("#101010", "#1b2a49", "#3a1212", "#0f3020")
PALE = ("#fff6dc", "#ffffff", "#e8f1ff", "#fdeaea")
BOLD = ("#8c1c13", "#1d3f72", "#1f5c3a", "#5b2a86", "#a34700", "#303030")
FONTS = ("DejaVuSans-Bold", "DejaVuSans", "DejaVuSerif-Bold", "DejaVuSerif")


@functools.cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"), size)


class Pen(ImageDraw.ImageDraw):
    """Draws on an image, and knows where it wrote. sign: the place for all lines, in pixels."""

    sign: Box = (0, 0, 0, 0)


def lettering(pen: Pen, box: Box, lines: list[str], fill: str, font: str) -> None:
    """Write `lines` centred in `box` (pixels), each as large as fits, the first a little larger."""
    pen.sign = x0, y0, x1, y1 = box
    weights = [1.25] + [1.0] * (len(lines) - 1)
    top = y0
    for line, weight in zip(lines, weights, strict=True):
        height = (y1 - y0) * weight / sum(weights)
        size = max(14, min(52, int(height * 0.72)))
        while size > 14 and pen.textlength(line, font=_font(font, size)) > x1 - x0:
            size -= 1
        pen.text(((x0 + x1) / 2, top + height / 2), line, fill=fill, font=_font(font, size), anchor="mm")
        top += height


def draw(scene: str, lines: list[str], seed: str) -> Image.Image:
    """An image of `scene` (a key of _SCENES) with `lines` in it; `seed` decides colours, font and layout."""
    return drawn(scene, lines, seed)[0]


def drawn(scene: str, lines: list[str], seed: str) -> tuple[Image.Image, Box]:
    """The image that `draw` gives, and where its lettered sign is, in pixels."""
    rng = random.Random(seed)
    image = Image.new("RGB", SIZE, rng.choice(("#c9dcec", "#d9d4c7", "#b9c9b0", "#cfcfd6")))
    pen = Pen(image)
    _SCENES[scene](pen, rng, lines, rng.choice(FONTS))
    return image, pen.sign


def _shop(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#a65f4a", "#8d8478", "#b58a5c")))
    for y in range(0, 270, 14):
        pen.line((0, y, 360, y), fill="#7a6a60")
    pen.rectangle((16, 20, 344, 140), fill=rng.choice(BOLD), outline="#201810", width=3)
    lettering(pen, (26, 26, 334, 134), lines, rng.choice(PALE), font)
    for x in range(16, 344, 41):
        pen.polygon((x, 146, x + 41, 146, x + 36, 172, x + 5, 172), fill=rng.choice(("#f0f0f0", "#c04040")))
    door = rng.choice((30, 240))
    pen.rectangle((20, 176, 340, 262), fill="#a9c4d4", outline="#303030", width=3)
    pen.rectangle((door, 180, door + 70, 270), fill="#5a3a22")


def _van(pen, rng, lines, font):
    pen.rectangle((0, 200, 360, 270), fill="#6b6b6b")
    body = rng.choice(PALE)
    pen.rectangle((14, 50, 290, 215), fill=body, outline="#333333", width=2)
    pen.polygon((290, 90, 325, 100, 350, 150, 350, 215, 290, 215), fill=body, outline="#333333")
    pen.polygon((298, 105, 320, 112, 338, 150, 298, 150), fill="#8fb2c9")
    for x in (70, 270):
        pen.ellipse((x - 26, 190, x + 26, 242), fill="#202020", outline="#909090", width=5)
    lettering(pen, (24, 70, 282, 185), lines, rng.choice(BOLD), font)


def _crest(pen, rng, lines, font):
    shade = rng.choice(BOLD)
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#2f6b35", "#dcdcdc")))
    pen.polygon((40, 20, 320, 20, 320, 170, 180, 258, 40, 170), fill=shade, outline="#f0d060")
    pen.ellipse((160, 190, 200, 230), fill="#ffffff", outline="#000000", width=2)
    lettering(pen, (56, 40, 304, 160), lines, rng.choice(PALE), font)


def _poster(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#9a8f80", "#70757a")))
    left = rng.choice((24, 40))
    pen.rectangle((left, 14, left + 290, 256), fill=rng.choice(BOLD))
    for _ in range(9):
        x, y, r = rng.randrange(left, left + 260), rng.randrange(195, 240), rng.randrange(4, 12)
        pen.ellipse((x, y, x + r, y + r), fill=rng.choice(("#f2c14e", "#e86f51", "#ffffff")))
    lettering(pen, (left + 14, 26, left + 276, 190), lines, rng.choice(PALE), font)


def _menu(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill="#8a5a33")
    pen.rectangle((22, 18, 338, 250), fill=rng.choice(("#202622", "#262026", "#1c2430")), outline="#c9a26b", width=7)
    lettering(pen, (40, 34, 320, 210), lines, rng.choice(("#f5f5e8", "#ffe9a8")), font)
    pen.arc((150, 205, 210, 245), 0, 180, fill="#f5f5e8", width=4)


def _jersey(pen, rng, lines, font):
    shade = rng.choice(BOLD)
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#4c8c4a", "#cfcfcf")))
    pen.polygon((60, 10, 130, 4, 180, 22, 230, 4, 300, 10, 352, 96, 312, 120, 310, 270, 50, 270, 48, 120, 8, 96), shade)
    pen.arc((130, -20, 230, 30), 0, 180, fill="#ffffff", width=4)
    lettering(pen, (62, 60, 298, 230), lines, "#ffffff", font)


def _badge(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#3d4a5c", "#6a5d4d")))
    pen.line((180, 0, 180, 50), fill="#d04040", width=14)
    pen.rounded_rectangle((34, 46, 326, 244), 16, fill="#ffffff", outline="#303030", width=2)
    pen.rounded_rectangle((34, 46, 326, 70), 12, fill=rng.choice(BOLD))
    lettering(pen, (48, 82, 312, 234), lines, rng.choice(INK), font)


def _election(pen, rng, lines, font):
    pen.rectangle((0, 150, 360, 270), fill="#6d9a5a")
    for x in (90, 262):
        pen.rectangle((x, 180, x + 10, 270), fill="#7a5230")
    pen.rectangle((20, 16, 340, 196), fill=rng.choice(BOLD), outline="#ffffff", width=5)
    pen.polygon((30, 186, 60, 150, 60, 186), fill="#e03030")
    lettering(pen, (36, 28, 324, 178), lines, "#ffffff", font)


def _book(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill="#b98d5e")
    pen.rectangle((50, 8, 316, 264), fill=rng.choice(PALE), outline="#303030", width=2)
    pen.rectangle((50, 8, 64, 264), fill=rng.choice(BOLD))
    lettering(pen, (76, 24, 306, 190), lines, rng.choice(INK), font)
    pen.polygon((140, 245, 190, 200, 240, 245), fill=rng.choice(BOLD))


def _banner(pen, rng, lines, font):
    for x in range(0, 360, 40):
        pen.polygon((x, 0, x + 40, 0, x + 20, 34), fill=rng.choice(("#e63946", "#f4a261", "#2a9d8f", "#457b9d")))
    pen.rectangle((14, 56, 346, 214), fill=rng.choice(PALE), outline=rng.choice(BOLD), width=5)
    lettering(pen, (26, 64, 334, 206), lines, rng.choice(BOLD), font)
    for x in (40, 300):
        pen.ellipse((x, 216, x + 30, 254), fill=rng.choice(("#e63946", "#f4a261")))


def _certificate(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill="#5c4a3d")
    pen.rectangle((16, 16, 344, 254), fill=rng.choice(PALE), outline="#b8902f", width=8)
    pen.ellipse((282, 190, 322, 230), fill="#b03030", outline="#702020", width=3)
    lettering(pen, (34, 32, 326, 190), lines, rng.choice(INK), font)


def _road(pen, rng, lines, font):
    pen.polygon((0, 190, 90, 120, 170, 180, 260, 110, 360, 185, 360, 270, 0, 270), fill="#6f9c5c")
    pen.polygon((150, 270, 175, 185, 190, 185, 230, 270), fill="#808080")
    for x in (70, 280):
        pen.rectangle((x, 150, x + 10, 262), fill="#909090")
    pen.rounded_rectangle(
        (22, 28, 338, 162), 10, fill=rng.choice(("#0b5d3b", "#124a91", "#6b3d14")), outline="#fff", width=4
    )
    lettering(pen, (34, 36, 326, 154), lines, "#ffffff", font)


def _station(pen, rng, lines, font):
    pen.rectangle((0, 170, 360, 270), fill="#8b8b86")
    for y in (205, 240):
        pen.line((0, y, 360, y - 10), fill="#404040", width=5)
    for x in range(0, 360, 30):
        pen.line((x, 200, x + 10, 246), fill="#5e4630", width=6)
    board, ink = rng.choice((("#1d3f72", "#ffffff"), ("#f7f7f7", "#101010")))
    pen.rectangle((20, 40, 340, 150), fill=board, outline="#202020", width=4)
    lettering(pen, (34, 46, 326, 144), lines, ink, font)


def _map(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#eef3df", "#f4efe0")))
    points = [(x, 200 + rng.randrange(-25, 26)) for x in range(-10, 380, 45)]
    pen.line(points, fill="#6aa7d8", width=16)
    for _ in range(4):
        x = rng.randrange(0, 360)
        pen.line((x, 170, x + rng.randrange(-120, 120), 270), fill="#d9b26a", width=4)
    pen.ellipse((30, 225, 70, 255), fill="#a9cf8c")
    pen.ellipse((306, 172, 322, 188), fill="#d03030")
    lettering(pen, (20, 12, 340, 160), lines, rng.choice(INK), font)


def _postcard(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 130), fill=rng.choice(("#f4b183", "#9fd0ef")))
    pen.ellipse((250, 20, 310, 80), fill="#ffe27a")
    pen.polygon(
        (0, 160, 80, 70, 160, 160, 240, 90, 360, 170, 360, 270, 0, 270), fill=rng.choice(("#4f7d5b", "#5a6f95"))
    )
    pen.rectangle((20, 120, 340, 236), fill=rng.choice(PALE))
    lettering(pen, (30, 126, 330, 230), lines, rng.choice(BOLD), font)


def _weather(pen, rng, lines, font):
    pen.rectangle((0, 0, 360, 270), fill=rng.choice(("#24476b", "#3b6ea5")))
    pen.ellipse((270, 180, 330, 240), fill="#ffd75e")
    pen.ellipse((230, 200, 300, 246), fill="#dfe6ee")
    lettering(pen, (24, 16, 336, 180), lines, "#ffffff", font)


_SCENES = {
    "shop": _shop,
    "van": _van,
    "crest": _crest,
    "poster": _poster,
    "menu": _menu,
    "jersey": _jersey,
    "badge": _badge,
    "election": _election,
    "book": _book,
    "banner": _banner,
    "certificate": _certificate,
    "road": _road,
    "station": _station,
    "map": _map,
    "postcard": _postcard,
    "weather": _weather,
}

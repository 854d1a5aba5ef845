"""A small wiki with images, and how the backend is told to ask it."""

import io

from PIL import Image

from tests.fakes.wiki import ASKING, FINDING, Wiki

PAGES = {
    "Honey": "'''Honey''' is a sweet food made by bees. It keeps for years.",
    "Nectar": "'''Nectar''' is what flowers give to bees. It is sweet.",
    "Marlow": "'''Marlow''' may refer to:\n* [[Marlow (river)]]\n* [[Marlow (band)]]",
    "Marlow (band)": "'''Marlow''' is a jazz band with two trumpets. It plays every Friday.",
    "Marlow (river)": "'''Marlow''' is a river full of trout and salmon. It is 30 km long.",
    "Bare": "'''Bare''' is a village of beekeepers. It has no picture.",
}


def png(colour: str, size: tuple[int, int] = (40, 30)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, "PNG")
    return content.getvalue()


FILES = {
    "File:Jar.png": {
        "text": "a jar",
        "bytes": png("gold"),
        "LicenseShortName": "CC BY-SA 4.0",
        "Artist": "<a href='//x'>A.\n Keeper</a>",
    },
    "File:River.png": {"text": "a river", "bytes": png("blue"), "UsageTerms": "Public domain"},
    "File:Band.png": {"text": "a band", "bytes": png("red")},
    "File:Broken.png": {"text": "village bare", "bytes": b"\x89PNG\r\n\x1a\nno"},
    "File:Gone.png": {"text": "village bare", "bytes": None},
    "File:Village.png": {"text": "a village called bare beekeepers", "bytes": png("green")},
    "File:Copy.png": {"text": "twin", "bytes": png("gold")},
}
SHOWS = {
    "Honey": "File:Jar.png",
    "Marlow (river)": "File:River.png",
    "Marlow (band)": "File:Band.png",
    "Nectar": "File:Broken.png",
}


def values(wiki: Wiki) -> dict:
    return {
        **ASKING,
        **FINDING,
        "backend": "mediawiki",
        "host": wiki.host,
        "files": f"http://{wiki.host}/commons/",
        "min_relevance": 0.1,
        "width": 64,
        "max_requests": 100,
        "max_bytes": 1_000_000,
        "batch_size": 8,
        "retries": 1,
        "wait": 0.0,
    }

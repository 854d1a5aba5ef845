"""Contents of files of gold boxes: what is tried, and why what looks odd is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Post:
    """A post and its first entity. size: of its image, in pixels."""

    id: str
    image: str
    size: tuple[int, int]
    words: list[str]
    start: int
    end: int
    label: str

    @property
    def name(self) -> str:
        return " ".join(self.words)


Content = dict[str, tuple[bytes | str, str]]  # name -> (content, why status 0 is right, where it is)
SEEN = "read, cut or passed over by a said rule: docs/grounding.md"
BOX = (1, 2, 9, 12)
SIZE = "<size><width>{}</width><height>{}</height><depth>3</depth></size>"
BY_IMAGE = ("no size", "size 0", "a size below 0", "no height")  # the image says it
OTHER_SIZE = ("another image's size", "a scaled copy's size", "a size lying on its side")
WITHOUT_IMAGE = dict.fromkeys(BY_IMAGE, "") | dict.fromkeys(("good", *OTHER_SIZE), "no image says that it is another")
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


def thing(name: str, corners: tuple = BOX) -> str:
    """An object of that name, with a box of `corners` unless they are ()."""
    sides = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=False)
    inside = "".join(f"<{side}>{value}</{side}>" for side, value in sides if value is not None)
    return f"<object><name>{name}</name>{f'<bndbox>{inside}</bndbox>' if corners else ''}</object>"


def annotation(post: Post, *objects: str, size: str | None = None, head: str = "") -> str:
    """A whole annotation; without `objects` one good box."""
    sides = SIZE.format(*post.size) if size is None else size
    return f"{head}<annotation>{sides}{''.join(objects or [thing(post.name)])}</annotation>"


def annotations(post: Post) -> Content:
    """Annotations of the post's image, most of them bad."""
    width, height = post.size
    good, one = annotation(post), thing(post.name)

    def boxed(*corners: object) -> str:
        return annotation(post, one, thing(post.name, corners))

    found: Content = {
        "good": (good, SEEN),
        "a box of no width": (boxed(5, 2, 5, 9), ""),
        "a box of no height": (boxed(5, 2, 9, 2), ""),
        "a box from right to left": (boxed(9, 2, 1, 12), ""),
        "a box of one point": (boxed(0, 0, 0, 0), ""),
        "a box left of the image": (boxed(-9, 2, -1, 12), ""),
        "a box below the image": (boxed(1, height, 9, height + 9), ""),
        "a box that reaches out": (boxed(-5, -5, width + 5, height + 5), SEEN),
        "a box of 10^300": (boxed(1, 2, "1e300", "1e300"), SEEN),
        "a box of fractions": (boxed(1.5, 2.25, 9.75, 12), SEEN),
        **{f"xmin {text!r}": (boxed(text, 2, 9, 12), "") for text in ("nan", "inf", "-inf", "1e999", "ten", "0x1", "")},
        "xmin of 10,000 digits": (boxed("1" * 10_000, 2, 9, 12), ""),
        "no xmin": (boxed(None, 2, 9, 12), ""),
        "an empty bndbox": (annotation(post, one.replace("</name>", "</name><bndbox/>")), ""),
        "no bndbox": (annotation(post, one, thing("Somebody", ())), SEEN),
        "no name": (annotation(post, one, one.replace(f"<name>{post.name}</name>", "")), ""),
        "an empty name": (annotation(post, one, thing("")), ""),
        "a blank name": (annotation(post, one, thing(" \t\n ")), ""),
        "a label for a name": (annotation(post, one, thing(post.label)), ""),
        "a detector's class for a name": (annotation(post, thing("person")), ""),
        "a detector's class beside a name": (annotation(post, one, thing("person")), SEEN),
        "no name of an entity": (annotation(post, thing(f"{post.name} and more")), ""),
        "a part of an entity beside it": (annotation(post, one, thing(post.name[:2])), SEEN),
        "a name in capitals": (annotation(post, thing(post.name.upper())), SEEN),
        "a name of other blanks": (annotation(post, thing("\u00a0 ".join(post.name))), SEEN),
        "a name of 2 MB": (annotation(post, one, thing("x" * 2_000_000)), SEEN),
        "a name with a half character": (good.replace(post.name, "\ud800"), ""),
        "a name with a control character": (good.replace(post.name, "a\x01"), ""),
        "two names in an object": (annotation(post, one.replace("<name>", "<name>Li</name><name>")), SEEN),
        "two bndboxes in an object": (annotation(post, one.replace("</object>", one[one.index("<bndbox") :])), SEEN),
        "the same box twice": (annotation(post, one, one), SEEN),
        "20,000 boxes": (annotation(post, *(thing(post.name, (1, 2, 9, 10 + n / 1e6)) for n in range(20_000))), SEEN),
        "no object": (annotation(post, ""), SEEN),
        "no size": (annotation(post, size=""), ""),
        "size 0": (annotation(post, size=SIZE.format(0, 0)), ""),
        "a size below 0": (annotation(post, size=SIZE.format(-width, -height)), ""),
        "a size that is nan": (annotation(post, size=SIZE.format("nan", height)), ""),
        "a size in words": (annotation(post, size=SIZE.format("wide", "high")), ""),
        "no height": (annotation(post, size=f"<size><width>{width}</width></size>"), ""),
        "another image's size": (annotation(post, size=SIZE.format(width + 40, height)), ""),
        "a scaled copy's size": (annotation(post, size=SIZE.format(width * 2, height * 2)), ""),
        "a size lying on its side": (annotation(post, size=SIZE.format(height, width + 1)), ""),
        **_documents(post, good),
    }
    return {name: (text, SEEN if name in BY_IMAGE else why) for name, (text, why) in found.items()}


def _documents(post: Post, good: str) -> Content:
    """What is no XML, or XML of another kind, and other encodings."""
    laughing = annotation(post, thing("&l9;"), head=f'<!DOCTYPE lolz [<!ENTITY l0 "ha">{LAUGHS}]>')
    outside = annotation(post, thing("&x;"), head='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>')
    remote = annotation(post, head='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')
    blown = annotation(post, thing("&a;" * 10_000), head=f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>')
    declared = '<?xml version="1.0" encoding="{}"?>'
    french = good.replace(post.name, f"{post.name}</name><name>Jos\u00e9")
    return {
        "billion laughs": (laughing, ""),
        "billion laughs in UTF-16": (laughing.encode("utf-16"), ""),
        "a quadratic blow-up": (blown, ""),
        "an entity of another file": (outside, ""),
        "a document type elsewhere": (remote, ""),
        "an entity without a declaration": (good.replace(post.name, "&nbsp;"), ""),
        "100,000 elements within each other": (
            good.replace("<size>", "<a>" * 100_000 + "</a>" * 100_000 + "<size>"),
            SEEN,
        ),
        "100,000 elements that are not closed": ("<annotation>" * 100_000, ""),
        "nothing": ("", ""),
        "blanks": (" \n\n", ""),
        "one byte": ("<", ""),
        "a mark alone": (b"\xef\xbb\xbf", ""),
        "zeros": (b"\0" * 5000, ""),
        "text": ("no xml", ""),
        "JSON": (json.dumps(line(post)), ""),
        "HTML": ("<!DOCTYPE html><html><body>Not found</body></html>", ""),
        "XHTML": ("<html><body>Not found</body></html>", ""),
        "a PNG": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, ""),
        "gzip": (b"\x1f\x8b\x08" + b"\0" * 100, ""),
        "another root": (good.replace("annotation>", "annotations>"), ""),
        "a namespace": (good.replace("<annotation>", '<annotation xmlns="http://example.org">'), ""),
        "two roots": (good + good, ""),
        "cut off": (good[:-5], ""),
        "words behind it": (good + "more", ""),
        "a bare &": (good.replace(post.name, "AT&T"), ""),
        "20 MB of blanks": (good + " " * 20_000_000, ""),
        "an encoding that nobody knows": (declared.format("x-nowhere") + good, ""),
        "an encoding of several bytes": (declared.format("gb2312") + good, ""),
        "UTF-7": (declared.format("utf-7") + good, ""),
        "latin-1 that says so": ((declared.format("iso-8859-1") + french).encode("latin-1"), SEEN),
        "latin-1 that does not": (french.encode("latin-1"), SEEN),
        "UTF-16": ((declared.format("utf-16") + good).encode("utf-16"), SEEN),
        "UTF-16 that says UTF-8": ((declared.format("utf-8") + good).encode("utf-16"), SEEN),
        "UTF-16 without a mark": (good.encode("utf-16-le"), SEEN),
        "UTF-8 with a mark": (b"\xef\xbb\xbf" + good.encode(), SEEN),
        "lines that end in CRLF": (good.replace("><", ">\r\n<"), SEEN),
        "lines that end in CR": (good.replace("><", ">\r<"), SEEN),
        "a comment, CDATA and an instruction": (
            f"<!-- <!DOCTYPE x> -->{good}".replace(post.name, f"<![CDATA[{post.name}]]><?x y?>"),
            SEEN,
        ),
    }


def line(post: Post) -> dict:
    """A good line of JSON."""
    return {"id": post.id, "start": post.start, "end": post.end, "boxes": [[0.1, 0.2, 0.5, 0.9]]}


def lines(post: Post) -> Content:
    """Files of JSON Lines, most of them bad."""
    good = json.dumps(line(post))

    def changed(**keys: object) -> str:
        return json.dumps(line(post) | keys)

    def box(*corners: object) -> str:
        return changed(boxes=[[*corners]])

    return {
        "good": (good, SEEN),
        "corners by name": (changed(boxes=[{"x0": 0.1, "y0": 0.2, "x1": 0.5, "y1": 0.9}]), SEEN),
        "another name of a corner": (changed(boxes=[{"xmin": 0.1, "ymin": 0.2, "xmax": 0.5, "ymax": 0.9}]), ""),
        "no width": (box(0.1, 0.2, 0.1, 0.9), ""),
        "no height": (box(0.1, 0.2, 0.5, 0.2), ""),
        "from right to left": (box(0.5, 0.2, 0.1, 0.9), ""),
        "below 0": (box(-0.1, 0.2, 0.5, 0.9), ""),
        "above 1": (box(0.1, 0.2, 1.5, 0.9), ""),
        "pixels": (box(10, 20, 30, 40), ""),
        "NaN": (good.replace("0.1", "NaN"), ""),
        "Infinity": (good.replace("0.9", "Infinity"), ""),
        "1e999": (good.replace("0.9", "1e999"), ""),
        "three corners": (box(0.1, 0.2, 0.5), ""),
        "five corners": (box(0.1, 0.2, 0.5, 0.9, 1), ""),
        "corners as texts": (box("0.1", "0.2", "0.5", "0.9"), ""),
        "corners that are true": (box(False, False, True, True), ""),
        "a box that is no list": (changed(boxes=[0.1, 0.2, 0.5, 0.9]), ""),
        "the same box twice": (changed(boxes=line(post)["boxes"] * 2), SEEN),
        "no box": (changed(boxes=[]), SEEN),
        "an unknown id": (changed(id="train-999"), ""),
        "an id of another split": (changed(id="nowhere-0"), ""),
        "an end before the start": (changed(start=post.end, end=post.start or 1), ""),
        "an end that is inclusive": (changed(end=post.end - 1), ""),
        "a start from 1": (changed(start=post.start + 1, end=post.end + 1), ""),
        "tokens that are not there": (changed(start=900, end=901), ""),
        "another label": (changed(label="LOC" if post.label != "LOC" else "PER"), ""),
        "a label that nobody knows": (changed(label="XYZ"), ""),
        "the right label": (changed(label=post.label), SEEN),
        "an entity twice": (f"{good}\n{good}", ""),
        "no id": ('{"start": 1, "end": 2, "boxes": []}', ""),
        "no boxes": (json.dumps({"id": post.id, "start": post.start, "end": post.end}), ""),
        "a key twice": (good.replace('"start"', '"start": 0, "start"'), ""),
        "an unknown key": (changed(colour=1), ""),
        "nothing": ("", ""),
        "blank lines": ("\n \n\t\n", ""),
        "a mark alone": (b"\xef\xbb\xbf", ""),
        "not JSON": ("{", ""),
        "an array of lines": (f"[{good}]", ""),
        "a number": ("3", ""),
        "null": ("null", ""),
        "100,000 brackets": ("[" * 100_000, ""),
        "a number of 6,000 digits": (good.replace("0.9", "9" * 6000), ""),
        "single quotes": (good.replace('"', "'"), ""),
        "two objects in a line": (good + good, ""),
        "cut off": (good[:-5], ""),
        "XML": (annotation(post), ""),
        "gzip": (b"\x1f\x8b\x08" + b"\0" * 100, ""),
        "zeros": (b"\0" * 5000, ""),
        "latin-1": (good.replace(post.id, "jos\u00e9").encode("latin-1"), ""),
        "UTF-16 without a mark": (good.encode("utf-16-le"), ""),
        "UTF-16 with a mark": (good.encode("utf-16"), SEEN),
        "UTF-8 with a mark": (b"\xef\xbb\xbf" + good.encode(), SEEN),
        "lines that end in CRLF": (f"{good}\r\n", SEEN),
        "lines that end in CR": (f"{good}\r", SEEN),
        "one line of 10 MB": (changed(colour="x" * 10_000_000), ""),
        "200,000 lines of posts that nobody knows": ((changed(id="nobody") + "\n") * 200_000, ""),
        "200,000 boxes": (changed(boxes=[[0.1, 0.2, 0.5, 0.3 + n / 1e6] for n in range(200_000)]), SEEN),
    }


def _elsewhere(raw: Path, post: Post) -> None:
    """The folder is a link out of the corpus."""
    (raw / "xml").rename(raw.parent / "outside")
    (raw / "xml").symlink_to(raw.parent / "outside")


def _linked(raw: Path, post: Post) -> None:
    (file := raw / "xml" / f"{post.image}.xml").rename(raw.parent / "outside.xml")
    file.symlink_to(raw.parent / "outside.xml")


def _renamed(raw: Path, post: Post, name: str) -> None:
    (raw / "xml" / name).parent.mkdir(parents=True, exist_ok=True)
    (raw / "xml" / f"{post.image}.xml").rename(raw / "xml" / name)


def _by(name: Callable[[Post], str]) -> Callable[..., None]:
    return lambda raw, post: _renamed(raw, post, name(post))


MOVES: dict[str, Callable[..., None]] = {
    "a link to elsewhere": _elsewhere,
    "a link to a file elsewhere": _linked,
    "of another image": _by(lambda post: "other.xml"),
    "without the image's suffix": _by(lambda post: f"{post.image.rpartition('.')[0]}.xml"),
    "in a folder of its own": _by(lambda post: f"train/{post.image}.xml"),
    "a suffix in capitals": _by(lambda post: f"{post.image}.XML"),
    "JSON by its name": _by(lambda post: f"{post.image}.json"),
}
MEANT_MOVES = {"without the image's suffix": "GMNER's are called so"}

"""What a text says of names: a list, `1. NAME (description) 2. …`, or prose that names them and says what they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True)
class Finding:
    """A name as the text writes it, and the words that describe it there, "" for none."""

    name: str
    description: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.description})" if self.description else self.name


_REASONING = re.compile(r"[Rr]easoning\s*:|\b[Rr]easoning\b")
_NUMBER = re.compile(r"(?:^|(?<=[\s:;,.)\]]))\(?(\d{1,2})[.)]\s*(?=\S)|(?<=[^\W\d_])(\d{1,2})\.\s+(?=\S)")
_HEADING = re.compile(r"^\s*(?:named )?entit(?:y|ies)\b[^:.]{0,40}:\s*", re.IGNORECASE)
_NAMES = re.compile(r"^\s*Names: (.+?)\.?\s*$")  # as mmner's own backend `steps` writes them
_DESCRIBED = re.compile(r"\s*([^()]+?)\s*\(([^()]*)\)")
_DASHED = re.compile(r"\s*(.+?)\s+[-–—]\s+(.+)")
_NONE = re.compile(r"(?:none|no|n/a|not|there (?:is|are))(?:\b|reasoning)", re.IGNORECASE)
_MARKS = " \t\n\"'“”‘’«».,;:*-–—"
LONGEST = 100  # characters of a name; what is longer is a sentence

# Prose. A name: what is quoted, a run of capitalised words with small ones between them, or the subject of a sentence.
_SMALL = r"(?:(?:of|the|and|de|da|van|von|for|in|&)\s+){0,2}"
_CAPITALISED = r"[#@]?(?!_)[^\W\da-zß-öø-ÿ][\w'’&.-]*"
_NAME = re.compile(
    rf"[\"“«「《]([^\"”»」》]{{1,80}})[\"”»」》]|({_CAPITALISED}(?:\s+{_SMALL}(?:{_CAPITALISED}|\d[\w-]*))*)"
)
_SAYS = re.compile(
    r"\s*(?:\(([^()]{2,80})\)|,?\s*(?:which |who )?\b(?:is|are|was|were|refers? to|means?|may be|could be)\s+"
    r"([^.;]{2,80})|,\s+((?:an?|the|one of)\s[^.;,()]{2,60})|:\s+([^.;()]{2,60}))"
)
_SUBJECT = re.compile(r"\s*([^,;:.()]{2,60}?)\s+(?:is|are|was|were|refers? to|may be|could be)\s+([^.;]{2,80})")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_OPENING_WORDS = """the this that these those it its in on at by a an and but or if since as there here he she they we i
    you what which reasoning named names name entities entity image picture photo sentence text nothing no therefore
    however without based overall additionally both types"""
_OPENINGS = frozenset(_OPENING_WORDS.split())


def findings(texts: Sequence[str]) -> list[Finding]:
    """What the steps `texts` of a chain say of names: each name once, with all that describes it.

    A step that lists names is taken by its list, any other by its prose. Names are checked against no sentence.
    """
    found: dict[str, Finding] = {}
    stated = [prose(text) if (listed := _listed(text)) is None else listed for text in texts]
    for finding in chain.from_iterable(stated):
        key = finding.name.casefold()
        before = found.setdefault(key, finding)
        if finding.description.casefold() not in before.description.casefold():
            both = [part for part in (before.description, finding.description) if part]
            found[key] = Finding(before.name, "; ".join(both))
    return list(found.values())


def prose(text: str) -> list[Finding]:
    """What running `text` names, with what it says of each right behind the name."""
    found = []
    for sentence in _SENTENCE.split(text):
        for match in _NAME.finditer(sentence):
            said = _SAYS.match(sentence, match.end())
            description = next((part for part in said.groups() if part), "") if said else ""
            found.append((match.group(1) or _without_opening(match.group(2)), description))
        if subject := _SUBJECT.match(sentence):
            found.append((_without_opening(subject.group(1)), subject.group(2)))
    named = [(name.strip(_MARKS), " ".join(said.split()).strip(_MARKS)) for name, said in found]
    return [Finding(name, said) for name, said in named if name]


def _without_opening(name: str) -> str:
    words = name.split()
    while words and words[0].casefold() in _OPENINGS:
        words = words[1:]
    return " ".join(words)


def _listed(text: str) -> list[Finding] | None:
    """The entries of the list of names at the beginning of `text`; None where there is no list."""
    if names := _NAMES.match(text):
        return [Finding(name.strip()) for name in names.group(1).split(";") if name.strip()]
    head = _REASONING.split(text, maxsplit=1)[0]
    heading = _HEADING.match(head)
    if heading:
        head = head[heading.end() :]
    numbers = list(_NUMBER.finditer(head))
    if numbers and numbers[0].group(1) == "1":
        ends = [*(number.start() for number in numbers[1:]), len(head)]
        entries = [head[number.end() : end] for number, end in zip(numbers, ends, strict=True)]
    elif heading:
        entries = [match.group(0) for match in _DESCRIBED.finditer(head)] or [head]
    else:
        return None
    return [finding for entry in entries if (finding := _entry(entry)) is not None]


def _entry(entry: str) -> Finding | None:
    match = _DESCRIBED.match(entry) or _DASHED.match(entry)
    name, description = match.groups() if match else (entry, "")
    name, description = name.strip(_MARKS), " ".join(description.split()).strip(_MARKS)
    if not name or _NONE.match(name) or len(name) > LONGEST:
        return None
    return Finding(name, description)

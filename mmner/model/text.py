"""The extra text of a sentence: TVO 4.1's template, and IAC's Z = [T, chain].

`[CLS] tokens [SEP] candidate_1: knowledge_1 [SEP] ... caption [SEP] chain [SEP]`. Extra text gives way to the
sentence; a sentence longer than the encoder takes becomes overlapping windows, so that each token keeps a place.
How long each text may be: `mmner.networks.budget`.
"""

from __future__ import annotations

from mmner.model.params import Switches
from mmner.ner.findings import findings
from mmner.networks.budget import Extra


def extra_texts(row: dict, switches: Switches) -> list[Extra]:
    """The extra texts of an example, in the template's order.

    `row`: spans (candidates), facts (knowledge), caption, steps (chain), each a list, a string or None.
    Of a candidate's facts those that the relevance filter kept count (TVO 4.1), all of them.
    """
    texts = []
    if switches.knowledge != "none":
        facts: dict[str, list[str]] = {}
        if switches.knowledge == "facts":
            for fact in row["facts"] or []:
                if fact["kept"]:
                    facts.setdefault(fact["candidate"], []).append(fact["summary"])
        names = dict.fromkeys(span["text"] for span in row["spans"] or [])
        texts += [Extra("knowledge", tuple(facts.get(name, ())), name) for name in names]
    if switches.caption and row["caption"]:
        texts.append(Extra("caption", (row["caption"],)))
    if switches.chain != "none" and (parts := _chain([step["text"] for step in row["steps"] or ()], switches.chain)):
        texts.append(Extra("chain", parts))
    return texts


def _chain(steps: list[str], chain: str) -> tuple[str, ...]:
    """What of a chain is read: its steps, or what they find."""
    if chain == "text":
        return tuple(steps)
    found = [str(finding) for finding in findings(steps)]
    return tuple(f"{one};" for one in found[:-1]) + tuple(found[-1:])

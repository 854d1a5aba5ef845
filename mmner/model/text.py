"""A sentence and its extra text as word pieces: TVO 4.1's template, and IAC's Z = [T, chain].

`[CLS] tokens [SEP] candidate_1: knowledge_1 [SEP] ... caption [SEP] chain [SEP]`. Extra text gives way to the
sentence; a sentence longer than the encoder takes becomes overlapping windows, so that each token keeps a place.
"""

from __future__ import annotations

from mmner.model.params import Switches
from mmner.ner.findings import findings


def extra_texts(row: dict, switches: Switches) -> list[tuple[str, str]]:
    """The extra text of an example as (kind, text), in the template's order.

    `row`: spans (candidates), facts (knowledge), caption, steps (chain), each a list, a string or None.
    Of a candidate's facts only those that the relevance filter kept count (TVO 4.1).
    """
    texts = []
    if switches.knowledge != "none":
        facts: dict[str, str] = {}
        if switches.knowledge == "facts":
            for fact in row["facts"] or []:
                if fact["kept"]:
                    facts.setdefault(fact["candidate"], fact["summary"])
        names = dict.fromkeys(span["text"] for span in row["spans"] or [])
        texts += [("knowledge", f"{name}: {facts[name]}" if name in facts else name) for name in names]
    if switches.caption and row["caption"]:
        texts.append(("caption", row["caption"]))
    if switches.chain == "text" and row["steps"]:
        texts.append(("chain", " ".join(step["text"] for step in row["steps"])))
    elif switches.chain == "findings" and (found := findings([step["text"] for step in row["steps"] or ()])):
        texts.append(("chain", "; ".join(map(str, found))))
    return texts

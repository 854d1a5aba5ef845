"""How many rows are right, have an error, or are lost, where many answers of a server are odd.

Lost is a row with another value than the right one, or with neither value nor error: of these there must be none. A
second run, over the same store, has a server that is well again: a failure that may pass must not have been stored.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from mmner.rows.compute import compute
from mmner.rows.contract import Backend
from mmner.rows.store import Store
from tests.fakes.llm_server import Reply, Server
from tests.fakes.wiki import ODD as ODD_WIKI
from tests.fakes.wiki import Wiki, serving

STATES = ("right", "named", "lost", "right after", "named after", "lost after")
SHARE = 0.5  # of a language model's answers that are odd
SHARE_OF_WIKI = 0.2  # of a wiki's, of which a row needs several
TEXTS = (  # of an answer; {good}: the right JSON
    *(
        "",
        "null",
        "3",
        "true",
        "{{}}",
        '"text"',
        "NaN",
        "[[[[",
        "{{" * 1000,
        "9" * 5000,
        "\ufeff{good}",
        "\x00{good}",
    ),
    *("{draft}</think>{good}", "<think>{draft}</think>{good}", "<THINK>{draft}</Think >{good}", "<think>{draft}"),
    *("{draft} then {good}", "```json\n{good}\n```", "```\n{good}", "Sure: {good} Anything else?", "{draft}</think>"),
    *('{{"expressions": null}}', '{{"expressions": 7}}', '{{"expressions": "text"}}', '{{"expressions": [1, 2]}}'),
    *('{{"expressions": [null]}}', '{{"expressions": [["a"]]}}', '{{"expressions": {{}}}}', '{{"phrases": ["x"]}}'),
    *(
        '{{"expressions": ["a"], "more": 1}}',
        '{{"expressions": ["a',
        '{{"expressions": ["a"',
        "{{'expressions': ['a']}}",
    ),
)
CHOICES = (
    None,
    [],
    {},
    "text",
    [None],
    [[]],
    [{}],
    [{"message": None}],
    [{"message": []}],
    [{"message": {"content": 7}}],
)
USAGES = (None, [], "none", {}, {"prompt_tokens": -5, "completion_tokens": 3}, {"prompt_tokens": 10**25})
USAGES += ({"prompt_tokens": "7", "completion_tokens": None}, {"prompt_tokens": 1.5, "completion_tokens": True})
FINISHES = (None, 7, ["stop"], "eos", "length", "content_filter")
STATUSES = (400, 408, 409, 422, 429, 500, 502, 503)
BODIES = (b"", b"{}", b"[]", b"null", b"3", b"{}{}", b"[" * 100_000, b"\xff\xfe", b"<html>", b'{"choices": [{"message"')


def _with(good: str, **parts) -> Reply:
    """A reply whose only choice, or whose whole body, has other `parts`."""
    body = Reply(good).body()
    whole = {name: parts.pop(name) for name in ("choices", "usage") if name in parts}
    return Reply(raw=json.dumps({**body, "choices": [body["choices"][0] | parts], **whole}).encode())


def _text(template: str, good: str) -> Reply:
    return Reply(template.format(good=good, draft='{"expressions": ["DRAFT"]}'))


ODD_LLM: dict[str, Callable[[str], Reply]] = {
    **{f"text {text[:40]!r}": partial(_text, text) for text in TEXTS},
    **{f"choices {choices}": partial(_with, choices=choices) for choices in CHOICES},
    **{f"usage {usage}": partial(_with, usage=usage) for usage in USAGES},
    **{f"finish {finish}": partial(_with, finish_reason=finish) for finish in FINISHES},
    **{f"status {status}": lambda good, status=status: Reply(status=status) for status in STATUSES},
    **{f"body {body[:20]!r}": lambda good, body=body: Reply(raw=body) for body in BODIES},
    "half a character": lambda good: Reply('{"expressions": ["\\ud83d"], "more": 1}'),
    "refusal": lambda good: Reply(good, refusal="no"),
    "parts of text": lambda good: _with(good, message={"content": [{"type": "text", "text": good}, {"type": "image"}]}),
    "cut off": lambda good: Reply(good, cut=True),
}


def count(stage: str, items: Sequence[dict], right: Sequence[dict], made: Callable[[], Backend], mend) -> Counter:
    """Rows of `stage` by what became of them; "after" as well, once `mend` made the server well again."""
    store, counts = Store(), Counter()
    for run in ("", " after"):
        answers, _, _ = compute(stage, list(items), made(), store)
        for answer, expected in zip(answers, right, strict=True):
            if answer["error"] and answer["value"] is None:
                state = "named"
            else:
                state = "right" if not answer["error"] and expected(answer["value"]) else "lost"
            counts[state + run] += 1
        mend()
    return counts


def llm(rows: int, seed: int) -> Counter:
    """Expressions of `rows` posts by a language model."""
    from tests.llm.asking import expressions, posts

    chance, odd = random.Random(seed), [True]

    def answer(body: dict, number: int) -> Reply:
        word = re.search(r"Word\d+", json.dumps(body))[0]
        good = json.dumps({"expressions": [word]})
        if not odd[0] or chance.random() > SHARE:
            return Reply(good)
        return ODD_LLM[chance.choice([*ODD_LLM])](good)

    items = posts(*(f"Word{number} is here" for number in range(rows)))
    right = [lambda value, n=n: value == {"expressions": [f"Word{n}"]} for n in range(rows)]
    with Server(answer) as server:
        made = partial(expressions, server, constrain="prompt", concurrency=8, retries=1)
        return count("expressions", items, right, made, lambda: odd.__setitem__(0, False))


class OddWiki(Wiki):
    """A wiki of which SHARE_OF_WIKI of the answers are odd, while `ill`."""

    def __init__(self, pages: dict[str, str], seed: int):
        self._chance, self.ill = random.Random(seed), False
        super().__init__(pages)

    @property
    def odd(self) -> str | None:
        return self._chance.choice([*ODD_WIKI]) if self.ill and self._chance.random() < SHARE_OF_WIKI else None

    @odd.setter
    def odd(self, kind: None) -> None:
        """Chance says which it is."""


def wiki(rows: int, seed: int) -> Counter:
    """Knowledge of `rows` posts by a MediaWiki."""
    from tests.knowledge.test_wikipedia import made, post

    names = [f"Thing{number}" for number in range(rows)]
    pages = {name: f"'''{name}''' is a thing on a shelf. It is kept well." for name in names}
    site = OddWiki(pages, seed)
    items = [post(f"We saw {name} on a shelf", name, name=name) for name in names]
    right = [lambda value, name=name: [fact["title"] for fact in value["facts"]] == [name] for name in names]

    def mend() -> None:
        site.ill = False

    with serving(site) as host:
        backend = partial(made, host, batch_size=4, retries=1)
        backend()([])
        site.ill = True
        return count("knowledge", items, right, backend, mend)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.odd_answers", description=__doc__)
    parser.add_argument("--rows", type=int, default=500, help="of each (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault("TEST_LLM_KEY", "sk-test")
    for name, measure, kinds in (("llm", llm, ODD_LLM), ("wiki", wiki, ODD_WIKI)):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["MMNER_STORE"] = folder
            counts = measure(args.rows, args.seed)
        states = {state: counts[state] for state in STATES}
        print(f"{name}: {len(kinds)} kinds of odd answers, {args.rows} rows: {states}")


if __name__ == "__main__":
    main()

"""A params.yaml, a dvc.yaml and a dvc.lock that are no such files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import Case, nothing
from benchmarks.bad_inputs.precomputed import at_place
from benchmarks.bad_inputs.project import stage

READS_PARAMS = (
    "corpus list",
    "corpus add twitter2015",
    "corpus lint tiny",
    "doctor",
    "experiments list",
    "costs --plan",
)
READS_PARAMS += (
    "gallery --preparation tiny --out drawn",
    "retrain tiny",
    "corpus new own mine",
    "experiments add tvo1",
)
OUT = b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: [{path: data/prepared/tiny/captions.parquet, "
LOCKS: dict[str, bytes] = {
    "a list": b"[1]",
    "a text": b"x",
    "empty": b"",
    "unclosed": b"stages: {",
    "latin-1": b"\xf6",
    "stages a text": b"schema: '2.0'\nstages: x",
    "stages a list": b"schema: '2.0'\nstages: [1]",
    "a stage a text": b"schema: '2.0'\nstages: {captions@tiny: x}",
    "outs a text": b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: x}}",
    "an out a number": b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: [1]}}",
    "no path": b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: [{md5: abc}]}}",
    "md5 a number": OUT + b"md5: 7}]}}",
    "md5 of two letters": OUT + b"md5: ab}]}}",
    "md5 that leads out": OUT + b"md5: ../../x}]}}",
    "a conflict of git": b"<<<<<<< HEAD\nstages: {}\n=======\nstages: {}\n>>>>>>> other\n",
    "half": b"schema: '2.0'\nstages:\n  captions@tiny:\n    cmd: x\n    outs:\n    - path: da",
}
YAML: dict[str, bytes] = {
    "a list": b"[1]",
    "a number": b"7",
    "a text": b"x",
    "empty": b"",
    "latin-1": b"corpora: {tiny: {domain: \xf6}}",
    "UTF-16": "corpora: {}".encode("utf-16"),
    "a key twice": b"corpora: {}\ncorpora: {}\n",
    "a tab": b"corpora:\n\ttiny: {}\n",
    "unclosed": b"corpora: {",
    "a tag of Python": b"corpora: !!python/object/apply:os.system [id]\n",
    "an alias to itself": b"corpora: &a {tiny: *a}\n",
    "a billion laughs": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % (c + 1, c + 1, *[c] * 8) for c in range(97, 105)),
    "1,000 brackets": b"corpora: " + b"[" * 1000,
    "100,000 brackets": b"corpora: " + b"[" * 100_000,
    "two documents": b"corpora: {}\n---\ncorpora: {}\n",
    "a NUL": b"corpora: {}\n\0",
    "half a character": b'corpora: {"\\ud800": {}}\n',
    "a date of month 13": b"corpora: {tiny: {domain: 2020-13-40}}\n",
    "5,000 digits": b"corpora: {tiny: {limit: " + b"9" * 5000 + b"}}\n",
    "a conflict of git": b"<<<<<<< HEAD\ncorpora: {}\n=======\ncorpora: {}\n>>>>>>> other\n",
    **{
        f"{section} is a list": f"{section}: [1]\n".encode()
        for section in ("corpora", "preparations", "runs", "captions")
    },
    **{
        f"{section} is a text": f"{section}: x\n".encode()
        for section in ("corpora", "preparations", "runs", "captions")
    },
    **{
        f"an entry of {section} is a list": f"{section}: {{tiny: [1]}}\n".encode()
        for section in ("corpora", "preparations", "runs")
    },
}


def yaml(content: dict, base: Path) -> Iterator[Case]:
    """params.yaml and dvc.lock that are no such files."""
    readers = (
        stage("captions"),
        stage("examples"),
        stage("train"),
        *(f"-m mmner {command}" for command in READS_PARAMS),
    )
    empty = ("empty", "corpora: {}")
    for kind, text in YAML.items():
        spoil = partial(replaced, file="params.yaml", content=text)
        why = "nothing is asked of it" if kind in empty else ""
        yield Case("yaml", f"params.yaml: {kind}", spoil, readers, why)
    for kind, damage in files.DAMAGE.items():
        yield Case(
            "yaml",
            f"params.yaml is {kind}",
            partial(with_own_files, then=partial(at_place, place="params.yaml", damage=damage)),
            readers,
        )
    looks = ("-m mmner doctor", "-m mmner costs --plan", "-m mmner clean", "-m mmner retry --dry", stage("captions"))
    for kind, text in LOCKS.items():
        yield Case("yaml", f"dvc.lock: {kind}", partial(replaced, file="dvc.lock", content=text), looks)
    for kind, damage in files.SPECIAL.items():
        if kind != "missing":
            spoil = partial(at_place, place="dvc.lock", damage=damage)
            yield Case("yaml", f"dvc.lock is {kind}", spoil, looks)
    for kind, text in YAML.items():
        spoil = partial(replaced, file="dvc.yaml", content=text)
        yield Case("yaml", f"dvc.yaml: {kind}", spoil, ("-m mmner costs --plan", "-m mmner retry --dry"))


def replaced(folder: Path, file: str, content: bytes) -> None:
    with_own_files(folder)
    (folder / file).write_bytes(content)


def with_own_files(folder: Path, then: Callable[[Path], object] = nothing) -> None:
    """Files of a corpus of one's own, in `mine`; then something else."""
    shutil.copytree(folder / "data/raw/tiny", folder / "mine")
    then(folder)

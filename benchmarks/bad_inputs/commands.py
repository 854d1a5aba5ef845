"""Bad command lines, bad environments, and a params.yaml and a dvc.lock that are no such files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import Case, nothing
from benchmarks.bad_inputs.precomputed import _at
from benchmarks.bad_inputs.project import STAGES, stage

COMMANDS = (  # each with what it needs
    "clean",
    "corpus list",
    "corpus show twitter2015",
    "corpus add twitter2015",
    "corpus get twitter2015 --from mine",
    "corpus lint tiny",
    "corpus new own mine",
    "costs",
    "costs --plan",
    "docs",
    "doctor",
    "experiments list",
    "experiments show tvo1",
    "experiments add tvo1",
    "forget-batch b --base-url http://127.0.0.1:9/v1",
    "gallery --preparation tiny --out drawn",
    "retrain tiny",
    "retry --dry",
    "tables --only tvo1",
)
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
    "md5 a number": b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: [{path: data/prepared/tiny/captions.parquet, md5: 7}]}}",
    "md5 of two letters": b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: [{path: data/prepared/tiny/captions.parquet, md5: ab}]}}",
    "md5 that leads out": b"schema: '2.0'\nstages: {captions@tiny: {cmd: x, outs: [{path: data/prepared/tiny/captions.parquet, md5: ../../x}]}}",
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
        spoil = partial(_replace, file="params.yaml", content=text)
        why = "nothing is asked of it" if kind in empty else ""
        yield Case("yaml", f"params.yaml: {kind}", spoil, readers, why)
    for kind, damage in files.DAMAGE.items():
        yield Case(
            "yaml",
            f"params.yaml is {kind}",
            partial(_with_files, then=partial(_at, place="params.yaml", damage=damage)),
            readers,
        )
    looks = ("-m mmner doctor", "-m mmner costs --plan", "-m mmner clean", "-m mmner retry --dry", stage("captions"))
    for kind, text in LOCKS.items():
        yield Case("yaml", f"dvc.lock: {kind}", partial(_replace, file="dvc.lock", content=text), looks)
    for kind, damage in files.SPECIAL.items():
        if kind != "missing":
            spoil = partial(_at, place="dvc.lock", damage=damage)
            yield Case("yaml", f"dvc.lock is {kind}", spoil, looks)
    for kind, text in YAML.items():
        spoil = partial(_replace, file="dvc.yaml", content=text)
        yield Case("yaml", f"dvc.yaml: {kind}", spoil, looks[:4])


def _replace(folder: Path, file: str, content: bytes) -> None:
    _with_files(folder)
    (folder / file).write_bytes(content)


def _with_files(folder: Path, then: Callable[[Path], object] = nothing) -> None:
    """Files of a corpus of one's own, in `mine`; then something else."""
    shutil.copytree(folder / "data/raw/tiny", folder / "mine")
    then(folder)


def commands(content: dict, base: Path) -> Iterator[Case]:
    """Missing, unknown and odd arguments of every command and stage; files where folders belong."""

    def case(name: str, line: str, spoil: Callable[[Path], object] = nothing, why: str = "") -> Case:
        return Case("commands", name, partial(_with_files, then=spoil), (line,), why)

    yield case("no command", "-m mmner")
    yield case("an unknown command", "-m mmner frobnicate")
    for command in COMMANDS:
        first = " ".join(command.split()[: 2 if command.startswith(("corpus", "experiments")) else 1])
        yield case(f"{first}: an unknown option", f"-m mmner {command} --frobnicate")
        yield case(f"{first}: an argument more", f"-m mmner {command} more evermore")
        if command != first:
            yield case(
                f"{first}: nothing else",
                f"-m mmner {first}",
                why="it needs nothing" * (first == "costs" or first == "retry"),
            )
        if "--" not in command and " " in command and len(command.split()) > 2:
            yield case(f"{first}: an unknown name", f"-m mmner {first} frobnicate {' '.join(command.split()[3:])}")
        yield case(f"{first}: elsewhere", f"-m mmner {command}", lambda folder: (folder / "dvc.yaml").unlink())
    for option, values in OPTIONS.items():
        for value in values:
            place = {**PLACES, **files.SPECIAL}.get(value)
            told = "place" if place else value
            spoil = partial(_at, place="place", damage=place) if place and value != "missing" else nothing
            yield case(
                f"{option.replace('{}', value)}",
                f"-m mmner {option.format(told)}",
                spoil,
                MEANT.get((option, value), ""),
            )
    for name in ("examples", *STAGES, "train", "evaluate", "images", "sample"):
        yield case(f"stage {name}: nothing", f"stages/{name}.py")
        yield case(f"stage {name}: an unknown option", f"stages/{name}.py --frobnicate x")
        if name == "sample":
            continue
        line = stage(name)
        for option in [word for word in line.split() if word.startswith("--")]:
            words = line.split()
            at = words.index(option)
            yield case(f"stage {name}: no {option}", " ".join(words[:at] + words[at + 2 :]))
            odd = ("nowhere", "/dev/zero", "params.yaml/x", "\x1f", "x" * 300)
            for value in odd:
                told = " ".join([*words[: at + 1], value, *words[at + 2 :]])
                why = "a folder that is made" if value in ("nowhere", "\x1f") and option in WRITTEN else ""
                yield case(f"stage {name}: {option} {value[:20]!r}", told, nothing, why)


WRITTEN = ("--out", "--examples", "--gold", "--model", "--live", "--artifact", "--parent")
PLACES: dict[str, files.Damage] = {"a file": lambda path: path.write_text("x"), "an empty folder": Path.mkdir}
ODD_PLACES = (*PLACES, *files.SPECIAL)
NUMBERS = ("-1", "0", "x", "nan", "inf", "9" * 30, "1.5", "")
OPTIONS = {  # what stands for {} -> odd values
    "gallery --preparation tiny --out drawn --count {}": NUMBERS,
    "gallery --preparation tiny --out {}": (*ODD_PLACES, "params.yaml", "params.yaml/x", "/dev/null"),
    "gallery --preparation {} --out drawn": ("x", "../tiny", "\x1f", "tiny/../tiny"),
    "clean --keep-days {}": NUMBERS,
    "clean --prepared {}": ODD_PLACES,
    "clean --drop {}": ("", "x"),
    "costs --prepared {}": ODD_PLACES,
    "costs --preparation {}": ("x", "../tiny"),
    "costs --plan --preparation {}": ("x", "../tiny"),
    "doctor --timeout {}": NUMBERS,
    "doctor --params {}": ODD_PLACES,
    "doctor --data {}": ODD_PLACES,
    "doctor --preparation {}": ("x", "../tiny", ""),
    "doctor --run {}": ("x", "../tiny", ""),
    "corpus list --params {}": ODD_PLACES,
    "corpus list --data {}": ODD_PLACES,
    "corpus add twitter2015 --params {}": ODD_PLACES,
    "corpus add twitter2015 --preparation {}": ("x", ""),
    "corpus get twitter2015 --from {}": ODD_PLACES,
    "corpus get twitter2015 --base-url {}": (
        "hello",
        "",
        "http://",
        "http://127.0.0.1:9",
        "ftp://x",
        "file:///etc",
        "http://[",
        "http://a:b",
    ),
    "corpus get twitter2015 --data {} --from mine": ODD_PLACES,
    "corpus lint tiny --encoder {}": ("x", "", "embedded:x", "params.yaml", "/dev/zero", *ODD_PLACES),
    "corpus lint tiny --data {}": ODD_PLACES,
    "corpus new own {}": (*ODD_PLACES, "nowhere", "/dev"),
    "corpus new {} mine": ("a.b", "../x", "-x", "tiny", "\x1f", "x" * 200, "$(x)", "NO"),
    "corpus new own mine --limit {}": NUMBERS,
    "corpus new own mine --language {}": ("xx-yy-zz", "", "7", "englisch"),
    "corpus new own mine --train {}": ("nowhere", "../params.yaml", "/etc/passwd", "images", "", "knowledge.zim"),
    "corpus new own mine --images {}": ("nowhere", "../data", "/etc", "train.txt", ""),
    "corpus new own mine --scheme {}": ("iob9", ""),
    "corpus new own mine --domain {}": ("", "a\x1fb"),
    "corpus new own mine --data {}": ODD_PLACES,
    "corpus new own mine --params {}": ODD_PLACES,
    "experiments list --profile {}": ("x", ""),
    "experiments add tvo1 --seed {}": NUMBERS,
    "experiments add tvo1 --corpus {}": ("x", "tiny", ""),
    "experiments add tvo1 --row {}": ("x", ""),
    "experiments list --runs {}": ODD_PLACES,
    "experiments add tvo1 --params {}": ODD_PLACES,
    "forget-batch b --base-url {}": ("x", "", "http://["),
    "retrain {}": ("x", "../tiny", ""),
    "retry --dry --stage {}": ("x", ""),
    "retry --dry --preparation {}": ("x", "../tiny"),
    "tables --only tvo1 --out {}": (*ODD_PLACES, "params.yaml/x"),
    "tables --only tvo1 --runs {}": ODD_PLACES,
    "tables --only iac1 --data {}": ODD_PLACES,
    "tables --only {}": ("x", ""),
    "tables --only tvo1 --profile {}": ("x", ""),
}
FRESH = "a place that is made"
NOTHING = "nothing is there yet"
MEANT = {
    **{
        (option, value): FRESH
        for option in OPTIONS
        if "--out {}" in option
        for value in ("an empty folder", "missing", "folder")
    },
    **{
        (option, value): NOTHING
        for option in OPTIONS
        if any(f"{name} {{}}" in option for name in ("--prepared", "--runs", "--data"))
        for value in ("an empty folder", "missing", "folder")
    },
    ("clean --keep-days {}", "0"): "all that is unused",
    ("clean --keep-days {}", "1.5"): "36 hours",
    ("clean --drop {}", ""): "asked for",
    ("doctor --timeout {}", "1.5"): "seconds",
    ("corpus new {} mine", "NO"): "YAML 1.2 has NO as a word",
    ("corpus new own mine --domain {}", "a\x1fb"): "free text",
}


def _read_only(folder: Path, place: str) -> None:
    (folder / place).chmod(0o555)


USER = "setpriv --reuid=65534 --regid=65534 --clear-groups"


def environment(content: dict, base: Path) -> Iterator[Case]:
    """What surrounds the process."""
    lines = (
        stage("captions", "sampled" if False else "tags"),
        "-m mmner doctor",
        "-m mmner costs",
        "-m mmner corpus list",
    )

    def case(name: str, spoil=nothing, shell: str = "{}", why: str = "", commands: tuple = lines, **variables) -> Case:
        return Case("environment", name, spoil, commands, why, environment=variables, shell=shell)

    fine = "it needs none of that"
    yield case("an ASCII locale", why=fine, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    yield case("no HOME", why=fine, HOME=None)
    yield case("HOME is nowhere", why=fine, HOME="/nowhere")
    yield case("HOME is a file", why=fine, HOME="/etc/passwd")
    for name, place in {
        "a file": "params.yaml",
        "in a file": "params.yaml/x",
        "/dev/null": "/dev/null",
        "/proc": "/proc/x",
    }.items():
        yield case(f"MMNER_STORE is {name}", commands=lines[:3], MMNER_STORE=place)
    yield case("MMNER_STORE is ~nobody", why="a folder of that name", commands=lines[:3], MMNER_STORE="~nobody/x")
    yield case("TMPDIR is nowhere", why=fine, TMPDIR="/nowhere")
    yield case("PYTHONWARNINGS=error", why=fine, PYTHONWARNINGS="error::DeprecationWarning")
    for count in (4, 8, 16, 32):
        yield case(f"ulimit -n {count}", shell=f"ulimit -n {count}; {{}}", why="enough" if count > 8 else "")
    for size in (300_000, 500_000, 1_000_000, 2_000_000):
        yield case(f"ulimit -v {size}", shell=f"ulimit -v {size}; {{}}", why="enough")
    yield case("ulimit -f 1", shell="ulimit -f 1; {}", why="nothing longer is written", commands=lines[:1])
    yield case("ulimit -t 1", shell="ulimit -t 1; {}", why="quick enough", commands=lines[3:])
    if shutil.which("setpriv") and os.geteuid() == 0:
        for place in ("data/prepared/tiny", "../store", "."):
            yield case(f"{place} is read-only", shell=f"{USER} {{}}", commands=lines[:1])
    for name, variables in {
        "a proxy that is no address": {"HTTP_PROXY": "://", "http_proxy": "://"},
        "a SOCKS proxy": {"ALL_PROXY": "socks5://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9"},
        "certificates that are nowhere": {"SSL_CERT_FILE": "/nowhere"},
        "a port that is a word": {"HTTP_PROXY": "http://a:b", "http_proxy": "http://a:b"},
    }.items():
        asking = (stage("captions", "llm"), stage("knowledge", "wikipedia"))
        yield case(name, commands=asking, why="not asked of this machine itself", NO_PROXY="", no_proxy="", **variables)
    for name, damage in {
        "flipped": partial(files.flip, share=0.5),
        "empty": files.BROKEN["empty"],
        **files.BROKEN,
    }.items():
        spoil = partial(_at, place="../store/rows.sqlite", damage=damage)
        yield case(
            f"the store is {name}", spoil, commands=lines[:3], why="an empty file is a new store" * (name == "empty")
        )
    for name, damage in files.SPECIAL.items():
        spoil = partial(_at, place="../store/rows.sqlite", damage=damage)
        yield case(f"the store is {name}", spoil, commands=lines[:3], why="a new one is made" * (name == "missing"))

"""Bad command lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import LIMIT, Case, nothing
from benchmarks.bad_inputs.precomputed import at_place
from benchmarks.bad_inputs.project import STAGES, stage
from benchmarks.bad_inputs.yaml_files import with_own_files

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


def commands(content: dict, base: Path) -> Iterator[Case]:
    """Missing, unknown and odd arguments of every command and stage; files where folders belong."""

    def case(name: str, line: str, spoil: Callable[[Path], object] = nothing, why: str = "") -> Case:
        limit = 150 if " tables " in line else LIMIT
        return Case("commands", name, partial(with_own_files, then=spoil), (line,), why, limit=limit)

    yield case("no command", "-m mmner")
    yield case("an unknown command", "-m mmner frobnicate")
    for command in COMMANDS:
        first = " ".join(command.split()[: 2 if command.startswith(("corpus", "experiments")) else 1])
        yield case(f"{first}: an unknown option", f"-m mmner {command} --frobnicate")
        yield case(f"{first}: an argument more", f"-m mmner {command} more evermore")
        if command != first and first != "tables":  # all tables take a minute
            yield case(
                f"{first}: nothing else",
                f"-m mmner {first}",
                why="it needs nothing" * (first in ("costs", "retry")),
            )
        if "--" not in command and " " in command and len(command.split()) > 2:
            yield case(f"{first}: an unknown name", f"-m mmner {first} frobnicate {' '.join(command.split()[3:])}")
        yield case(f"{first}: elsewhere", f"-m mmner {command}", lambda folder: (folder / "dvc.yaml").unlink())
    for option, values in OPTIONS.items():
        for value in values:
            place = {**PLACES, **files.SPECIAL}.get(value)
            told = "place" if place else value
            spoil = partial(at_place, place="place", damage=place) if place and value != "missing" else nothing
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
            odd = ("nowhere", "pipe", "params.yaml/x", "\x1f", "x" * 300)
            for value in odd:
                told = " ".join([*words[: at + 1], value, *words[at + 2 :]])
                unread = option in ("--raw", "--corpora", "--parent") and name not in ("examples", "images")
                why = "nothing that was chosen reads it" if unread else ""
                if value in ("nowhere", "\x1f") and option in WRITTEN:
                    why = "a folder that is made"
                spoil = make_pipe if value == "pipe" else nothing
                yield case(f"stage {name}: {option} {value[:20]!r}", told, spoil, why)


def make_pipe(folder: Path) -> None:
    files.fifo(folder / "pipe")


WRITTEN = ("--out", "--examples", "--gold", "--model", "--live", "--artifact", "--parent")
PLACES: dict[str, files.Damage] = {"a file": lambda path: path.write_text("x"), "an empty folder": Path.mkdir}
ODD_PLACES = (*PLACES, *files.SPECIAL)
NUMBERS = ("-1", "0", "x", "nan", "inf", "9" * 30, "1.5", "")
OPTIONS = {  # what stands for {} -> odd values
    "gallery --preparation tiny --out drawn --count {}": NUMBERS,
    "gallery --preparation tiny --out {}": (*ODD_PLACES, "params.yaml", "params.yaml/x"),
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
    "corpus lint tiny --encoder {}": ("x", "", "embedded:x", "params.yaml", *ODD_PLACES),
    "corpus lint tiny --data {}": ODD_PLACES,
    "corpus new own {}": (*ODD_PLACES, "nowhere"),
    "corpus new {} mine": ("a.b", "../x", "-x", "tiny", "\x1f", "x" * 200, "$(x)", "NO"),
    "corpus new own mine --limit {}": NUMBERS,
    "corpus new own mine --language {}": ("xx-yy-zz", "", "7", "englisch"),
    "corpus new own mine --train {}": ("nowhere", "../params.yaml", "images", "", "knowledge.zim"),
    "corpus new own mine --images {}": ("nowhere", "../data", "train.txt", ""),
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
    "tables --only iac1 --out {}": (*ODD_PLACES, "params.yaml/x"),
    "tables --only iac1 --runs {}": ODD_PLACES,
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

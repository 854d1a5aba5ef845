"""What surrounds the process: locale, home, limits, proxies, and a store that is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import Case, nothing
from benchmarks.bad_inputs.precomputed import at_place
from benchmarks.bad_inputs.project import stage

USER = "setpriv --reuid=65534 --regid=65534 --clear-groups"


def environment(content: dict, base: Path) -> Iterator[Case]:
    """What surrounds the process."""
    lines = (
        stage("captions"),
        "-m mmner doctor",
        "-m mmner costs",
        "-m mmner corpus list",
    )

    def case(name: str, spoil=nothing, shell: str = "{}", why: str = "", commands: tuple = lines, **variables) -> Case:
        return Case("environment", name, spoil, commands, why, environment=variables, shell=shell, limit=120)

    fine = "it needs none of that"
    yield case("an ASCII locale", why=fine, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    yield case("no HOME", why=fine, HOME=None)
    yield case("HOME is nowhere", why=fine, HOME="nowhere")
    yield case("HOME is a file", why=fine, HOME="params.yaml")
    for name, place in {
        "a file": "params.yaml",
        "in a file": "params.yaml/x",
    }.items():
        yield case(f"MMNER_STORE is {name}", commands=lines[:3], MMNER_STORE=place)
    yield case("MMNER_STORE is nobody", why="a folder of that name", commands=lines[:3], MMNER_STORE="nobody/x")
    yield case("TMPDIR is nowhere", why=fine, TMPDIR="nowhere")
    yield case("PYTHONWARNINGS=error", why=fine, PYTHONWARNINGS="error::DeprecationWarning")
    for count in (8, 16, 32):
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
        "certificates that are nowhere": {"SSL_CERT_FILE": "nowhere"},
        "a port that is a word": {"HTTP_PROXY": "http://a:b", "http_proxy": "http://a:b"},
    }.items():
        asking = (stage("captions", "llm"), stage("knowledge", "wikipedia"))
        yield case(name, commands=asking, why="not asked of this machine itself", NO_PROXY="", no_proxy="", **variables)
    for name, damage in {
        "flipped": partial(files.flip, share=0.5),
        "empty": files.BROKEN["empty"],
        **files.BROKEN,
    }.items():
        spoil = partial(at_place, place="../store/rows.sqlite", damage=damage)
        yield case(
            f"the store is {name}", spoil, commands=lines[:3], why="an empty file is a new store" * (name == "empty")
        )
    for name, damage in files.SPECIAL.items():
        spoil = partial(at_place, place="../store/rows.sqlite", damage=damage)
        yield case(f"the store is {name}", spoil, commands=lines[:3], why="a new one is made" * (name == "missing"))

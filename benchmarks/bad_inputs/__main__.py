"""python -m benchmarks.bad_inputs [--only AREA] [--case TEXT]: tries them, and prints what became of them by area."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.bad_inputs import project, servers
from benchmarks.bad_inputs.attempt import GOOD, OUTCOMES, Case, Outcome, attempt

AREAS = ("params", "names", "yaml", "corpora", "boxes", "precomputed", "artifacts", "archives", "weights", "commands")
AREAS += ("environment", "reported")


def cases(area: str, content: dict, base: Path) -> tuple[list[Outcome], Iterable[Case]]:
    """Outcomes that took no process of their own, and the cases that are to be tried."""
    import importlib

    from benchmarks.bad_inputs import settings

    if area == "params":
        return settings.refused(content, base)
    where = {"archives": "weights", "artifacts": "precomputed", "yaml": "yaml_files"}
    module = importlib.import_module(f"benchmarks.bad_inputs.{where.get(area, area)}")
    return [], getattr(module, area)(content, base)


def worst(outcomes: list[Outcome]) -> Outcome:
    """The outcome of a case: that of its commands which is the worst."""
    return max(outcomes, key=lambda outcome: OUTCOMES.index(outcome.kind))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bad_inputs", description=__doc__)
    parser.add_argument("--only", action="append", choices=AREAS, metavar="AREA", help=f"of {', '.join(AREAS)}")
    parser.add_argument("--case", default="", metavar="TEXT", help="only those with this text in their name")
    parser.add_argument("--words", action="store_true", help="print all that each said")
    parser.add_argument(
        "--named", action="store_true", help="print the errors' names of each area, with one case of each"
    )
    args = parser.parse_args()
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "DVC_NO_ANALYTICS": "1"}
    _preload()

    counts: dict[str, Counter] = {}
    with tempfile.TemporaryDirectory() as place, servers.serving() as (llm, wiki):
        base = Path(place)
        project.build(base, llm, wiki)
        for area in args.only or AREAS:
            started = time.monotonic()
            outcomes, found = cases(area, project.content(llm, wiki), base)
            outcomes = [outcome for outcome in outcomes if args.case in outcome.case.name]
            print(*(_line(outcome) for outcome in outcomes if outcome.kind not in GOOD), sep="\n", flush=True)
            for case in found:
                if args.case in case.name:
                    outcomes.append(worst(of_case := attempt(case, base)))
                    if outcomes[-1].kind not in GOOD:
                        print(_line(outcomes[-1]), flush=True)
                    for outcome in of_case if args.words else ():
                        print(f"--- {case.name}: {outcome.command}: {outcome.kind}\n{outcome.said}")
            counts[area] = Counter(outcome.kind for outcome in outcomes)
            if args.named:
                seen = {outcome.error: outcome for outcome in outcomes if outcome.error}
                print(*(f"{name}: {one.case.name}: {one.said[-400:]}" for name, one in sorted(seen.items())), sep="\n")
            told = ", ".join(f"{count} {kind}" for kind, count in counts[area].most_common())
            print(f"{area}: {len(outcomes)} tried in {time.monotonic() - started:.0f} s: {told}", flush=True)
    print(_table(counts))


def _preload() -> None:
    """Import what takes long, so that no fork has to: torch, transformers, and all of mmner but its `__main__`."""
    import importlib
    import pkgutil
    from contextlib import suppress

    import mmner

    for name in ("torch", "transformers", "pyarrow.parquet"):
        importlib.import_module(name)
    for module in pkgutil.walk_packages(mmner.__path__, "mmner."):
        if "lavis" not in module.name and "groundingdino" not in module.name and not module.name.endswith("__main__"):
            with suppress(ImportError):  # a package of an extra, such as that of `serve`
                importlib.import_module(module.name)


def _line(outcome: Outcome) -> str:
    return f"{outcome.case.area} | {outcome.case.name} | {outcome.kind} | {outcome.command} | {outcome.last}"


def _table(counts: dict[str, Counter]) -> str:
    total = sum(counts.values(), Counter())
    rows = [("area", "tried", *OUTCOMES)]
    for area, of_area in (*counts.items(), ("all", total)):
        rows.append((area, str(of_area.total()), *(str(of_area[kind]) for kind in OUTCOMES)))
    return "\n".join("| " + " | ".join(row) + " |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:]))


if __name__ == "__main__":
    main()

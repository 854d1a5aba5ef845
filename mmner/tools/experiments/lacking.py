"""What an experiment asks for that the preparation of an own corpus does not make: rows that would show nothing."""

from __future__ import annotations

from collections.abc import Iterable

from mmner.model.params import Switches
from mmner.tools.experiments.run_specs import RunSpec

STAGES = ("captions", "knowledge", "chains", "features")


def notes(specs: Iterable[RunSpec], content: dict) -> list[str]:
    """A line for each stage that is none in a corpus's preparation, and switched on in some of its runs.

    content: params.yaml's. Preparations that an experiment brings are not looked at.
    """
    rows: dict[tuple[str, str], dict[str, None]] = {}
    for run in specs:
        preparation = run.params["preparation"]
        chosen = (content.get("preparations") or {}).get(preparation) or {}
        switches = Switches.model_validate(run.params["switches"])
        for stage in STAGES if chosen else ():
            variant = (content.get(stage) or {}).get(chosen.get(stage)) or {}
            asked = switches.visual if stage == "features" else switches.reads(stage)
            if asked and variant.get("backend", "none") == "none":
                rows.setdefault((preparation, stage), {})[run.row] = None
    return [
        f"note: preparation {preparation} has no {stage}, which the rows {', '.join(of)} ask for: name a variant of "
        f"{stage} there, or they show nothing of it"
        for (preparation, stage), of in rows.items()
    ]

"""What a stage would compute, told without computing it: the half of `costs --plan` that runs inside a stage.

A stage script that finds $MMNER_PLAN reads and fingerprints as ever, and stops before its backend. Its artifact goes
where `--out` says, a temporary folder, with known rows as they are and others empty, so that the next stage can be
asked the same; beside it `<stage>.plan.json`:

    {"stage": "captions", "identity": {"backend": "tags", ...}, "uses": ["image_sha256", ...],
     "rows": [["t1", "5f1c...", "known", null], ["t2", "77ab...", "new", null], ["t3", "", "skipped", "no image"]],
     "remembered": ["77ab..."]}

A row: id, fingerprint, one of known, failed, new, skipped, and its error. `remembered`: new rows that the backend would
make of answers that it remembers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from mmner.rows import contract, dvc_cache, fingerprints, parquet, schemas
from mmner.rows.store import Row, Store

PLAN = "MMNER_PLAN"  # set in a stage that is to tell what it would compute: the folder that its artifact would be in
PLANNED = "planned"  # the error of a row that is not computed yet


def write(
    name: str, out: str | Path, items: Iterable[dict], backend: contract.Backend, empty: dict, store: Store
) -> None:
    """Write the artifact as far as it is known, and the plan, beside each other. Nothing is computed, no row stored."""
    out = Path(out)
    pulled = Store(out.with_suffix(".pulled.sqlite"))  # rows of a colleague's that the stage would adopt
    dvc_cache.import_rows(pulled, name, Path(os.environ[PLAN]) / out.name, beside=store)
    fingerprint, states, free, rest = fingerprints.Fingerprints(name, backend), [], [], iter(items)
    with parquet.Writer(out, name) as artifact:
        while chunk := list(islice(rest, schemas.chunk(name))):
            prints = [fingerprint(item) for item in chunk]
            known = store.rows(prints) | pulled.rows(prints)
            values, new = [], {}
            for key, item in zip(prints, chunk, strict=True):
                state, row = _state(item.get("skip"), known.get(key))
                states.append((item["id"], key, state, row.error))
                new |= {key: item} if state == "new" else {}
                values.append({"id": item["id"], **(row.value or empty), "error": row.error})
            artifact.write(values)
            remembered = backend.remembered([*new.values()])
            free += [key for key, is_free in zip(new, remembered, strict=True) if is_free]
    pulled.close()
    plan = {"stage": name, "identity": backend.identity(), "uses": list(backend.uses), "rows": states}
    plan["remembered"] = free
    out.with_suffix(".plan.json").write_text(json.dumps(plan, default=str), encoding="utf-8")


def _state(skip: str | None, row: Row | None) -> tuple[str, Row]:
    if skip:
        return "skipped", Row(None, skip)
    if row is None:
        return "new", Row(None, PLANNED)
    return ("failed" if row.error and row.error != contract.LEFT_OUT else "known"), row

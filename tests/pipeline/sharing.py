"""Two clones and a remote between them, as docs/extending.md says, command by command."""

import re
from pathlib import Path

from tests.pipeline.graph import ROOT
from tests.pipeline.project import ROWS, Project


def commands(remote: str) -> str:
    """The shell lines of docs/extending.md about sharing, for the corpus `tiny` and the remote at `remote`."""
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    block = next(found for found in re.findall(r"(?:^    .+\n)+", text, re.M) if "dvc push" in found)
    assert "/mnt/shared/mmner" in block
    return block.replace("/mnt/shared/mmner", remote).replace("data/raw/mine", "data/raw/tiny")


def share(prepared: Project, folder: Path, remote: str) -> tuple[Project, Project]:
    """A copy of `prepared` that has pushed all it made to `remote`, and a colleague's clone that has pulled it."""
    mine = prepared.copy(folder / "mine")
    mine.params["runs"] = {}
    mine.write_params()
    mine.run("dvc", "repro")
    mine.run("bash", "-ec", commands(remote))
    colleague = mine.clone(folder / "colleague")
    colleague.run("dvc", "pull")
    return mine, colleague


def assert_a_post_more_costs_a_row_a_stage(mine: Project, colleague: Project) -> None:
    assert colleague.digests() == mine.digests()
    assert not any(colleague.stored(stage) for stage in ROWS)
    colleague.add_post("test", "Ada met the mayor by the river")
    assert colleague.make("chains@sample", "features@sample") == dict.fromkeys(ROWS, 1)

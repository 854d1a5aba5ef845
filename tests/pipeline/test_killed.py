"""`kill -9` while each stage computes, then `dvc repro`: the same bytes, and no finished row asked for again."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from mmner.candidates.tagger import Tagger
from tests.pipeline.project import ROWS, RUN

pytestmark = pytest.mark.slow

TARGETS = ("chains@sample", "features@sample")
BATCH = 2
IN_FLIGHT = dict.fromkeys(ROWS, BATCH) | {"candidates": Tagger.batch_size}  # its Params' batch_size is training's


@pytest.fixture(scope="module")
def killed(prepared, tmp_path_factory):
    """The preparation made anew in batches of two, killed once in every stage at a random point of it."""
    project = prepared.copy(tmp_path_factory.mktemp("killed") / "project")
    for path in (".dvc/cache", ".dvc/mmner", "data/prepared"):
        shutil.rmtree(project.folder / path)
    (project.folder / "dvc.lock").unlink()
    for stage in set(ROWS) - {"candidates"}:
        for variant in project.params[stage].values():
            variant["batch_size"] = BATCH
    project.write_params()
    project.forget_calls()
    project.kills = {}
    chance = random.Random(4)
    while _killed_in_another_stage(project, chance):
        pass
    return project


def _killed_in_another_stage(project, chance: random.Random) -> bool:
    """Start `dvc repro`, and kill it in a stage where it was not killed yet; False where it came to its end."""
    # Calls begun and ended in the stage, then seconds. Where a second call has begun, the rows of the first are stored.
    after, wait = chance.randint(3, 5), chance.uniform(0, 0.2)
    running = subprocess.Popen(
        ["dvc", "repro", *TARGETS],
        cwd=project.folder,
        env=project.environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while running.poll() is None:
            for stage in set(ROWS) - set(project.kills):
                if _events(project, stage) >= (3 if stage == "candidates" else after):
                    time.sleep(wait)
                    os.killpg(running.pid, signal.SIGKILL)
                    running.wait()
                    project.kills[stage] = project.stored(stage)
                    return True
            time.sleep(0.01)
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 0
    return False


def _events(project, stage: str) -> int:
    if not project.calls_log.is_file():
        return 0
    return sum(line.split(" ")[1] == stage for line in project.calls_log.read_text().splitlines() if " " in line)


def test_each_stage_was_killed_at_its_work(killed):
    assert set(killed.kills) == set(ROWS)
    assert all(killed.kills.values())


@pytest.mark.parametrize("stage", ROWS)
def test_after_a_kill_no_finished_row_is_asked_for_again(killed, prepared, stage):
    asked = killed.calls("asked", stage)
    assert len(set(asked)) == prepared.made[stage]
    again = len(asked) - len(set(asked))
    assert again <= IN_FLIGHT[stage]
    assert again <= prepared.made[stage] - killed.kills[stage]


def test_after_kills_and_in_other_batches_the_artifacts_are_the_same_to_the_byte(killed, prepared):
    assert killed.digests() == prepared.digests()


def test_a_killed_training_goes_on_to_the_same_model(prepared, tmp_path):
    models = []
    for disturbed in (False, True):
        project = prepared.copy(tmp_path / f"disturbed-{disturbed}")
        project.params["train"]["minilm"] |= {"epochs": 3, "save_minutes": 1e-4}
        project.write_params()
        if disturbed:
            _kill_training(project)
        printed = project.run("dvc", "repro", f"train@{RUN}")
        assert ("train: resumed at" in printed) == disturbed
        models.append((project.folder / "data" / "runs" / RUN / "model" / "model.safetensors").read_bytes())
    assert models[0] == models[1]


def _kill_training(project) -> None:
    """Kill `dvc repro` of the run as soon as there is something to resume from."""
    running = subprocess.Popen(
        ["dvc", "repro", f"train@{RUN}"], cwd=project.folder, env=project.environment, start_new_session=True
    )
    try:
        while not list((project.folder / ".dvc" / "mmner").glob("resume/*.pt")):
            assert running.poll() is None, "the training ended before it could be killed"
            time.sleep(0.01)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()

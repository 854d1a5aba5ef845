"""Who ends a command that runs dvc ends dvc, too, and the stage that it is at."""

import signal

import pytest

from tests.pipeline.processes import begun, members, wait_until
from tests.pipeline.project import RUN

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_retrain_ends_the_training(number, prepared, tiny_encoder, tmp_path):
    project = prepared.with_tiny_encoder(tmp_path / "project", tiny_encoder, epochs=5000)
    project.write_params()
    project.forget_calls()
    with begun(project, tmp_path / "log", "retrain", RUN) as (whole, said):
        wait_until(lambda: "parameters on cpu" in said(), whole, said)
        whole.send_signal(number)
        assert whole.wait(timeout=60) == 128 + number
        assert members(whole) == []

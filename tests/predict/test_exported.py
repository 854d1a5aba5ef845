"""A damaged export is told the way out of an export: a run's remedy would take away what nothing brings back."""

import os

import pytest

from mmner.base.errors import InputError
from mmner.predict import exported


def test_a_pipe_in_place_of_its_description_is_named(tmp_path):
    os.mkfifo(tmp_path / exported.FILE)
    with pytest.raises(InputError, match=r"broken-export[\s\S]*remedy: export the run again"):
        exported.read(tmp_path)


@pytest.mark.parametrize("damage", ["none", "broken", "another version"])
def test_what_is_wrong_with_its_model_is_told_as_of_an_export(tmp_path, damage):
    content = {"broken": "{", "another version": '{"version": 99}'}.get(damage)
    if content is not None:
        (tmp_path / "model.json").write_text(content)
    with (
        pytest.raises(InputError, match=r"broken-export[\s\S]*remedy: export the run again"),
        exported.of_export(tmp_path),
    ):
        exported.description.read(tmp_path)

"""A damaged export is told the way out of an export: a run's remedy would take away what nothing brings back."""

import json
import os

import pytest

from mmner.base.errors import InputError
from mmner.predict import exported
from mmner.rows.store import Store


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


def test_no_pickle_of_an_export_is_read_unless_its_user_names_the_file(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "weights.pth").write_bytes(b"a pickle")
    regions = {"name": "dino", "values": {"backend": "groundingdino-py", "weights": "x", "allow_pickle": True}}
    recipe = {"run": "r", "corpus": "c", "language": "en", "domain": "d", "tokenizer": "words", "max_pixels": 9}
    recipe |= {"settings": {}, "variants": {"regions": regions}}
    one = {"stage": "regions", "key": "weights", "path": "files/weights.pth", "name": "weights.pth"}
    content = {"version": exported.VERSION, "mmner": "0", "recipe": recipe, "identities": {}, "saved": {}}
    content |= {"files": [one | {"digest": "", "bytes": 8}]}
    (tmp_path / exported.FILE).write_text(json.dumps(content))

    def error(**changes) -> str:
        with pytest.raises(InputError) as caught:
            exported.load(tmp_path, **{"chosen": {}, "without": [], "store": Store(), "files": {}} | changes)
        return str(caught.value)

    refused = error()
    assert refused.startswith("error[unpickles]")
    (tmp_path / "files" / "weights.pth").rename(tmp_path / "files" / "weights.safetensors")
    content["files"][0]["path"] = "files/weights.safetensors"
    (tmp_path / exported.FILE).write_text(json.dumps(content))
    assert "broken-export" in error()  # no pickle
    regions["values"] |= {"encoder": "somebody/pickled"}  # of which no file tells anything
    (tmp_path / exported.FILE).write_text(json.dumps(content))
    assert error().startswith("error[unpickles]")
    regions["values"]["encoder"] = "embedded:all-MiniLM-L6-v2"
    (tmp_path / exported.FILE).write_text(json.dumps(content))
    assert "broken-export" in error()
    content["files"] = []
    (tmp_path / exported.FILE).write_text(json.dumps(content))
    assert "--without regions" in error()  # by a name of the hub
    content["files"] = [one | {"digest": "", "bytes": 8, "path": "files/weights.pth"}]
    (tmp_path / exported.FILE).write_text(json.dumps(content))
    (tmp_path / "files" / "weights.safetensors").rename(tmp_path / "files" / "weights.pth")
    for way, changes in (
        ("--file regions.weights=PATH", {"files": {"regions.weights": str(tmp_path / "files" / "weights.pth")}}),
        ("--without regions", {"without": ["regions"]}),
    ):
        assert way in refused
        assert "broken-export" in error(**changes)  # it is the model that is lacking now

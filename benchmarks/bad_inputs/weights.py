"""Damaged archives, folders of weights and trained models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files
from benchmarks.bad_inputs.attempt import Case
from benchmarks.bad_inputs.precomputed import at_place
from benchmarks.bad_inputs.project import stage

JSON = {
    **{"no JSON": "{", "a list": "[]", "null": "null", "a number": "3", "an empty object": "{}", "latin-1": b"\xff{}"},
    "100,000 brackets": "[" * 100_000,
}
USERS = {  # folder -> what reads it
    "encoder": (stage("expressions", "phrases"),),
    "blip2": (stage("captions", "blip2"),),
    "dino": (stage("regions", "grounding-dino"),),
    "yolos": (stage("regions", "detector"),),
    "vit": (stage("features", "vision"),),
}
SIZES = (-1, 0, 10**9, "x")
GONE = (*files.SPECIAL, "an empty object")
UNUSED = ("vocab.txt", "vocab.json", "merges.txt")  # beside tokenizer.json, which says all that they do
OF_BERT = ("tokenizer.json", "tokenizer_config.json")  # without which vocab.txt and the class's defaults say the same
OF_LOSS = ("_cost", "_coefficient")  # ends of keys that training alone reads
OPTIONAL = ("generation_config.json", "history.jsonl")
FINE = {
    "config.json: pad_token_id=0": "the first piece",
    "config.json: pad_token_id=-1": "the tokenizer's own counts",
    **{f"config.json: image_text_hidden_size={size}": "of a part that captions have not" for size in SIZES},
    **{f"config.json: image_token_index={size}": "the processor's own counts" for size in SIZES},
}
DOCTOR = "-m mmner doctor --preparation tiny"


def _why(name: str, kind: str, file: str) -> str:
    """Why status 0 is right where `kind` was done to `file` of folder `name`; "" where it has to be seen."""
    how = kind.partition(" is ")[2]
    if file in UNUSED:
        return "tokenizer.json says the same"
    if how == "missing" and (file in OPTIONAL or file.startswith("tokenizer.json")):
        return "it may lack: the class has defaults, or builds it of the vocabulary"
    if name == "encoder" and file in OF_BERT and how in ("missing", "an empty object"):
        return "vocab.txt and the class's defaults say the same"
    if file in OPTIONAL and how == "an empty object":
        return "the class's defaults"
    return FINE.get(kind, "")


def archives(content: dict, base: Path) -> Iterator[Case]:
    """Damaged ZIM files."""
    command = (stage("knowledge", "zim"), DOCTOR)
    place = "data/raw/tiny/knowledge.zim"
    for kind, damage in files.DAMAGE.items():
        yield Case("archives", kind, partial(at_place, place=place, damage=damage), command)
    for number in range(40):
        share = number / 39
        spoil = partial(at_place, place=place, damage=partial(files.flip, share=share))
        why = "a byte that no lookup reads" if number else ""
        yield Case("archives", f"flipped at {share:.3f}", spoil, command, why)
    for share in (0.9, 0.99, 0.999):
        yield Case(
            "archives",
            f"cut at {share}",
            partial(at_place, place=place, damage=partial(files.cut, share=share)),
            command,
        )


def _text(path: Path, text: bytes | str) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _key(path: Path, key: str, value: object) -> None:
    content = json.loads(path.read_text())
    content[key] = value
    path.write_text(json.dumps(content))


def _no_key(path: Path, key: str) -> None:
    content = json.loads(path.read_text())
    del content[key]
    path.write_text(json.dumps(content))


def _of_folder(folder: Path) -> Iterator[tuple[str, str, files.Damage]]:
    """(name, file within `folder`, damage)."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        file = str(path.relative_to(folder))
        for kind, damage in files.DAMAGE.items():
            yield f"{file} is {kind}", file, damage
        if path.suffix == ".json":
            for kind, text in JSON.items():
                yield f"{file} is {kind}", file, partial(_text, text=text)
        if path.name == "config.json":
            found = json.loads(path.read_text())
            numbers = [key for key, value in found.items() if type(value) is int and not key.endswith(OF_LOSS)]
            for key in (*numbers, "model_type"):
                for size in SIZES:
                    yield f"{file}: {key}={size}", file, partial(_key, key=key, value=size)
        if path.name == "model.json":
            for key in json.loads(path.read_text()):
                yield f"{file}: no {key}", file, partial(_no_key, key=key)
                for value in (None, -1, [], {}, "x"):
                    yield f"{file}: {key}={value}", file, partial(_key, key=key, value=value)
        if path.suffix == ".safetensors":
            for share in (0.0, 0.002, 0.01, 0.05):
                yield f"{file} flipped at {share}", file, partial(files.flip, share=share)


def weights(content: dict, base: Path) -> Iterator[Case]:
    """Damaged folders of weights, and trained models."""
    project = base / "project"
    for name, commands in USERS.items():
        lines = (*commands, *([DOCTOR] if name == "encoder" else []))
        for kind, file, damage in _of_folder(project / "weights" / name):
            spoil = partial(at_place, place=f"weights/{name}/{file}", damage=damage)
            yield Case("weights", f"{name}: {kind}", spoil, lines, _why(name, kind, file))
    for kind, file, damage in _of_folder(project / "data/runs/tiny/model"):
        spoil = partial(at_place, place=f"data/runs/tiny/model/{file}", damage=damage)
        yield Case("weights", f"model: {kind}", spoil, (stage("evaluate"),))

"""A small project with every backend that runs here, each tried once, and a server for those that ask one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

from benchmarks.bad_inputs.attempt import ROOT, Case, nothing, run

POSTS = {"train": 6, "dev": 2, "test": 2}
ENCODER = "weights/encoder"
STAGES = ("captions", "candidates", "knowledge", "expressions", "regions", "chains", "features")
CHOSEN = {
    "captions": "tags",
    "candidates": "tagger",
    "knowledge": "zim",
    "expressions": "phrases",
    "regions": "boxes",
    "chains": "steps",
    "features": "efficientnet",
}
RELEVANCE = {
    "encoder": ENCODER,
    "max_results": 3,
    "max_kept": 1,
    "max_meanings": 4,
    "max_sentences": 2,
    "min_relevance": -1.0,
    "without_name": True,
    "batch_size": 16,
}
TAGGER = {"folds": 2, "epochs": 1, "batch_size": 4, "lr_encoder": 1e-3, "lr_head": 1e-2, "seed": 1}
READS = {
    "captions": (),
    "candidates": ("gold",),
    "knowledge": ("candidates",),
    "expressions": ("captions",),
    "regions": ("expressions",),
    "chains": ("captions", "candidates", "knowledge"),
    "features": ("regions",),
}


def variants(llm: str, wiki: str) -> dict[str, dict[str, dict]]:
    """Stage -> backend -> good params of it. llm, wiki: the addresses of servers."""
    model = {"base_url": llm, "model": "m", "key_env": None, "timeout": 5.0, "retries": 0}
    asking = {**RELEVANCE, "contact": "tests@example.org", "host": wiki, "scheme": "http", "retries": 0, "wait": 0.0}
    sides = {"max_candidates": 2, "max_words": 2, "max_hits": 3, "max_pixels": 1_000_000, "width": 64}

    def made(stage: str) -> dict:
        return {"file": f"{stage}.jsonl", "key": "id"}

    return {
        "captions": {
            "tags": {"encoder": ENCODER},
            "blip2": {"weights": "weights/blip2", "max_new_tokens": 3},
            "lavis-blip2": {},
            "llm": {**model},
            "precomputed": made("captions"),
            "none": {},
        },
        "candidates": {
            "tagger": {"encoder": ENCODER, **TAGGER},
            "precomputed": made("candidates"),
            "none": {},
        },
        "images": {
            "mediawiki": {**asking, **sides, "files": f"http://{wiki}/w/", "max_requests": 50, "max_bytes": 10**6}
        },
        "knowledge": {
            "zim": {**RELEVANCE, "archive": "data/raw/tiny/knowledge.zim"},
            "wikipedia": asking,
            "none": {},
        },
        "expressions": {
            "phrases": {"encoder": ENCODER, "min_relevance": -1.0},
            "llm": {**model},
            "precomputed": made("expressions"),
            "none": {},
        },
        "regions": {
            "boxes": {"encoder": ENCODER, "min_similarity": -1.0},
            "grounding-dino": {"weights": "weights/dino"},
            "groundingdino-py": {"weights": "weights/dino"},
            "detector": {"weights": "weights/yolos"},
            "sampled": {},
            "precomputed": made("regions"),
            "none": {},
        },
        "chains": {
            "steps": {"encoder": ENCODER, "steps": ["entities", "types"]},
            "llm": {**model, "encoder": None, "steps": ["entities", "types"]},
            "precomputed": made("chains"),
            "none": {},
        },
        "features": {"efficientnet": {}, "vision": {"weights": "weights/vit"}, "none": {}},
    }


def content(llm: str = "http://127.0.0.1:9/v1", wiki: str = "127.0.0.1:9") -> dict:
    """The project's params.yaml."""
    corpus = {
        "splits": {split: f"{split}.txt" for split in POSTS},
        "images": "images",
        "image_suffix": "",
        "language": "en",
        "domain": "town",
        "domain_cue": "posts about a town",
        "labels": {"PER": "a person", "LOC": "a place", "ORG": "a company"},
        "violations": "error",
        "max_failed": 0.9,
        "max_pixels": 50_000_000,
    }
    sections = {
        stage: {name: {"backend": name, **values} for name, values in backends.items()}
        for stage, backends in variants(llm, wiki).items()
    }
    pictured = corpus | {"remote": None, "domain": "town"}
    images = {
        "pictured": {"corpus": "tiny", "preparation": "tiny", "remote": None} | sections.pop("images")["mediawiki"]
    }
    sizes = {"encoder": ENCODER, "heads": 2, "latent": 4, "overlap": 8}
    lengths = {"knowledge": 8, "caption": 8, "chain": 8}
    training = {"epochs": 1, "batch_size": 4, "lr_encoder": 1e-3, "lr_head": 1e-2, "precision": "float32"}
    run_of = {
        "preparation": "tiny",
        "remote": None,
        "from": "scratch",
        "train": "tiny",
        "evaluate": "strict",
        "seed": 1,
    }
    return {
        "corpora": {"tiny": corpus, "pictured": pictured},
        **sections,
        "images": images,
        "preparations": {"tiny": {"corpus": "tiny", "remote": None, **CHOSEN}},
        "train": {"tiny": {"architecture": {**sizes, "lengths": lengths}, **training}},
        "evaluate": {"strict": {"bootstrap": 10}},
        "runs": {"tiny": {**run_of, "switches": {}}},
        "systems": {},
    }


class Odd:
    """A value as YAML writes it, where JSON has no word for it."""

    def __init__(self, text: str):
        self.text = text


def as_yaml(value: object) -> str:
    """`value` as JSON, which is YAML, but for what JSON lacks."""
    if isinstance(value, Odd):
        return value.text
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_yaml(key)}: {as_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return {"nan": ".nan", "inf": ".inf", "-inf": "-.inf"}.get(str(value), repr(value))
    return json.dumps(value)


def write_params(folder: Path, params: object) -> None:
    (folder / "params.yaml").write_text(as_yaml(params) + "\n", encoding="utf-8")


def stage(name: str, variant: str | None = None, preparation: str = "tiny", corpus: str = "tiny") -> str:
    """The command line of stage `name`, as dvc.yaml has it."""
    prepared, raw = f"data/prepared/{preparation}", f"data/raw/{corpus}"
    if name == "examples":
        outs = f"--examples {prepared}/examples.parquet --gold {prepared}/gold.parquet"
        outs += f" --boxes {prepared}/boxes.parquet"
        return f"stages/examples.py --corpus {corpus} --raw {raw} {outs}"
    if name == "train":
        places = f"--model data/runs/{variant or 'tiny'}/model --live data/runs/{variant or 'tiny'}/live"
        read = f"--prepared {prepared} --corpora data/raw --parent data/runs/scratch/model"
        return f"stages/train.py --run {variant or 'tiny'} {read} {places}"
    if name == "evaluate":
        return (
            f"stages/evaluate.py --variant {variant or 'strict'} --preparation {preparation} --corpora data/raw "
            f"--prepared {prepared} --model data/runs/tiny/model --out data/runs/tiny"
        )
    if name == "images":
        return (
            f"stages/images.py --corpus {variant or 'pictured'} --raw data/raw/tiny "
            f"--examples {prepared}/examples.parquet --candidates {prepared}/candidates.parquet "
            "--artifact data/prepared/found.parquet --out data/raw/pictured"
        )
    read = " ".join(f"--{one} {prepared}/{one}.parquet" for one in ("examples", *READS[name]))
    settings = f"--corpus {corpus} " if name in ("captions", "regions", "chains", "features") else ""
    settings += f"--variant {variant or CHOSEN[name]} --raw {raw}"
    return f"stages/{name}.py {settings} {read} --out {prepared}/{name}.parquet"


def build(base: Path, llm: str, wiki: str) -> None:
    """Make `base`/project and its store, every stage run once. Errors: RuntimeError where one fails."""
    folder = base / "project"
    for place in ("data/raw", "data/prepared", "weights", ".dvc"):
        (folder / place).mkdir(parents=True)
    (base / "store").mkdir()
    for name in ("dvc.yaml", ".dvc/config", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "data/runs/scratch", folder / "data/runs/scratch")  # on which DVC has a training depend
    for name in ("stages", "mmner"):  # `costs --plan` and `retry` start the stages' scripts
        (folder / name).symlink_to(ROOT / name)
    write_params(folder, content(llm, wiki))
    _weights(folder / "weights")
    _corpus(folder / "data/raw")
    good = Case("", "base", nothing, (), limit=600)
    names = ("examples", *STAGES, "train", "evaluate")
    for command in [stage(name) for name in names]:
        status, said = run(command, folder, good)
        if status != 0:
            raise RuntimeError(f"{command}: {status}\n{said}")
    _precomputed(folder)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for line in (["git", "init", "-q", "-b", "main"], ["git", "add", "."], [*git, "commit", "-qm", "all"]):
        subprocess.run(line, cwd=folder, check=True)


def _weights(folder: Path) -> None:
    from tests.fakes import tiny, tiny_models

    for name in ("encoder", "dino", "yolos", "blip2"):
        (folder / name).mkdir()
    tiny.encoder(folder / "encoder")
    tiny_models.blip2(folder / "blip2")
    tiny_models.grounding_dino(folder / "dino")
    tiny_models.yolos(folder / "yolos")
    tiny_models.vision(folder / "vit", "vit")


def _corpus(raw: Path) -> None:
    from mmner import sample

    sample.write(raw / "whole")
    tiny = raw / "tiny"
    (tiny / "images").mkdir(parents=True)
    shutil.copy(raw / "whole/knowledge.zim", tiny)
    for split, count in POSTS.items():
        posts = re.split(r"\n\n+", (raw / "whole" / f"{split}.txt").read_text().strip())
        chosen = "\n\n".join([post for post in posts if "IMGID" in post and "B-" in post][:count]) + "\n"
        (tiny / f"{split}.txt").write_text(chosen)
        for name in re.findall(r"^IMGID:(\S+)", chosen, re.M):
            if (raw / "whole/images" / name).is_file():
                shutil.copy(raw / "whole/images" / name, tiny / "images")
    shutil.rmtree(raw / "whole")


def _precomputed(folder: Path) -> None:
    """What each stage made, as files that somebody else could have made."""
    from mmner.rows import parquet

    columns = {"captions": "caption", "candidates": "spans", "chains": "steps"}
    for name in ("captions", "candidates", "expressions", "regions", "chains"):
        column = columns.get(name, name)
        rows = parquet.read(folder / f"data/prepared/tiny/{name}.parquet", name)
        lines = [json.dumps({"id": row["id"], column: row[column]}) for row in rows]
        (folder / f"data/raw/tiny/{name}.jsonl").write_text("\n".join(lines) + "\n")

"""The model card of an export, written from what is known; nothing in it that was not measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from mmner.base import project
from mmner.base.errors import InputError
from mmner.corpus.params import load as load_corpus
from mmner.model import description
from mmner.predict import engines, exported, repository
from mmner.predict.exported import Pipeline
from mmner.rows import parquet, store
from mmner.rows.contract import Backend
from mmner.rows.stages import PREPARED
from mmner.rows.store import Store

EXAMPLE = "Mira Park plays with the Kelmont Rovers in Marlow tonight"
# Of what ships in packages; others have their publishers' licences.
LICENCES = {
    "embedded:all-MiniLM-L6-v2": "Apache-2.0 (sentence-transformers/all-MiniLM-L6-v2)",
    "embedded:all-mpnet-base-v2": "Apache-2.0 (sentence-transformers/all-mpnet-base-v2)",
    "efficientnet": "Apache-2.0 (EfficientNet-Lite0)",
    "tags": "Apache-2.0 (EfficientNet-Lite0, PP-OCR by rapidocr)",
    "boxes": "Apache-2.0 (EfficientNet-Lite0, PP-OCR by rapidocr)",
}
SEES_GOLD = {
    "candidates": "the tags of train, or of its shots, that its tagger learns from",
    "train": "the tags of train; those of dev, where it chooses the weights",
    "evaluate": "the tags of the split that is scored",
}
TEMPLATE = """---
library_name: mmner
pipeline_tag: token-classification
language: {language}
tags: [named-entity-recognition, multimodal]
---

# {run}

A multimodal named-entity recogniser that mmner {version} trained on the corpus `{corpus}` (run `{run}`).

## Use

    pip install mmner

```python
{code}
```

prints

```json
{output}
```

{files}
## Labels

{labels}

## Scores

{scores}

## Data

{data}

What each stage saw of the gold tags:

{gold}

## How a post is read

Text is split by the tokenizer `{tokenizer}`. Stages, with the engines of the training:

{stages}

## Training

```yaml
{training}
```

## Limits

- It finds the {count} labels above, in posts like those of its corpus, in the language `{language}`;
  nothing else was measured.
- A score is the model's own probability. It was not calibrated.
- A post without an image, or of which a stage finds nothing, is tagged with what is left; `read` says what that was.
- Facts, captions and chains are made by engines that err, and the model was trained on such.
"""


def version() -> str:
    """mmner's own."""
    try:
        return metadata.version("mmner")
    except metadata.PackageNotFoundError:
        return "unknown"


def text(run: str, folder: Path, pipeline: Pipeline, backends: Mapping[str, Backend], example: str, name: str) -> str:
    """The card of the export in `folder`, which will be called `name`; its example is run."""
    about = description.read(folder)
    recipe = pipeline.recipe
    code, output = _example(folder, pipeline, backends, example, name)
    content = project.load(repository.PARAMS).of_run(run)
    corpus = load_corpus(content, recipe.corpus)
    return TEMPLATE.format(
        run=run,
        version=pipeline.mmner,
        corpus=recipe.corpus,
        language=recipe.language,
        code=code,
        output=output,
        files=_files(pipeline),
        labels="\n".join(f"- {label}: {corpus.labels.get(label) or 'no definition'}" for label in about["labels"]),
        scores=scores(run, content, about["labels"]),
        data=_data(content, run),
        gold="\n".join(
            f"- {stage}: {what}"
            for stage, what in SEES_GOLD.items()
            if stage in ("train", "evaluate") or stage in backends
        ),
        tokenizer=recipe.tokenizer,
        stages=_stages(recipe.variants, backends),
        training=yaml.safe_dump(_hyperparameters(about), sort_keys=False, allow_unicode=True).rstrip(),
        count=len(about["labels"]),
    )


def _example(
    folder: Path, pipeline: Pipeline, backends: Mapping[str, Backend], example: str, name: str
) -> tuple[str, str]:
    """(six lines of code, what they print)."""
    missing = {one.id: _place(one, backends) for one in pipeline.files if one.path is None}
    without = [stage for stage, backend in backends.items() if engines.lacking(backend)]
    own = [url for stage, backend in backends.items() if stage not in without for url in engines.servers(backend)]
    options = "".join(
        f", {key}={value!r}"
        for key, value in (
            ("without", without),
            ("servers", own),
            ("files", {key: f"PATH/{Path(at).name}" for key, at in missing.items()}),
        )
        if value
    )
    code = [
        "import json, mmner",
        f'model = mmner.load("{name}"{options})',
        f'answers = model.predict([{{"text": {example!r}}}])',
        "for answer in answers:",
        '    for entity in answer.as_dict()["entities"]:',
        "        print(json.dumps(entity, ensure_ascii=False))",
    ]
    predictor = exported.load(folder, {}, without, Store(store.IN_MEMORY), missing, own)
    entities = predictor.predict([{"text": example}])[0].as_dict()["entities"]
    predictor.close()
    return "\n".join(code), "\n".join(json.dumps(entity, ensure_ascii=False) for entity in entities)


def _place(one: exported.NamedFile, backends: Mapping[str, Backend]) -> str:
    return str(backends[one.stage].params.model_dump()[one.key])


def _files(pipeline: Pipeline) -> str:
    absent = [one for one in pipeline.files if one.path is None]
    if not absent:
        return ""
    lines = [f"- `{one.id}`: {one.name}, {one.bytes:,} bytes, {one.digest}" for one in absent]
    head = "Not in this folder, since they are large; `mmner.load(…, files={name: path})` says where they are:\n"
    return "\n".join([head, *lines, "", ""])


def scores(run: str, content: dict, labels: Sequence[str]) -> str:
    """The scores of `run` and of its siblings: on test, or on dev where one of them was scored on that alone."""
    rows = []
    for name in _siblings(run, content):
        file = repository.RUNS / name / "metrics.json"
        if file.is_file():
            found = json.loads(file.read_text(encoding="utf-8"))
            rows.append((name, content["runs"][name]["seed"], found))
    if not rows:
        return "Not evaluated."
    on_test = all("f1" in found for *_, found in rows)
    split, prefix = ("test", "") if on_test else ("dev, which the weights may have been chosen by", "dev_")
    lines = [
        f"Entity-level micro F1 on {split}, strict IOB2, with a bootstrap 95% interval over sentences; beside it that",
        "of seqeval's default.",
        "",
        "| run | seed | F1 | interval | precision | recall | seqeval's default F1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, seed, metrics in rows:
        found = {
            key: metrics.get(f"{prefix}{key}") for key in ("f1", "low", "high", "precision", "recall", "default_f1")
        }
        interval = "" if found["low"] is None else f"{found['low']:.4f} to {found['high']:.4f}"
        parts = [
            "" if found[key] is None else f"{found[key]:.4f}" for key in ("f1", "precision", "recall", "default_f1")
        ]
        lines.append(f"| {name} | {seed} | {parts[0]} | {interval} | {' | '.join(parts[1:])} |")
    own = next((found for name, _, found in rows if name == run), {})
    by_type = {label: own[f"{label}_f1"] for label in labels if f"{label}_f1" in own}
    if by_type:
        lines += ["", "By type: " + ", ".join(f"{label} {value:.4f}" for label, value in by_type.items()) + "."]
    return "\n".join(lines)


def _siblings(run: str, content: dict) -> list[str]:
    """`run`, and the runs that differ from it in nothing but the seed."""

    def but_seed(name: str) -> dict[str, Any]:
        return {key: value for key, value in content["runs"][name].items() if key != "seed"}

    return [name for name in content["runs"] if but_seed(name) == but_seed(run)]


def _data(content: dict, run: str) -> str:
    preparation = content["runs"][run]["preparation"]
    try:
        examples = parquet.stream(
            repository.PREPARATIONS / preparation / "examples.parquet", "examples", ["split", "image"]
        )
        counts, images = Counter(), Counter()
        for row in examples:
            counts[row["split"]] += 1
            images[row["split"]] += row["image"] is not None
    except InputError:
        return f"Preparation `{preparation}`."
    sizes = ", ".join(f"{count} {split} ({images[split]} with an image)" for split, count in counts.items())
    return f"Preparation `{preparation}`: {sizes}."


def _stages(variants: Mapping[str, Any], backends: Mapping[str, Backend]) -> str:
    lines = ["| stage | variant | backend | licence |", "|---|---|---|---|"]
    for stage in PREPARED:
        if stage in backends:
            values = variants[stage].values
            name = values.get("backend")
            known = dict.fromkeys(LICENCES[key] for key in (values.get("encoder"), name) if key in LICENCES)
            lines.append(f"| {stage} | {variants[stage].name} | {name} | {'; '.join(known) or 'its publisher’s'} |")
    return "\n".join(lines) if len(lines) > 2 else "None: the model reads the sentence alone."


def _hyperparameters(about: dict) -> dict:
    training = about["training"]
    return {"switches": about["switches"], "seed": training["run"].get("seed"), "train": training["training"]}

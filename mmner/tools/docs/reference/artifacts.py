"""docs/reference/artifacts.md: the columns of each artifact, from its schema."""

from __future__ import annotations

import pyarrow as pa

from mmner.rows.schemas import ALWAYS, DECIMALS, NULL_WITHIN, SCHEMAS
from mmner.tools.docs.reference import markdown
from mmner.tools.docs.reference.markdown import code

INTRODUCTION = f"""# Artifacts

Parquet files of `data/prepared/<preparation>/`, predictions and grounded of `data/runs/<run>/`, those of systems and
`tag` of `data/systems/<system>/`: one row per example, in the order of `examples`. Floats of rows are rounded to
{DECIMALS} decimals. [Architecture](../architecture.md#artifacts) says more.
A column may be null unless it says *always*; the row's `error` says why."""
MAKERS = {
    "gold": "examples",
    "boxes": "examples",
    "predictions": "evaluate, and by `tag` for a system, which leaves out what no system says",
    "grounded": "evaluate",
    "rows": "each stage, beside its artifact, as `<artifact>.rows.parquet`",
}
MEANING = {
    "id": "the example's",
    "error": "why the row has no value",
    "examples.split": "train, dev or test",
    "examples.domain": "the corpus's, or the post's own",
    "examples.language": "as the corpus says",
    "examples.tokens": "the sentence",
    "examples.image": "the file, within the corpus's image folder",
    "examples.image_sha256": "of its bytes",
    "examples.source": "file:line that the post came from",
    "gold.tags": "IOB2, one a token",
    "gold.as_written": "the tags before any repair, their labels renamed; null where none was repaired",
    "boxes.entities": "those that can be seen in the image, with all their boxes in 0..1 of width and height; null "
    "where the corpus names no boxes",
    "captions.caption": "a text about the image",
    "candidates.spans": "spans that may be entities: tokens start..end, end exclusive, and how sure the tagger is",
    "knowledge.facts": "what an encyclopedia says of each candidate; kept: whether it fits the sentence",
    "expressions.expressions": "phrases that name what matters to the sentence",
    "regions.regions": "a box for each expression that was found, in 0..1 of width and height",
    "chains.steps": "the reasoning, step by step",
    "features.image": "the image's vector",
    "features.regions": "a vector for each region",
    "features.patches": "a vector for each cell of a grid, where the variant asks for them",
    "images.image": "the file that was found",
    "images.licence": "of the file, as the wiki names it",
    "images.author": "as the wiki names them",
    "images.url": "the page of the file",
    "images.title": "of that page, such as File:Hive.jpg",
    "images.found_by": "what led to it: `article: `, `candidate: ` or `words: `, and which",
    "images.address": "that it was downloaded from",
    "tag.tags": "IOB2, one a token",
    "tag.unplaced": "labels of entities that no token can show: predicted, and wrong",
    "predictions.split": "dev or test",
    "predictions.tokens": "the sentence",
    "predictions.gold": "as the corpus's files write it",
    "predictions.predicted": "IOB2, one a token",
    "predictions.confidence": "the marginal probability of each tag",
    "predictions.scores": "of each predicted entity, the probability of that whole span",
    "predictions.gate": "the text's share, g of TVO eq. 4",
    "predictions.fusion": "ω of TVO eq. 3, by kind",
    "predictions.parts": "which evidence the post has",
    "grounded.split": "dev or test",
    "grounded.predicted": "each predicted entity with its best region, if any; kept: whether its score is high "
    "enough; scores: of each region of the post",
    "grounded.gold": "the same of gold's spans, with gold's boxes; null where the corpus names no boxes",
    "rows.fingerprint": "the digest of all that the row is computed from",
    "rows.seconds": "that computing it took",
    "rows.tokens": "of a language model, in and out",
    "rows.money": "in the currency of the variant's prices",
}


def page() -> str:
    lines = [markdown.GENERATED, "", INTRODUCTION]
    for name, schema in SCHEMAS.items():
        maker = MAKERS.get(name, name)
        lines += ["", f"## {name}", "", f"Made by {maker if ' ' in maker else f'the stage `{maker}`'}.", ""]
        lines += markdown.table(("column", "type", "what"), [_column(name, field) for field in schema])
    return "\n".join(lines) + "\n"


def _column(artifact: str, field: pa.Field) -> tuple[str, str, str]:
    always = field.name in ("id", *ALWAYS.get(artifact, ()))
    meaning = MEANING.get(f"{artifact}.{field.name}") or MEANING[field.name]
    return code(field.name), _type(field.type), f"{meaning}; always" if always else meaning


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    if pa.types.is_struct(kind):
        inner = ", ".join(f"{one.name}: {_type(one.type)}{_may_be_null(one.name)}" for one in kind)
        return f"{{{inner}}}"
    return {"int32": "int", "int64": "int"}.get(str(kind), str(kind))


def _may_be_null(name: str) -> str:
    return " or null" if name in NULL_WITHIN else ""

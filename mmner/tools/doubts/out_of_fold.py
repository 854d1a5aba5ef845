"""What a tagger says of each post that it has not seen: the folds of the candidates' tagger, with types."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np

from mmner.base.errors import InputError
from mmner.candidates.tagger import Tagger, fold
from mmner.rows.stages import STAGES


def tagger_of(content: Mapping, preparation: str, variant: str | None) -> Tagger.Params:
    """The params of tagger `variant` of section candidates; None: of `preparation`'s own.

    Errors: InputError `no-tagger` where that is none; those of params.yaml.
    """
    from mmner.base import params

    name = variant or params.entry(dict(content), "preparations", preparation).get("candidates")
    entry = params.entry(dict(content), "candidates", name)
    kind, chosen = params.variant("candidates", name, entry, STAGES["candidates"].backends)
    if kind is not Tagger:
        what = f"candidates.{name} is no tagger that could be taught"
        raise InputError("no-tagger", what, where="params.yaml", remedy="name one of backend tagger by --tagger")
    return chosen


def probabilities(
    rows: Sequence[dict],
    inventory: Sequence[str],
    params: Tagger.Params,
    splits: Container[str] = ("train", "dev", "test"),
) -> list[np.ndarray]:
    """Of each row of `splits`, (tokens, tags of `inventory`): probabilities of a tagger not taught its sentence.

    rows: {id, split, tokens, tags}, those of train in any case; it falls into folds as in `candidates.tagger.Tagger`:
    each is tagged by a tagger taught the others, without sentences that stand in it too; dev and test by one taught the
    whole of train without the sentences that they share. Errors: InputError `no-train`.
    """
    from mmner.candidates import tagger_network

    train = [row for row in rows if row["split"] == "train"]
    if not train:
        raise InputError("no-train", "no post to teach a tagger", remedy="name the corpus's train split")
    groups: dict[int | None, list[int]] = {}
    for number, row in enumerate(rows):
        if row["split"] not in splits:
            continue
        held_out = fold(row["id"], params.folds) if row["split"] == "train" else None
        groups.setdefault(held_out, []).append(number)
    found: list[np.ndarray | None] = [None] * len(rows)
    for held_out, numbers in sorted(groups.items(), key=lambda item: (item[0] is None, item[0])):
        unseen = {tuple(rows[number]["tokens"]) for number in numbers}
        examples = [
            (row["tokens"], row["tags"])
            for row in train
            if (held_out is None or fold(row["id"], params.folds) != held_out) and tuple(row["tokens"]) not in unseen
        ]
        network = tagger_network.train(examples, params, inventory)
        distributions = network.distributions([rows[number]["tokens"] for number in numbers])
        for number, one in zip(numbers, distributions, strict=True):
            found[number] = one.double().cpu().numpy()
    return [one for one in found if one is not None]

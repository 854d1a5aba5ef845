"""What a careful reader wants to know of a corpus before trusting a score on it, as text.

Reads: `data/raw/<corpus>/` as the corpus's entry says. Writes: nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from mmner.base.errors import InputError
from mmner.corpus import reader
from mmner.corpus.params import Corpus, load
from mmner.networks import encoders
from mmner.tools import catalogue
from mmner.tools.lint import against, gold_boxes, statistics
from mmner.tools.lint.gold_boxes import Counted
from mmner.tools.lint.statistics import Pieces, Split

FIRST = 3  # places that are named of each oddity
WIDTH = 46


def corpus_of(name: str, params: dict) -> Corpus:
    """Corpus `name` of params.yaml's content, else of the catalogue. Errors: InputError `unknown-corpus`."""
    if name in (params.get("corpora") or {}):
        return load(params, name)
    for entry in map(catalogue.load, catalogue.names()):
        if name in entry.params.get("corpora", {}):
            return load(entry.params, name)
    remedy = "python -m mmner corpus list"
    raise InputError("unknown-corpus", f"no corpus {name} in params.yaml or the catalogue", remedy=remedy)


def report(name: str, corpus: Corpus, raw: Path, encoder: str) -> str:
    """The findings about the corpus in folder `raw`, with `encoder` as the measure of length.

    Errors: InputError `missing-corpus`, those of statistics.splits, `no-weights`, `unknown-encoder`.
    """
    against.check_there(raw)
    splits, boxes = statistics.look(raw, corpus)
    tokenizer = encoders.tokenizer(encoder)
    room = encoders.max_length(encoders.without_weights(encoder), tokenizer) - tokenizer.num_special_tokens_to_add()
    pieces = [statistics.pieces(split, tokenizer, room) for split in splits]
    lines = [f"{name}, {raw}", "", *_files(splits, corpus), "", _row("", [split.name for split in splits])]
    lines += _counts(splits, corpus) + _boxes(boxes, corpus)
    lines += _lengths(pieces, encoder, room) + ["", *_repeats(splits)]
    if proof := against.dev_and_test([against.Posts(split.name, split.examples) for split in splits]):
        lines += ["", *proof]
    odd = gold_boxes.places(boxes) if boxes else {}
    if places := _places(splits, corpus) + [f"{kind}, {len(at):,}: {_some(at)}" for kind, at in odd.items()]:
        lines += ["", *places]
    return "\n".join(lines)


def refusal(corpus: Corpus, raw: Path) -> InputError | None:
    """What stage `examples` will refuse about the corpus in folder `raw`, if it will."""
    try:
        reader.check(reader.read(raw, corpus), raw, corpus)
    except InputError as error:
        return error
    return None


def _files(splits: Sequence[Split], corpus: Corpus) -> list[str]:
    """What the files are, and which scheme their tags show beside the one that they are read as."""
    shown = [split.scheme for split in splits if split.scheme]
    looks = shown[0] if len({*shown}) == 1 else ", ".join(f"{split.scheme} in {split.name}" for split in splits)
    lines = [split.described for split in splits]
    return [*lines, f"scheme {corpus.scheme}; the tags look like {looks if shown else 'none: all are O'}"]


def _counts(splits: Sequence[Split], corpus: Corpus) -> list[str]:
    def row(label: str, value: Callable[[Split], object]) -> str:
        return _row(label, [value(split) for split in splits])

    labels = [*corpus.labels, *sorted({label for split in splits for label in split.lenient} - {*corpus.labels})]
    images = ["image missing", "image empty", "image broken"] if any(split.images["named"] for split in splits) else []
    columns = any(split.final_blank is not None for split in splits)
    return [
        row("sentences", lambda split: len(split.posts)),
        row("tokens", lambda split: split.tokens),
        row("entities, strict IOB2", lambda split: split.strict.total()),
        *[row(f"  {label}", lambda split, label=label: split.strict[label]) for label in labels],
        row("entities, lenient (seqeval's default)", lambda split: split.lenient.total()),
        *[
            row(f"  {label}", lambda split, label=label: split.lenient[label])
            for label in labels
            if any(split.strict[label] != split.lenient[label] for split in splits)
        ],
        row("IOB violations", lambda split: len(split.violations)),
        *[
            row(f"tags of {theirs}, read as {ours}", lambda split, theirs=theirs: split.renamed[theirs])
            for theirs, ours in corpus.label_names.items()
        ],
        row("tags not in the inventory", lambda split: split.unknown_tags),
        row("invisible tokens", lambda split: split.invisible.total()),
        row("  of these in an entity", lambda split: split.invisible_in_entities),
        row("tokens with a lost character (U+FFFD)", lambda split: split.lost_characters),
        *([row("images named", lambda split: split.images["named"])] if images else []),
        *[row(f"  {reason}", lambda split, reason=reason: split.images[reason]) for reason in images],
        *([row("places with more than one blank line", lambda split: split.double_blanks)] if columns else []),
        *([row("blank line at the end", lambda split: split.final_blank)] if columns else []),
    ]


def _boxes(counted: Counted | None, corpus: Corpus) -> list[str]:
    """How many entities can be seen in their image, by type."""
    if counted is None:
        return []
    labels = [label for label in corpus.labels if any(seen[label] for seen in counted.seen.values())]
    shares = [
        f"{seen.total() / max(entities.total(), 1):.1%}"
        for entities, seen in zip(counted.entities.values(), counted.seen.values(), strict=True)
    ]
    return [
        _row("entities with a box", [seen.total() for seen in counted.seen.values()]),
        *[_row(f"  {label}", [seen[label] for seen in counted.seen.values()]) for label in labels],
        _row("  share of all", shares),
        _row("boxes", [*counted.boxes.values()]),
    ]


def _lengths(pieces: Sequence[Pieces], encoder: str, room: int) -> list[str]:
    return [
        f"word pieces of {encoder}, {room} a window (the model reads longer sentences in several, and loses nothing)",
        _row("  longest sentence", [one.longest for one in pieces]),
        _row("  sentences over one window", [one.over for one in pieces]),
        _row("  tokens that truncation would lose", [one.lost for one in pieces]),
        _row("  tokens that the tokenizer drops", [one.dropped for one in pieces]),
        _row("  tokens unknown to the vocabulary", [one.unknown for one in pieces]),
    ]


def _repeats(splits: Sequence[Split]) -> list[str]:
    lines = [_row("texts that stand twice", ["texts", "sentences", "other labels"])]
    for repeat in statistics.repeats(splits):
        where = f"in {repeat.first}" if repeat.first == repeat.second else f"in {repeat.first} and {repeat.second}"
        lines.append(_row(f"  {where}", [repeat.texts, repeat.sentences, repeat.other_labels]))
    return lines


def _places(splits: Sequence[Split], corpus: Corpus) -> list[str]:
    """Where the oddities are, the first few of each."""
    lines = []
    invisible = sum((split.invisible for split in splits), Counter())
    for split in splits:
        if not split.strict:
            lines.append(f"no entity that counts in {split.name}")
        if split.violations:
            lines.append(f"IOB violations of {split.name}: {_some(split.violations)}")
        if split.unknown:
            tags = [f"{tag} ({place})" for tag, place in split.unknown.items()]
            lines.append(f"tags not in the inventory, in {split.name}: {_some(tags)}")
        if split.failures:
            lines.append(f"images of {split.name}: {_some(split.failures)}")
        lines += [f"{split.name}: {note}" for note in split.notes]
        if split.final_blank is False:
            lines.append(f"{split.file} ends without a blank line: a reader that needs one loses the last sentence")
    if invisible:
        characters = [f"{_codes(token)} ({count})" for token, count in invisible.most_common()]
        lines.append(f"invisible: {', '.join(characters)}")
    if absent := [label for label in corpus.labels if not splits[0].lenient[label]]:
        lines.append(f"types without a mention in {splits[0].name}: {', '.join(absent)}")
    return lines


def _row(label: str, values: Sequence[object]) -> str:
    return f"{label:{WIDTH}}" + "".join(f"{_shown(value):>14}" for value in values)


def _shown(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)


def _some(places: Sequence[str]) -> str:
    more = f" and {len(places) - FIRST:,} more" if len(places) > FIRST else ""
    return ", ".join(places[:FIRST]) + more


def _codes(token: str) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in token)

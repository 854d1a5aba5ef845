"""What annotation tools export becomes a corpus: a JSON file a split, and a list of what was changed on the way."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path

from mmner.base import atomic
from mmner.base.errors import InputError
from mmner.corpus.annotations import files, placing
from mmner.corpus.annotations.posts import Source, Spanned, Tagged
from mmner.ner import schemes, tokenizers
from mmner.tools import own_corpus
from mmner.tools.catalogue import merge
from mmner.tools.own_corpus import look
from mmner.tools.own_corpus.images import Images
from mmner.tools.own_corpus.look import Found, Wanted

LISTING = "import.txt"
IMAGES = "images"
SUFFIXES = look.TEXTS | {".parquet", ".ndjson"}
SHARD = re.compile(r"(.*)-(\d+)-of-(\d+)\.parquet")  # of the files that datasets writes for one split


@dataclass(frozen=True)
class Options:
    """How files are read. form: one of files.FORMATS. shares: of train, dev and test, of a single file. images: the
    folder with the images that posts name."""

    form: str | None = None
    tokenizer: str | None = None
    shares: tuple[float, float, float] | None = None
    images: Path | None = None


@dataclass
class Imported:
    """found, added: as `own_corpus.new` returns them. listed: each change, a line. numbers: the sums, which add up."""

    found: Found
    added: list[tuple[str, str]]
    described: list[str]
    notes: list[str]
    listed: list[str]
    numbers: str


@dataclass
class _Counts:
    """read = written + the skipped; entities = kept + snapped + dropped."""

    read: int = 0
    written: int = 0
    skipped: Counter = field(default_factory=Counter)
    entities: int = 0
    kept: int = 0
    snapped: int = 0
    dropped: int = 0

    def __str__(self) -> str:
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())
        posts = f"{self.read} posts read = {self.written} written + {self.skipped.total()} skipped"
        posts += f" ({reasons})" if reasons else ""
        whole = f"{self.entities} entities = {self.kept} as they were + {self.snapped} snapped + {self.dropped} dropped"
        return f"{posts}; {whole}"


def load(name: str, source: Path, wanted: Wanted, options: Options, *, data: Path, file: Path) -> Imported:
    """Make a corpus `name` of the file or folder `source`, as `own_corpus.new` does of files that need no reading.

    Columns, and JSON of tokens and tags, go to `own_corpus.new` as they are, unless they are to be cut into splits.
    Errors: InputError `bad-option`, `several-formats`, `duplicate-id`, `no-label`, those of `own_corpus.new` and of
    mmner.corpus.annotations.
    """
    target = data / name
    content = own_corpus.free(name, target, file, source)
    named = _files(source, wanted.splits)
    if options.shares and list(named) != ["train"]:
        what = f"--split cuts a single file, and these are {', '.join(named)}"
        raise InputError("bad-option", what, where=str(source), remedy="leave --split out")
    root = source if source.is_dir() else source.parent
    sources = {split: [files.read(root / one, one, options.form) for one in of] for split, of in named.items()}
    forms = {one.format for one in chain(*sources.values())}
    if len(forms) > 1 and "columns" in forms:
        what = f"files of {' and '.join(sorted(forms))}"
        raise InputError("several-formats", what, where=str(source), remedy="convert the columns' file, too")
    if forms == {"columns"} and not options.shares:
        return _as_they_are(name, root, sources, replace(wanted, tokenizer=options.tokenizer), options, data, file)
    if target.exists():
        remedy = f"put the files elsewhere: what is imported is written to {target}"
        raise InputError("exists", "there is something already", where=str(target), remedy=remedy)
    return _converted(target, content, sources, wanted, options, root, file)


def _files(source: Path, said: dict[str, str]) -> dict[str, list[str]]:
    """The files of each split, relative to the folder. Errors: InputError `missing-file`, `bad-option`, ..."""
    if not source.exists():
        raise InputError("missing-file", "no such file or folder", where=str(source), remedy="correct its name")
    root = source if source.is_dir() else source.parent
    if said and root != source:
        what = f"{' and '.join(f'--{split}' for split in said)} of a single file"
        remedy = f"name its folder, {root}, and the file of every split: --train {source.name}, for one"
        raise InputError("bad-option", what, where=str(source), remedy=remedy)
    found = look.split_names(source, said, SUFFIXES) if source.is_dir() else {"train": [source.name]}
    for split, named in found.items():
        shards = [match for file in named if (match := SHARD.fullmatch(file))]
        sets = {(match[1], int(match[3])) for match in shards}
        if len(named) > 1 and (len(shards) < len(named) or len(sets) > 1):
            raise look.several(split, named, source)
        if shards and len(shards) < (total := int(shards[0][3])) and not said and source.is_dir():
            what = f"{len(shards)} of the {total} files of {split}: {', '.join(named)}"
            remedy = "get the others, too, or say which files to take by --train, --dev and --test"
            raise InputError("missing-shard", what, where=str(root), remedy=remedy)
    return found


def _as_they_are(
    name: str, root: Path, sources: dict[str, list[Source]], wanted: Wanted, options: Options, data: Path, file: Path
) -> Imported:
    wanted = replace(wanted, splits={split: of[0].file for split, of in sources.items()})
    if options.images is not None:
        wanted = replace(wanted, images=_within(root, options.images))
    found, added = own_corpus.new(name, root, wanted, data=data, file=file)
    counts = _Counts(read=sum(len(of[0].posts) for of in sources.values()), entities=found.labels.total())
    counts.written, counts.kept = sum(found.posts.values()), counts.entities
    counts.skipped.update({"behind the limit": counts.read - counts.written} if counts.read > counts.written else {})
    return Imported(found, added, found.described, found.notes, [], str(counts))


def _within(root: Path, images: Path) -> str:
    """The folder `images` relative to `root`; either may be a link, or behind one. Errors: InputError `bad-option`."""
    for followed in (os.path.abspath, os.path.realpath):
        if (path := Path(followed(images))).is_relative_to(above := followed(root)):
            return path.relative_to(above).as_posix()
    what = f"{images} is not in the folder of the files, which is copied as it is"
    raise InputError("bad-option", f"--images: {what}", remedy=f"put the images into a folder in {root}")


def _converted(
    target: Path,
    content: dict,
    sources: dict[str, list[Source]],
    wanted: Wanted,
    options: Options,
    root: Path,
    file: Path,
) -> Imported:
    every = list(chain(*sources.values()))
    posts = [post for source in every for post in source.posts]
    language = wanted.language or look.language_of(map(_text, posts[: look.LOOKED]))
    notes = [note for source in every for note in source.notes]
    notes += [] if wanted.language else [look.GUESSED.format(language)]
    if texts := [post for post in posts if isinstance(post, Spanned) and post.read]:
        own = 0 if options.tokenizer else sum(post.tokens is not None for post in texts)
        tokenizer = options.tokenizer or tokenizers.default(language)
        notes.append(f"tokens: {own} posts have their own; {len(texts) - own} are split by the tokenizer {tokenizer}")
        tokenizer = options.tokenizer or (None if own == len(texts) else tokenizer)
    else:
        tokenizer = options.tokenizer
    scheme = schemes.looks_like(post.tags for post in posts if isinstance(post, Tagged)) or "iob2"
    counts, listed = _Counts(read=len(posts)), []
    counts.skipped.update(chain.from_iterable(source.skipped.elements() for source in every))
    counts.read += counts.skipped.total()
    images = Images(options.images, root)
    with atomic.atomic_write(target) as staging:
        staging.mkdir(parents=True)
        images.into = staging / IMAGES
        rows: dict[str, list[tuple[str, dict]]] = {}
        for split, of_split in sources.items():
            for named_in, post in ((one.file, post) for one in of_split for post in one.posts):
                row = _row(
                    post, tokenizer or tokenizers.default(language), bool(options.tokenizer), scheme, counts, listed
                )
                if row is not None:
                    row |= {"image": images.name(post.image, named_in)} if post.image else {}
                    rows.setdefault(_split(post, split, options.shares), []).append((post.place, row))
        splits = {split: f"{split}.jsonl" for split in look.SPLITS if split in rows}
        if not counts.kept + counts.snapped:
            what = f"no entity in {counts.read} posts" + (f"; {listed[0]}" if listed else "")
            raise InputError("no-label", what, where=str(root), remedy="export posts with annotations; see --format")
        notes += _unique(rows) + images.notes()
        for split, name in splits.items():
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for _, row in rows[split])
            (staging / name).write_text("".join(lines), encoding="utf-8", newline="\n")
        described = [source.described for source in every]
        told = [*described, *(f"note: {note}" for note in notes), *listed, str(counts)]
        (staging / LISTING).write_text("".join(f"{line}\n" for line in told), encoding="utf-8", newline="\n")
        wanted = replace(wanted, splits=splits, language=language, scheme=scheme, tokenizer=tokenizer)
        wanted = replace(wanted, images=IMAGES if images.copied else None, image_suffix="")
        found = look.find(staging, wanted)
        text, added = own_corpus.described(target.name, found, wanted, content, file)
    merge.write_text(file, text)
    return Imported(replace(found, folder=target), added, described, notes + found.notes, listed, str(counts))


def _text(post: Spanned | Tagged) -> str:
    return post.text if isinstance(post, Spanned) else " ".join(post.tokens)


def _row(
    post: Spanned | Tagged, tokenizer: str, anew: bool, scheme: str, counts: _Counts, listed: list[str]
) -> dict | None:
    """The post as a row of our JSON; None, and counted, where it has nothing to read. anew: whatever tokens it has."""
    if not post.read:
        counts.skipped["that could not be read"] += 1
        return None
    if isinstance(post, Tagged):
        tokens, tags = post.tokens, post.tags
        pairs = [schemes.parse(tag, scheme) or ("O", "") for tag in tags]
        entities = len(schemes.chunks(pairs, scheme))
        counts.entities, counts.kept = counts.entities + entities, counts.kept + entities
    else:
        located = post.tokens if post.tokens and not anew else tokenizers.tokenize(post.text, tokenizer)
        placed = placing.place(post.text, post.spans, located, post.place)
        tokens, tags = [token.text for token in located], placed.tags
        listed += [f"{post.place}: {line}" for line in (*placed.snapped, *placed.dropped, *post.dropped)]
        counts.entities += len(post.spans) + len(post.dropped)
        counts.kept += placed.kept
        counts.snapped += len(placed.snapped)
        counts.dropped += len(placed.dropped) + len(post.dropped)
    if not tokens:
        counts.skipped["without text"] += 1
        return None
    counts.written += 1
    row = {"tokens": tokens, "tags": tags}
    return row | {key: value for key, value in (("id", post.id), ("domain", post.domain)) if value}


def _split(post: Spanned | Tagged, split: str, shares: tuple[float, float, float] | None) -> str:
    """By a hash of the text, so that one text is in one split, and stays there as others come and go."""
    if shares is None:
        return split
    text = "".join(_text(post).split())
    point = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12 * sum(shares)
    names = [name for name, share in zip(look.SPLITS, shares, strict=True) if share]
    bounds = [sum(shares[: at + 1]) for at, share in enumerate(shares) if share]
    return next((name for name, bound in zip(names, bounds, strict=True) if point < bound), names[-1])


def _unique(rows: dict[str, list[tuple[str, dict]]]) -> list[str]:
    """Give ids that several splits have another form, and one to a post without, where another has the one that it is
    read with. Errors: InputError `duplicate-id` within a split."""
    splits: dict[str, str] = {}
    shared = False
    for split, of_split in rows.items():
        places: dict[str, str] = {}
        for place, row in of_split:
            if (identifier := row.get("id")) is None:
                continue
            if identifier in places:
                what = f"id {identifier} is also at {places[identifier]}"
                raise InputError("duplicate-id", what, where=place, remedy="export it once, or give it another id")
            places[identifier] = place
            shared = shared or splits.setdefault(identifier, split) != split
    if shared:
        for split, of_split in rows.items():
            for _, row in of_split:
                row |= {"id": f"{split}-{row['id']}"} if "id" in row else {}
    taken = {row["id"] for of_split in rows.values() for _, row in of_split if "id" in row}
    for split, of_split in rows.items():
        for index, (_, row) in enumerate(of_split):
            if "id" not in row and (read := f"{split}-{index}") in taken:
                row["id"] = next(free for n in count(2) if (free := f"{read}-{n}") not in taken)
    return ["ids: several splits have the same, so each has its split before it, as test-7"] if shared else []

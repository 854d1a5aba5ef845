"""Label Studio's exports JSON and JSON-MIN. Its offsets count UTF-16 code units, of which an emoji has two.

A task with several annotations has the first that was not cancelled. Predictions are read in a file without a single
annotation, as `mmner predict --to labelstudio` writes it.
"""

from __future__ import annotations

from collections import Counter

from mmner.base.errors import InputError
from mmner.corpus import image_names
from mmner.corpus.annotations.posts import REMEDY, Source, Span, Spanned, name, objects, path_of, span, string

ABOUT = {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time"}  # of JSON-MIN, not of the post


def is_min(row: dict) -> bool:
    """Whether `row` is one of JSON-MIN."""
    return bool({"annotation_id", "annotator"} & row.keys()) or any(map(_regions, row.values()))


def read(rows: list[tuple[str, dict]], source: Source) -> None:
    """Fill `source` from `rows`, (file:line, task). Errors: InputError `bad-span`, `bad-post`, `no-text`."""
    whole = [isinstance(row.get("data"), dict) for _, row in rows]
    predicted = all(whole) and not any(_annotations(row, place) for place, row in rows)
    if predicted and any(row.get("predictions") for _, row in rows):
        source.notes.append(f"{source.file}: no task has an annotation: its predictions are read")
    several: list[str] = []
    seen: dict[str, str] = {}
    counted: list[str] = []
    wrong: list[str] = []
    others: Counter = Counter()
    tasks: list[tuple[str, dict, dict, list[dict]]] = []  # place, task, its data, its spans
    for (place, row), is_whole in zip(rows, whole, strict=True):
        if is_whole:
            data, results = row["data"], _results(row, place, predicted, source, several, others)
        else:
            data = {key: value for key, value in row.items() if key not in ABOUT and not _regions(value)}
            results = [region for value in row.values() if _regions(value) for region in value]
            task = name(row.get("id"))
            if task is not None and task in seen:
                source.skipped["annotated again"] += 1
                several.append(seen[task])
                continue
            seen |= {task: place} if task is not None else {}
        if results is not None:
            tasks.append((place, row, data, results))
    keys = Counter(key for *_, data, spans in tasks if spans and (key := _text_key(data, spans)) in data)
    usual = next((key for key, _ in keys.most_common(1)), None)
    for place, row, data, spans in tasks:
        source.posts.append(_post(row, data, spans, _text_key(data, spans, usual), place, counted, wrong))
    if several:
        where = ", ".join(dict.fromkeys(several[:3])) + ", ..." * (len(several) > 3)
        source.notes.append(f"{source.file}: {len(several)} tasks annotated several times, the first is read: {where}")
    source.notes += [f"{source.file}: {count} results of type {kind} are no spans" for kind, count in others.items()]
    if wrong:
        source.notes.append(f"{source.file}: {len(wrong)} spans say another text than there is; the first: {wrong[0]}")
    if counted:
        what = f"{len(counted)} spans count code points, as their own text shows; the first: {counted[0]}"
        source.notes.append(f"{source.file}: {what}")


def _annotations(row: dict, place: str) -> list[dict]:
    return objects(row.get("annotations", row.get("completions")), "annotations", place)


def _results(
    row: dict, place: str, predicted: bool, source: Source, several: list[str], others: Counter
) -> list[dict] | None:
    """The regions of the annotation that counts; None, and counted, where the task is skipped."""
    made = _annotations(row, place) if not predicted else objects(row.get("predictions"), "predictions", place)
    valid = [one for one in made if not one.get("was_cancelled")]
    if not valid:
        source.skipped["cancelled" if made else "not annotated"] += 1
        return None
    several += [place] if len(valid) > 1 and not predicted else []
    results = objects(valid[0].get("result"), "result", place)
    controls = {str(one["to_name"]) for one in results if one.get("to_name") and _names(one.get("value")) is not None}
    if len(controls) > 1:
        what = f"spans of several texts: {', '.join(sorted(controls))}"
        raise InputError("several-texts", what, where=place, remedy="a post has one text: export a project of each")
    values = [one.get("value") for one in results]
    others.update(str(one.get("type")) for one, value in zip(results, values, strict=True) if _names(value) is None)
    return [value for value in values if _names(value) is not None]


def _regions(value: object) -> bool:
    """Whether `value` is a list of annotated spans, as JSON-MIN has it under the name of the control."""
    spans = isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    return bool(spans) and any(_names(one) for one in value) and all("start" in one for one in value)


def _names(value: object) -> list | None:
    """The labels of a region of text; None where it is another kind of result, such as a choice or a box."""
    if not isinstance(value, dict):
        return None
    lists = [found for key, found in value.items() if key.endswith("labels") and isinstance(found, list)]
    if "start" not in value:
        return None
    return lists[0] if lists else []


def _post(
    row: dict, data: dict, regions: list[dict], key: str, place: str, counted: list[str], wrong: list[str]
) -> Spanned:
    text = string(data, key, place)
    images = [value for at, value in data.items() if at != key and isinstance(value, str) and _is_image(value)]
    post = Spanned(place=place, text=text, id=name(data.get("id", row.get("id"))), domain=name(data.get("domain")))
    post.image = path_of(images[0]) if images else None
    starts = _units(text)
    for region in regions:
        labels = [str(label).strip() for label in _names(region) or () if str(label).strip()]
        found = _span(text, starts, region, labels[0] if labels else "", place, counted)
        said = f"{text[found.start : found.end]!r}"
        if isinstance(region.get("text"), str) and _bare(region["text"]) != _bare(text[found.start : found.end]):
            wrong.append(f"{place}: {region['text']!r} is {said} there")
        if labels:
            post.spans.append(found)
            post.dropped += [f"{said} {label} left out: it is {labels[0]} already" for label in labels[1:]]
        else:
            post.dropped.append(f"{said} left out: it has no label")
    return post


def _text_key(data: dict, regions: list[dict], usual: str | None = None) -> str:
    """`text`; else the key whose value holds what the regions say that they are; else `usual`; else the only text.

    usual: the key of the file's posts with regions.
    """
    if isinstance(data.get("text"), str):
        return "text"
    texts = [key for key, value in data.items() if isinstance(value, str) and not _is_image(value)]
    said = [region["text"] for region in regions if isinstance(region.get("text"), str)]
    holding = [key for key in texts if said and all(one in data[key] for one in said)]
    if len(holding) != 1 and isinstance(data.get(usual), str):
        return usual
    texts = holding or [key for key in texts if key not in ("id", "domain")]
    return texts[0] if len(texts) == 1 else "text"


def _is_image(value: str) -> bool:
    return path_of(value).lower().endswith(image_names.SUFFIXES)


def _units(text: str) -> list[int] | None:
    """Of each UTF-16 code unit of `text`, and its end, the code point that it belongs to; None: they are the same."""
    if all(char < "\U00010000" for char in text):
        return None
    return [at for at, char in enumerate(text) for _ in range(1 + (char >= "\U00010000"))] + [len(text)]


def _span(text: str, starts: list[int] | None, region: dict, label: str, place: str, counted: list[str]) -> Span:
    start, end = region.get("start"), region.get("end")
    if isinstance(start, str):
        what = f"a region at {start}: one of HyperText or Paragraphs"
        raise InputError("bad-span", what, where=place, remedy='annotate it as <Text name="text" value="$text"/>')
    if starts is None or type(start) is not int or type(end) is not int:
        return span(text, start, end, label, place)
    if not 0 <= start < end < len(starts):
        what = f"a span of {label} from {start} to {end}, in a text of {len(starts) - 1} UTF-16 code units"
        raise InputError("bad-span", what, where=place, remedy=REMEDY)
    first, last = starts[start], starts[end - 1] + 1  # half an emoji is the whole
    said = region.get("text")
    if isinstance(said, str) and text[first:last] != said == text[start:end]:
        first, last = start, end
        counted.append(place)
    return span(text, first, last, label, place)


def _bare(text: str) -> str:
    """`text` without blanks, which Label Studio writes in several ways."""
    return "".join(text.replace("\\n", " ").split())

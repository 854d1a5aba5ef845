"""Merging entries of a YAML fragment into params.yaml as text: every other line keeps its bytes.

A round trip through a YAML writer would keep comments too, but re-indent and re-wrap what a user wrote; here lines
are only inserted (or, with force, replaced), and the result is parsed and compared with what it should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from mmner.base import atomic, params, project, yaml_files
from mmner.base.errors import InputError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's: ten times faster


@dataclass
class Section:
    """The lines of a section. `key`: of its name. `end`: the one after its content. `entries`: (key, end) by name.

    `flow`: whether it has no entries in block style. `indent`: columns before the names of entries.
    """

    key: int
    end: int
    flow: bool
    indent: int
    entries: dict[str, tuple[int, int]]


def into_file(path: Path, fragment: str, chosen: set[tuple[str, str]], *, force: bool = False) -> list[tuple]:
    """Add the `chosen` (section, name) entries of `fragment` to the file at `path`, which is replaced as a whole.

    Returns (section, name, "added" or "replaced") for each entry that changed; equal ones stay as they are.
    Errors: InputError `entry-differs`, `flow-section`, `missing-variant`, `defined-twice`; those of `project.load`.
    """
    merged, changed = into_text(read_text(path), fragment, chosen, force=force, where=str(path))
    everything = project.load(path)
    for section, name, _ in changed:
        place = everything.place(section, name)
        if section in project.SINGLE and name in place.entries(section) and place.file != path:
            what = f"{section}.{name} stands here already, for an experiment"
            remedy = "delete it there, do this again, then: python -m mmner experiments refresh; what it made is known"
            raise InputError("defined-twice", what, where=str(place.file), remedy=remedy)
    if changed:
        write_text(path, merged)
    return changed


def read_text(path: Path) -> str:
    """The text of the params.yaml at `path`, with the line ends that it has. Errors: those of `params.load`."""
    params.load(path)
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, or to where it leads as a link, whole or not at all."""
    atomic.write_text(path.resolve(), text)


def _line_ends(text: str) -> str:
    """What all lines of `text` end in; \\n where they differ, and each keeps its own."""
    return "\r\n" if text.count("\r\n") == text.count("\n") > 0 else "\n"


def into_text(text: str, fragment: str, chosen: set[tuple[str, str]], *, force: bool, where: str) -> tuple[str, list]:
    """`text` with the `chosen` entries of `fragment`, and the changes as `into_file` returns them."""
    before, ends = text, _line_ends(text)
    text, fragment = text.replace(ends, "\n"), fragment.replace("\r\n", "\n")
    new, expected = yaml_files.parse(fragment, "the catalogue"), yaml_files.parse(text, where) or {}
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(fragment, Loader=LOADER)):
        fragment = yaml.dump(new, Dumper=_WithoutAliases, sort_keys=False, allow_unicode=True)
    if not expected:  # {} alone, say, beside which no section can stand
        text = "".join(f"{line}\n" for line in text.split("\n") if line.lstrip().startswith("#"))
    todo, differing = [], []
    for section, entries in new.items():
        for name, value in entries.items():
            present = expected.get(section) or {}
            if (section, name) not in chosen or (name in present and present[name] == value):
                continue
            differing += [f"{section}.{name}"] if name in present else []
            todo.append((section, name, "replaced" if name in present else "added"))
            expected[section] = present | {name: value}
    if differing and not force:
        what = f"{', '.join(differing)} is there already, and differs from the catalogue"
        raise InputError("entry-differs", what, where=where, remedy="keep it, rename it, or replace it with --force")
    _check_variants(expected, {name for section, name in chosen if section == "preparations"}, where)
    if not todo:
        return before, []
    source = _Fragment(fragment)
    for section in dict.fromkeys(section for section, *_ in todo):
        for how, change in (("replaced", _replace), ("added", _add)):
            if names := [name for one, name, done in todo if (one, done) == (section, how)]:
                text = change(text, source, section, names, where)
    if yaml_files.parse(text, where) != expected:
        raise RuntimeError(f"{where}: the merged text does not hold what it should")
    return text.replace("\n", ends), todo


class _WithoutAliases(yaml.SafeDumper):
    """Writes out what an anchor stands for, since an entry is taken away from it."""

    def ignore_aliases(self, data) -> bool:
        return True


def without(text: str, gone: set[tuple[str, str]], where: str) -> str:
    """`text` without the entries `gone`, (section, name); a section that loses all is `{}`: DVC's foreach wants one.

    Errors: InputError `flow-section` where a section stands in braces.
    """
    content, ends = yaml_files.parse(text, where), _line_ends(text)
    lines = text.split(ends)
    sections = _sections(lines, where)
    for section in sorted({section for section, _ in gone}):
        if sections[section].flow:
            raise _in_braces(section, sections[section], where)
    for start, end in sorted((sections[section].entries[name] for section, name in gone), reverse=True):
        while lines[start - 1].strip().startswith("#"):  # comments about it go with it
            start -= 1
        del lines[start:end]
    for section in {section for section, _ in gone}:
        content[section] = {name: value for name, value in content[section].items() if (section, name) not in gone}
        if not content[section]:
            lines = [line.replace(":", ": {}", 1) if line.startswith(f"{section}:") else line for line in lines]
    text = "\n".join(lines)
    if yaml_files.parse(text, where) != content:
        raise RuntimeError(f"{where}: the text does not hold what it should")
    return text.replace("\n", ends)


def _check_variants(content: dict, preparations: set[str], where: str) -> None:
    for name in sorted(preparations):
        for stage, variant in content["preparations"][name].items():
            if stage == params.REMOTE:
                continue
            section = "corpora" if stage == "corpus" else stage
            if variant not in (content.get(section) or {}):
                what = f"preparation {name} uses {section}.{variant}, which neither the file nor the catalogue has"
                remedy = f"restore the entry {variant} in section {section}"
                raise InputError("missing-variant", what, where=where, remedy=remedy)


def _sections(lines: list[str], where: str) -> dict[str, Section]:
    """Errors: InputError `flow-section` where the whole file stands in braces."""
    root = yaml.compose("\n".join(lines), Loader=LOADER)
    if root is not None and root.flow_style:
        what, place = "all sections are in braces", f"{where}:{root.start_mark.line + 1}"
        remedy = "write each as `section:` with one entry a line, indented, and no braces around them"
        raise InputError("flow-section", what, where=place, remedy=remedy)
    sections = {}
    pairs = root.value if root is not None else []
    for (key, value), limit in zip(pairs, _limits(pairs, len(lines)), strict=True):
        start = key.start_mark.line
        children = value.value if isinstance(value, yaml.MappingNode) and not value.flow_style else []
        end = _content_end(lines, start, limit)
        entries = {
            child.value: (child.start_mark.line, _content_end(lines, child.start_mark.line, child_limit))
            for (child, _), child_limit in zip(children, _limits(children, end), strict=True)
        }
        indent = children[0][0].start_mark.column if children else 2
        sections[key.value] = Section(start, end, not children, indent, entries)
    return sections


def _limits(pairs: list, last: int) -> list[int]:
    """For each key, the line of the next key; `last` for the last one."""
    return [key.start_mark.line for key, _ in pairs[1:]] + [last] if pairs else []


def _content_end(lines: list[str], start: int, limit: int) -> int:
    """The end of the content that starts at `start`: `limit` without the blank and comment lines just before it."""
    while limit > start + 1 and lines[limit - 1].strip()[:1] in ("", "#"):
        limit -= 1
    return limit


class _Fragment:
    """Where the entries of a fragment stand in its text."""

    def __init__(self, text: str):
        self._lines = text.split("\n")
        self._sections = _sections(self._lines, project.PARAMS)

    def block(self, section: str, name: str, indent: int, *, comments: bool) -> list[str]:
        """The lines of an entry, indented by `indent`; with `comments`, the comment lines above it too."""
        source = self._sections[section]
        if source.flow:  # of a user's file: the catalogue has none
            raise _in_braces(section, source, project.PARAMS)
        start, end = source.entries[name]
        first = max([source.key + 1, *(other for _, other in source.entries.values() if other <= start)])
        shift = indent - source.indent
        return [_shifted(line, shift) for line in self._lines[first if comments else start : end]]


def _shifted(line: str, by: int) -> str:
    return line if not line.strip() else " " * by + line if by >= 0 else line[-by:]


def _replace(text: str, fragment: _Fragment, section: str, names: list[str], where: str) -> str:
    lines = text.split("\n")
    place = _sections(lines, where)[section]
    if place.flow:
        raise _in_braces(section, place, where)
    for start, end, name in sorted(((*place.entries[name], name) for name in names), reverse=True):
        lines[start:end] = fragment.block(section, name, place.indent, comments=False)
    return "\n".join(lines)


def _in_braces(section: str, place: Section, where: str) -> InputError:
    remedy = f"write `{section}:` with one entry a line, indented"
    return InputError(
        "flow-section", f"section {section} is in braces", where=f"{where}:{place.key + 1}", remedy=remedy
    )


def _add(text: str, fragment: _Fragment, section: str, names: list[str], where: str) -> str:
    lines = text.rstrip("\n").split("\n")
    place = _sections(lines, where).get(section)
    if place is None:
        lines += ["", f"{section}:"]
        place = Section(len(lines) - 1, len(lines), False, 2, {})
    elif place.flow:
        head = lines[place.key]
        if yaml_files.parse(head, where).get(section):
            raise _in_braces(section, place, where)
        comment = head.partition("#")[1:]
        lines[place.key] = f"{section}:" + ("  " + "".join(comment) if comment[0] else "")
    blocks = [fragment.block(section, name, place.indent, comments=True) for name in names]
    lines[place.end : place.end] = [line for block in blocks for line in block]
    return "\n".join(lines) + "\n"

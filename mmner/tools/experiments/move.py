"""Making folders of what params.yaml has of experiments, as versions before there were folders wrote it there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

import yaml

from mmner.base import atomic, dvc_files, params, project, yaml_files
from mmner.base.project import EXPERIMENTS, PARAMS, SHARED, SINGLE
from mmner.tools.catalogue import merge
from mmner.tools.experiments import definitions, folders

Key = tuple[str, str]  # (section, name)
LOADER, DUMPER = (getattr(yaml, f"CSafe{kind}", getattr(yaml, f"Safe{kind}")) for kind in ("Loader", "Dumper"))
RUN_STAGES = ("train", "evaluate")
SECTIONS = {**dict.fromkeys(RUN_STAGES, "runs"), "images": "images", "tag": "systems"}  # of stages; else preparations


def move(root: Path = Path(PARAMS)) -> list[tuple[str, str, str]]:
    """Move the experiments' runs from the file `root` to their folders, and to the shared one the preparations that
    nothing else of `root` uses. Returns (folder, section, name) of each entry that went.

    What they name is copied, and leaves `root` where nothing there names it any more. The entries of dvc.lock go along,
    so that stages find what they made: they run once more, since their commands are others, and compute nothing.
    Errors: those of project.load and of mmner.tools.catalogue.merge.
    """
    content, text = params.load(root), merge.read_text(root)
    project.load(root)
    runs = content.get("runs") or {}
    homes = {name: home for name in runs if (home := _home(name, content))}
    moved = {("runs", name): home for name, home in homes.items()}
    moved |= dict.fromkeys(_shared(content, homes), SHARED)
    texts = _texts(root, text, content, moved)
    rest = merge.without(text, set(moved) | _unnamed(content, moved), str(root)) if moved else text
    for folder, one in texts.items():
        path = root.parent / EXPERIMENTS / folder / PARAMS
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_text(path, one.lstrip("\n"))
    if moved:
        merge.write_text(root, rest)
        folders.refresh(project.load(root), texts)
        _move_locked(root.with_name(dvc_files.LOCK), moved)
    return [(folder, section, name) for (section, name), folder in moved.items()]


def _home(run: str, content: dict) -> str | None:
    """The folder of the experiment whose run `run` is, by its name; None where it is none's."""
    known = {**(content.get("corpora") or {}), **(content.get("preparations") or {})}
    corpora = "|".join(map(re.escape, known))
    for profile in definitions.profiles():
        prefix = definitions.profile(profile)[0].prefix
        for name in definitions.names():
            rows = "|".join(
                re.escape(row) for row in definitions.rows(definitions.load(name).rows) | definitions.rows("text")
            )
            if re.fullmatch(rf"{prefix}{name}-({corpora})(-k\d+)?(-({rows}))?-s\d+", run):
                return prefix + name
    return None


def _shared(content: dict, homes: Collection[str]) -> list[Key]:
    """The preparations of the runs `homes`, and the images of their corpora, that nothing which stays needs."""
    runs, images, systems = (content.get(section) or {} for section in ("runs", "images", "systems"))
    wanted = _needed(content, [runs[name] for name in homes])
    others = [*(run for name, run in runs.items() if name not in homes), *systems.values()]
    others += [made for corpus, made in images.items() if corpus not in wanted.values()]
    others += [{"preparation": name} for name in content.get("preparations") or {} if name not in wanted]
    stay = _needed(content, others)
    go = {name: corpus for name, corpus in wanted.items() if name not in stay}
    corpora = set(go.values()) - set(stay.values())
    return [("preparations", name) for name in go] + [("images", name) for name in images if name in corpora]


def _needed(content: dict, entries: Iterable[dict | None]) -> dict[str, str | None]:
    """The preparations that `entries` name, and those by which their corpora got images: each with its corpus."""
    preparations, images = (content.get(section) or {} for section in ("preparations", "images"))
    needed, todo = {}, [*entries]
    while todo:
        name = (todo.pop() or {}).get("preparation")
        if name in preparations and name not in needed:
            needed[name] = (preparations[name] or {}).get("corpus")
            todo.append(images.get(needed[name]))
    return needed


def _named(section: str, entry: dict) -> set[Key]:
    """What an entry of preparations, images, runs or systems names, beside preparations."""
    keys = {"runs": RUN_STAGES, "images": ("corpus",), "systems": ("corpus", "evaluate")}.get(
        section, [key for key in entry if key != params.REMOTE]
    )
    return {("corpora" if key == "corpus" else key, entry[key]) for key in keys if key in entry}


def _texts(root: Path, text: str, content: dict, moved: dict[Key, str]) -> dict[str, str]:
    """The text of each folder's params.yaml, with what moves there and what that names."""
    texts: dict[str, str] = {}
    for folder in [SHARED, *dict.fromkeys(moved.values())] if moved else []:
        path = root.parent / EXPERIMENTS / folder / PARAMS
        chosen = {key for key, home in moved.items() if home == folder}
        named = set().union(*(_named(section, content[section][name]) for section, name in chosen)) if chosen else set()
        named |= {("corpora", name) for section, name in chosen if section == "images"}
        before = merge.read_text(path) if path.is_file() else ""
        there = {
            (section, name)
            for section, found in (yaml_files.parse(before, PARAMS) or {}).items()
            for name in found or ()
        }
        texts[folder], _ = merge.into_text(before, text, chosen | (named - there), force=False, where=str(path))
        texts[folder] = texts[folder] or "{}\n"
    return texts


def _unnamed(content: dict, moved: dict[Key, str]) -> set[Key]:
    """What entries that move name, and none that stays."""
    gone, stay = set(), set()
    for section in (*SINGLE, "systems"):
        for name, entry in (content.get(section) or {}).items():
            (gone if (section, name) in moved else stay).update(_named(section, entry or {}))
    stay |= {("corpora", name) for name in content.get("images") or {} if ("images", name) not in moved}
    return {(section, name) for section, name in gone - stay if name in (content.get(section) or {})}


def _move_locked(lock: Path, moved: dict[Key, str]) -> None:
    """Move the entries of the stages of `moved` from `lock` to the dvc.lock of their folders."""
    if not lock.is_file():
        return
    content = yaml.load(lock.read_text(encoding="utf-8"), LOADER) or {}
    stages, homes = content.get("stages") or {}, {}
    for address in stages:
        stage, _, name = address.partition("@")
        if home := moved.get((SECTIONS.get(stage, "preparations"), name)):
            homes.setdefault(home, {})[address] = stages[address]
    for home, found in homes.items():
        path = lock.parent / EXPERIMENTS / home / dvc_files.LOCK
        there = yaml.load(path.read_text(encoding="utf-8"), LOADER) if path.is_file() else {}
        whole = {"schema": "2.0", "stages": (there.get("stages") or {}) | found}
        atomic.write_text(path, yaml.dump(whole, Dumper=DUMPER, sort_keys=False))
        stages = {address: entry for address, entry in stages.items() if address not in found}
    atomic.write_text(lock, yaml.dump(content | {"stages": stages}, Dumper=DUMPER, sort_keys=False))

"""python -m benchmarks.remedies [--case TEXT]: follows remedies to the letter, one of each kind that no test follows.

A copy of the small project of benchmarks.bad_inputs is spoilt; the command names an error; what its remedy says is
done, taken from its words where they are a command or a list of names; the command then has to end well.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import __main__ as areas
from benchmarks.bad_inputs import attempt, files, project, servers
from benchmarks.bad_inputs.attempt import ROOT, nothing, run
from benchmarks.bad_inputs.precomputed import at_place
from benchmarks.bad_inputs.project import stage

MODEL, PREPARED, TINY = "data/runs/tiny/model", "data/prepared/tiny", "data/raw/tiny"
LIMIT = 300.0  # seconds a command; dvc repro makes all that is before it


@dataclass(frozen=True)
class Case:
    """name: of the error. follow(folder, remedy): does what it says, and returns the command to run then, where that is
    another."""

    name: str
    command: str
    follow: Callable[[Path, str], str | None]
    spoil: Callable[[Path], object] = nothing
    about: str = ""
    environment: dict = field(default_factory=dict)


def shell(folder: Path, remedy: str, pattern: str) -> None:
    """Run the command in `remedy` that `pattern` finds. Errors: RuntimeError."""
    found = re.search(pattern, remedy)
    if not found:
        raise RuntimeError(f"no command like {pattern}")
    path = f"{Path(os.sys.executable).parent}:{os.environ['PATH']}"
    variables = {"PATH": path, "PYTHONPATH": str(ROOT), "MMNER_STORE": str(folder.parent / "store")}
    variables |= {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@example.org"}
    done = subprocess.run(found[0], shell=True, cwd=folder, env=os.environ | variables, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{found[0]}: {(done.stdout + done.stderr)[-300:]}")


def commanded(pattern: str) -> Callable[[Path, str], None]:
    return partial(shell, pattern=pattern)


def offered(wrong: str, command: str) -> Callable[[Path, str], str]:
    """Takes the first name that the remedy offers, in place of `wrong`."""

    def follow(folder: Path, remedy: str) -> str:
        name = re.search(r"(?:one of:?|batches of it:) \[?'?([\w.-]+)", remedy)[1]
        return command.replace(wrong, name)

    return follow


def in_params(change: Callable[[dict, str], object]) -> Callable[[Path, str], None]:
    """Changes params.yaml: change(content, remedy)."""

    def follow(folder: Path, remedy: str) -> None:
        content = json.loads((folder / "params.yaml").read_text())
        change(content, remedy)
        project.write_params(folder, content)

    return follow


def spoilt(change: Callable[[dict], object]) -> Callable[[Path], None]:
    return lambda folder: in_params(lambda content, _: change(content))(folder, "")


def back(place: str, base: Path) -> Callable[[Path, str], None]:
    """Gets the file at `place` again."""

    def follow(folder: Path, remedy: str) -> None:
        target = folder / place
        shutil.rmtree(target) if target.is_dir() and not target.is_symlink() else target.unlink(missing_ok=True)
        shutil.copy(base / "project" / place, target)

    return follow


def written(place: str, text: str | bytes) -> Callable[..., None]:
    def write(folder: Path, remedy: str = "") -> None:
        (folder / place).write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def put(content: dict, path: str, value: object) -> None:
    *keys, last = path.split(".")
    for key in keys:
        content = content[key]
    content[last] = value


def cases(base: Path) -> Iterator[Case]:
    yield from _of_names()
    yield from _of_params()
    yield from _of_files(base)
    yield from _of_corpora(base)
    yield from _of_artifacts()
    yield from _of_commands(base)


def _of_names() -> Iterator[Case]:
    for command, wrong in {
        stage("captions", "nobody"): "nobody",
        "-m mmner corpus show nobody": "nobody",
        "-m mmner corpus add twitter2015 --preparation nobody": "nobody",
        "-m mmner costs --preparation nobody": "nobody",
        "-m mmner retry --dry --stage nobody": "nobody",
        "-m mmner experiments show nobody": "nobody",
        "-m mmner experiments list --profile nobody": "nobody",
        "-m mmner gallery --preparation nobody --out drawn.html": "nobody",
    }.items():
        error = {"show nobody": "unknown-", "--profile": "unknown-profile"}
        name = next((error[part] for part in error if part in command), "unknown-")
        spoil = (lambda folder: _block(folder)) if "corpus add" in command else nothing
        yield Case(name, command, offered(wrong, command), spoil, " ".join(command.split()[:5]))

    def batch(content: dict) -> None:
        content["captions"]["tags"]["backend"] = "nobody"

    def backend(content: dict, remedy: str) -> None:
        content["captions"]["tags"]["backend"] = re.search(r"one of: (\w+)", remedy)[1]

    yield Case("unknown-backend", stage("captions"), in_params(backend), spoilt(batch))
    yield Case(
        "bad-option",
        "-m mmner doctor --timeout 99999",
        lambda folder, remedy: "-m mmner doctor --timeout " + re.search(r"to (\d+)", remedy)[1],
        about="a number out of range",
    )
    yield Case("bad-option", "-m mmner costs --prepared nowhere", lambda folder, remedy: "-m mmner costs")


def _of_params() -> Iterator[Case]:
    def renamed(content: dict, remedy: str) -> None:
        better = remedy.rsplit(": ", 1)[1].strip()
        content["captions"][better] = content["captions"].pop("a b")

    def allowed(content: dict, remedy: str) -> None:
        keys = re.search(r"allowed keys: (.*)", remedy)[1].split(", ")
        content["captions"]["tags"] = {
            key: value for key, value in content["captions"]["tags"].items() if key in ("backend", *keys)
        }

    def heads(content: dict, remedy: str) -> None:
        found = re.search(r"one of: ([\d, ]+)", remedy)[1].split(", ")
        put(content, "train.tiny.architecture.heads", int(found[-1]))

    tags = {"backend": "tags", "encoder": project.ENCODER}
    yield Case(
        "bad-name", stage("captions"), in_params(renamed), spoilt(lambda content: put(content, "captions.a b", tags))
    )
    yield Case(
        "bad-params",
        stage("captions"),
        in_params(allowed),
        spoilt(lambda content: put(content, "captions.tags.colour", 7)),
        "an unknown key",
    )
    yield Case(
        "bad-params",
        stage("train"),
        in_params(heads),
        spoilt(lambda content: put(content, "train.tiny.architecture.heads", 7)),
        "heads",
    )
    yield Case(
        "bad-section",
        stage("captions"),
        in_params(lambda content, remedy: put(content, "regions", {"none": {"backend": "none"}})),
        spoilt(lambda content: put(content, "regions", [1])),
    )
    yield Case(
        "no-features",
        stage("train"),
        in_params(lambda content, remedy: _visual_off(content, remedy)),
        lambda folder: _no_features(folder),
    )
    yield Case(
        "missing-key",
        stage("captions", "llm"),
        in_params(lambda content, remedy: put(content, "captions.llm.key_env", None)),
        spoilt(lambda content: put(content, "captions.llm.key_env", "NOBODYS_KEY")),
    )
    yield Case(
        "no-contact",
        stage("knowledge", "wikipedia"),
        in_params(
            lambda content, remedy: (
                put(content, "knowledge.wikipedia.contact", "me@mmner.dev"),
                put(content, "knowledge.wikipedia.host", servers_host["wiki"]),
                put(content, "knowledge.wikipedia.scheme", "http"),
            )
        ),
        spoilt(
            lambda content: (
                put(content, "knowledge.wikipedia.host", "wiki.nowhere.dev"),
                put(content, "knowledge.wikipedia.contact", "me@example.org"),
            )
        ),
    )
    yield Case(
        "outside-corpus",
        stage("captions", "precomputed"),
        lambda folder, remedy: (
            shutil.copy(folder / "elsewhere.jsonl", folder / TINY / "copied.jsonl"),
            in_params(lambda content, _: put(content, "captions.precomputed.file", "copied.jsonl"))(folder, remedy),
            None,
        )[-1],
        lambda folder: (
            shutil.copy(folder / TINY / "captions.jsonl", folder / "elsewhere.jsonl"),
            spoilt(lambda content: put(content, "captions.precomputed.file", "../../../elsewhere.jsonl"))(folder),
        ),
    )
    yield Case(
        "iob-violation",
        stage("examples"),
        in_params(lambda content, remedy: put(content, "corpora.tiny.violations", "repair")),
        written(f"{TINY}/dev.txt", "At\tO\nMira\tI-PER\nPark\tO\n"),
    )
    yield Case(
        "remote-differs",
        stage("train"),
        in_params(lambda content, remedy: put(content, "runs.tiny.remote", None)),
        spoilt(lambda content: put(content, "runs.tiny.remote", "private")),
    )


servers_host: dict[str, str] = {}


def _visual_off(content: dict, remedy: str) -> None:
    """As the remedy says: it names the switches."""
    names = re.search(r"switch ([\w, ]+) off", remedy)[1].replace(" and ", ", ").split(", ")
    content["runs"]["tiny"]["switches"] = dict.fromkeys(names, False)


def _no_features(folder: Path) -> None:
    attempt.run(stage("features", "none"), folder, attempt.Case("", "", nothing, ()))


def _of_files(base: Path) -> Iterator[Case]:
    encoder = f"{project.ENCODER}/config.json"
    uses = stage("expressions", "phrases")
    for kind in ("FIFO", "folder", "link to itself", "empty", "garbage"):
        yield Case(
            "bad-config", uses, back(encoder, base), partial(at_place, place=encoder, damage=files.DAMAGE[kind]), kind
        )
    weights = f"{project.ENCODER}/model.safetensors"
    for kind in ("FIFO", "folder", "cut to a half", "Git LFS pointer"):
        spoil = partial(at_place, place=weights, damage=files.DAMAGE[kind])
        yield Case("no-weights", uses, back(weights, base), spoil, kind)
    archive = f"{TINY}/knowledge.zim"
    for kind in ("missing", "cut to a half"):
        spoil = partial(at_place, place=archive, damage=files.DAMAGE[kind])
        yield Case("archive", stage("knowledge"), back(archive, base), spoil, kind)
    for place, command in {
        f"{TINY}/train.txt": stage("examples"),
        f"{TINY}/captions.jsonl": stage("captions", "precomputed"),
    }.items():
        for kind in ("missing", "FIFO"):
            spoil = partial(at_place, place=place, damage=files.DAMAGE[kind])
            yield Case("missing-", command, back(place, base), spoil, f"{place.rpartition('/')[2]} {kind}")
    yield Case(
        "in-the-way",
        stage("captions").replace(f"--out {PREPARED}/captions.parquet", "--out params.yaml/x"),
        lambda folder, remedy: stage("captions"),
    )
    yield Case(
        "yaml-syntax",
        stage("captions"),
        lambda folder, remedy: shell(folder, "git checkout params.yaml", ".*"),
        written("params.yaml", "corpora: {"),
        "the line is corrected",
    )
    yield Case(
        "missing-file",
        "-m mmner costs --preparation tiny",
        commanded_git("params.yaml"),
        lambda folder: (folder / "params.yaml").unlink(),
        "params.yaml",
    )


POST = "At\tO\nMira\tB-PER\nPark\tI-PER\n\nNothing\tO\n"


def _of_corpora(base: Path) -> Iterator[Case]:
    """Errors of docs/data.md that tests/corpus/odd does not follow."""
    train, examples = f"{TINY}/train.txt", stage("examples")

    def text(name: str, bad: str, good: str, about: str = "") -> Case:
        return Case(name, examples, written(train, good), written(train, bad), about)

    yield text("empty-header", f"IMGID:\n{POST}", POST, "the line is left out")
    yield text("empty-post", f"IMGID:a.jpg\n\n{POST}", f"IMGID:a.jpg\n{POST}", "its tokens right below")
    yield text("empty-split", "", POST)
    yield text("repeated-header", f"IMGID:a.jpg\nIMGID:b.jpg\n{POST}", f"IMGID:a.jpg\n{POST}")
    yield text("tokens-tags-mismatch", f"lonely\n{POST}", POST)
    twice = '{"id": "a", "tokens": ["At"], "tags": ["O"]}\n'
    yield Case("duplicate-id", examples, written(train, twice), written(train, twice + twice), "an id of its own")
    yield text("image-outside-folder", f"IMGID:../train.txt\n{POST}", f"IMGID:a.jpg\n{POST}")
    yield Case(
        "missing-corpus",
        examples,
        lambda folder, remedy: shutil.copytree(base / "project" / TINY, folder / TINY) and None,
        lambda folder: shutil.rmtree(folder / TINY),
    )
    yield Case(
        "images-outside-corpus",
        examples,
        lambda folder, remedy: (
            (folder / TINY / "images").unlink(),
            shutil.copytree(folder / "elsewhere", folder / TINY / "images"),
            None,
        )[-1],
        lambda folder: (
            (folder / TINY / "images").rename(folder / "elsewhere"),
            (folder / TINY / "images").symlink_to(folder / "elsewhere"),
        ),
    )
    yield Case(
        "too-many-failed",
        examples,
        in_params(lambda content, remedy: put(content, "corpora.tiny.max_failed", 1.0)),
        lambda folder: (
            shutil.rmtree(folder / TINY / "images"),
            (folder / TINY / "images").mkdir(),
            spoilt(lambda content: put(content, "corpora.tiny.max_failed", 0.0))(folder),
        ),
        "max_failed is raised",
    )
    yield Case("decompression-bomb", examples, _bomb_removed, _bomb)
    get = "-m mmner corpus get twitter2015 --from mine"
    yield Case("differ", get, lambda folder, remedy: f"{get} {re.search('--accept', remedy)[0]}", _others, "--accept")
    yield Case("special-file", get, _special_removed, lambda folder: (_others(folder), _special(folder)))


def _bomb(folder: Path) -> None:
    from PIL import Image

    first = next((folder / TINY / "images").iterdir())
    Image.new("1", (12_000, 9_000)).save(first, "PNG")
    (folder / TINY / "train.txt").write_text(f"IMGID:{first.name}\n{POST}")


def _bomb_removed(folder: Path, remedy: str) -> None:
    re.search("remove the file", remedy)[0]
    (folder / TINY / "images" / (folder / TINY / "train.txt").read_text().split()[0].partition(":")[2]).unlink()


def _others(folder: Path) -> None:
    (folder / "mine").mkdir()
    for split in ("train", "valid", "test"):
        (folder / f"mine/{split}.txt").write_text(POST)


def _special(folder: Path) -> None:
    (folder / "mine/images").mkdir()
    os.mkfifo(folder / "mine/images/pipe")


def _special_removed(folder: Path, remedy: str) -> str:
    re.search("delete it", remedy)[0]
    (folder / "mine/images/pipe").unlink()
    return "-m mmner corpus get twitter2015 --from mine --accept"


def commanded_git(file: str) -> Callable[[Path, str], None]:
    """`git checkout`, which the remedy names, of `file`."""

    def follow(folder: Path, remedy: str) -> None:
        shell(folder, f"{re.search('git checkout', remedy)[0]} {file}", ".*")

    return follow


def _of_artifacts() -> Iterator[Case]:
    repro = r"(?:python -m )?dvc repro [\w@-]+"
    garbage = files.DAMAGE["garbage"]
    readers = {"captions": stage("expressions"), "gold": stage("candidates"), "features": stage("train")}
    for artifact, reader in readers.items():
        for kind, damage in {"missing": files.SPECIAL["missing"], "garbage": garbage}.items():
            spoil = partial(at_place, place=f"{PREPARED}/{artifact}.parquet", damage=damage)
            yield Case("artifact", reader, commanded(repro), spoil, f"{artifact} {kind}")
    yield Case("missing-model", stage("evaluate"), commanded(repro), lambda folder: shutil.rmtree(folder / MODEL))
    yield Case("broken-model", stage("evaluate"), _model_back, written(f"{MODEL}/model.json", "{"))
    yield Case("model-version", stage("evaluate"), commanded(r"python -m mmner retrain \w+"), _version)
    yield Case(
        "all-failed",
        stage("captions", "llm"),
        _retried,
        spoilt(_refused),
    )


def _refused(content: dict) -> None:
    put(content, "preparations.tiny.captions", "llm")
    put(content, "captions.llm.base_url", servers_host["silent"])


def _version(folder: Path) -> None:
    about = json.loads((folder / MODEL / "model.json").read_text())
    (folder / MODEL / "model.json").write_text(json.dumps(about | {"version": 99}))


def _model_back(folder: Path, remedy: str) -> None:
    shell(folder, remedy, r"rm -r \S+(?=,)")
    shell(folder, remedy, r"dvc repro(?=,)")


def _retried(folder: Path, remedy: str) -> None:
    in_params(lambda content, _: put(content, "captions.llm.base_url", servers_host["llm"]))(folder, remedy)
    shell(folder, remedy, r"python -m mmner retry --stage \w+")


def _of_commands(base: Path) -> Iterator[Case]:
    yield Case("dvc-lock", "-m mmner costs --plan", commanded(r"rm dvc\.lock"), written("dvc.lock", "stages: {"))
    yield Case(
        "dvc-rwlock",
        "-m mmner costs --plan",
        commanded(r"rm \S+rwlock"),
        lambda folder: ((folder / ".dvc/tmp").mkdir(exist_ok=True), (folder / ".dvc/tmp/rwlock").write_text("{")),
    )
    plan = "-m mmner costs --plan"
    for way in ("git init", "dvc config --local core.no_scm true"):
        yield Case("no-git", plan, commanded(way), lambda folder: shutil.rmtree(folder / ".git"), way)
    yield Case("dvc-yaml", plan, commanded(r"git checkout dvc\.yaml"), written("dvc.yaml", "stages: [1]"))
    yield Case(
        "exists",
        "-m mmner corpus new sample mine",
        lambda folder, remedy: "-m mmner corpus new other mine",
        _named_as_shipped,
    )
    yield Case(
        "no-split",
        "-m mmner corpus new own mine",
        lambda folder, remedy: "-m mmner corpus new own mine --train a.txt --dev b.txt --test c.txt",
        _unnamed,
    )
    yield Case(
        "entry-differs",
        "-m mmner corpus add twitter2015",
        lambda folder, remedy: f"-m mmner corpus add twitter2015 {re.search('--force', remedy)[0]}",
        _other_twitter2015,
    )
    yield Case(
        "flow-section",
        "-m mmner corpus add twitter2015",
        lambda folder, remedy: _block(folder),
    )
    yield Case("not-at-root", "-m mmner costs", _at_root, _away)
    yield Case(
        "store-broken",
        stage("captions"),
        _moved_away,
        partial(at_place, place="../store/rows.sqlite", damage=files.BROKEN["garbage"]),
    )


def _named_as_shipped(folder: Path) -> None:
    shutil.copy(ROOT / "params.yaml", folder)  # with the variants that a corpus of its own is given
    shutil.copytree(folder / TINY, folder / "mine")


def _other_twitter2015(folder: Path) -> None:
    spoilt(lambda content: put(content, "corpora.twitter2015", {"domain": "x"}))(folder)
    _block(folder)


def _unnamed(folder: Path) -> None:
    shutil.copy(ROOT / "params.yaml", folder)
    (folder / "mine").mkdir()
    for split, name in (("train", "a"), ("dev", "b"), ("test", "c")):
        shutil.copy(folder / TINY / f"{split}.txt", folder / f"mine/{name}.txt")


def _block(folder: Path) -> None:
    """params.yaml as it would be written by hand, an entry a line."""
    import yaml

    content = json.loads((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(yaml.safe_dump(content, default_flow_style=False))


def _moved_away(folder: Path, remedy: str) -> None:
    for name in re.search(r"move (.*) away", remedy)[1].replace(" and ", ", ").split(", "):
        path = folder.parent / "store" / name
        if path.exists():
            path.rename(folder.parent / f"{name}.away")


def _away(folder: Path) -> None:
    (folder / "dvc.yaml").rename(folder / "away.yaml")


def _at_root(folder: Path, remedy: str) -> None:
    (folder / "away.yaml").rename(folder / "dvc.yaml")


def tried(case: Case, base: Path) -> str:
    """ "" where the remedy leads out, else what happened."""
    with tempfile.TemporaryDirectory(dir=base.parent) as place:
        folder = Path(place) / "project"
        shutil.copytree(base / "project", folder, symlinks=True)
        shutil.copytree(base / "store", Path(place) / "store")
        case.spoil(folder)
        as_case = attempt.Case("remedies", case.name, nothing, (), environment=case.environment, limit=LIMIT)
        status, said = run(case.command, folder, as_case)
        found = re.search(r"error\[([\w-]+)\]", said)
        if not status or not found or case.name not in found[1]:
            return f"no such error ({status}): {said[-300:]}"
        remedy = said.partition("remedy: ")[2].strip()
        try:
            command = case.follow(folder, remedy) or case.command
        except Exception as error:
            return f"can't be followed: {remedy[:200]}: {type(error).__name__}: {error}"
        status, said = run(command, folder, as_case)
        return "" if status == 0 else f"leads nowhere: {remedy[:200]}: {said[-300:]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.remedies", description=__doc__)
    parser.add_argument("--case", action="append", metavar="TEXT", help="only those with this text in their name")
    args = parser.parse_args()
    os.environ |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "DVC_NO_ANALYTICS": "1"}
    areas._preload()
    from tests.fakes.llm_server import Reply, Server

    led = count = 0
    with (
        tempfile.TemporaryDirectory() as place,
        servers.serving() as (llm, wiki),
        Server(lambda body, number: Reply("")) as silent,
    ):
        base = Path(place) / "base"
        base.mkdir()
        servers_host.update(wiki=wiki, llm=llm, silent=silent.url)
        project.build(base, llm, wiki)
        for case in cases(base):
            told = f"{case.name} {case.about}".strip()
            if any(text in told for text in args.case or [""]):
                what = tried(case, base)
                count, led = count + 1, led + (not what)
                print(f"{'leads out' if not what else 'FAILS'} | {told} | {' '.join(what.split())}", flush=True)
    print(f"{led} of {count} remedies lead out")


if __name__ == "__main__":
    main()

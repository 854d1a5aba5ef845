"""The reported inputs of command lines; see `reported`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.bad_inputs import files, settings, yaml_files
from benchmarks.bad_inputs.attempt import nothing
from benchmarks.bad_inputs.project import write_params


def commands(content: dict) -> Iterator[tuple]:
    def with_params(text: str | bytes) -> Callable[[Path], object]:
        return partial(
            yaml_files.replaced, file="params.yaml", content=text if isinstance(text, bytes) else text.encode()
        )

    def other(*path: str, value: object) -> Callable[[Path], object]:
        return partial(write_params, params=settings.changed(content, path, value))

    def no_corpus(folder: Path) -> None:
        chosen = {key: value for key, value in content["preparations"]["tiny"].items() if key != "corpus"}
        write_params(folder, content | {"preparations": {"tiny": chosen}})

    def image(folder: Path) -> None:
        for path in (folder / "data/raw/tiny/images").iterdir():
            path.write_bytes(b"no image")

    def given(file: str, damage: files.Damage) -> Callable[[Path], object]:
        def spoil(folder: Path) -> None:
            (folder / "given/images").mkdir(parents=True)
            (folder / "given/images/a.jpg").write_bytes(b"x")
            for split in ("train", "valid", "test"):
                (folder / "given" / f"{split}.txt").write_text("IMGID:a\nAna\tB-PER\n")
            if file:
                damage(folder / "given" / file)

        return spoil

    gallery = "-m mmner gallery --preparation tiny --out"
    get = "-m mmner corpus get twitter2015 --from given"
    add = ("-m mmner corpus add twitter2015",)
    yield "cli", "gallery-count-neg", nothing, (f"{gallery} drawn --count -1",)
    yield "cli", "gallery-out-file", nothing, (f"{gallery} params.yaml",)
    yield "cli", "gallery-out-under-file", nothing, (f"{gallery} params.yaml/x",)
    yield "cli", "gallery-image-broken", image, (f"{gallery} drawn",), "drawn without it"
    yield "cli", "gallery-no-prep-key", no_corpus, (f"{gallery} drawn",)
    yield "cli", "gallery-prep-list", other("preparations", "tiny", value=[1]), (f"{gallery} drawn",)
    yield "cli", "add-params-list", with_params("[1]"), add
    yield "cli", "add-params-latin1", with_params(b"a: \xe9\n"), add
    yield "cli", "add-params-section-list", with_params("corpora: [1]\n"), add
    yield "cli", "add-params-section-string", with_params("corpora: x\n"), add
    yield "cli", "list-params-list", with_params("[1]"), ("-m mmner corpus list",)
    yield "cli", "get-url-word", nothing, ("-m mmner corpus get twitter2017 --base-url hello",)
    yield "cli", "get-from-dir-as-file", given("train.txt", files.folder), (get,)
    yield "cli", "get-from-dev-zero", given("train.txt", files.device), (get,)
    for name, damage in {"fifo": files.fifo, "link-loop": files.loop, "socket": files.listening}.items():
        yield "cli", f"get-images-{name}", given("images/a.jpg", damage), (f"{get} --accept",)
    up = given("images/a.jpg", lambda path: files.instead(path, lambda place: place.symlink_to("..")))
    yield "cli", "get-images-dir-loop", up, (f"{get} --accept",)

    def digests(make: files.Damage) -> Callable[[Path], object]:
        def spoil(folder: Path) -> None:
            given("", make)(folder)
            make(folder / "data/raw/twitter2015.sha256")

        return spoil

    yield "cli", "sha-file-garbage", digests(lambda path: path.write_bytes(b"\xff")), (get,)
    yield "cli", "sha-file-dir", digests(Path.mkdir), (get,)
    yield "cli", "costs-prepared-file", nothing, ("-m mmner costs --prepared params.yaml",)
    yield "cli", "stage-sample-out-file", nothing, ("stages/sample.py --out params.yaml",)

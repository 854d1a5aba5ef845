"""A real MediaWiki 1.39 of Debian's packages, filled with pages of our own, on PHP's own web server."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from tests.engines.ports import free_port, wait_for

SCRIPT = Path(__file__).with_name("mediawiki.sh")
SECONDS = 900  # for making it


@contextmanager
def serving(folder: Path, pages: dict[str, str], uploads: dict[str, tuple[bytes, str]] | None = None) -> Iterator[str]:
    """The host of a MediaWiki in `folder`, new and empty, with `pages` (title -> wikitext).

    `uploads`: file name -> content and description, of image files.

    Errors: subprocess.CalledProcessError where packages.sh has not been run.
    """
    (folder / "pages.xml").write_text(as_dump(pages), encoding="utf-8")
    (folder / "uploads").mkdir()
    for name, (content, description) in (uploads or {}).items():
        place = folder / "uploads" / name
        place.write_bytes(content)
        place.with_suffix(".txt").write_text(description, encoding="utf-8")
    subprocess.run(["sh", str(SCRIPT), str(folder)], check=True, timeout=SECONDS)
    host = f"127.0.0.1:{free_port()}"
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(["php", "-S", host, "-t", str(folder)], stdout=log, stderr=log)
    try:
        wait_for(f"http://{host}/api.php?action=query&format=json", server)
        yield host
    finally:
        server.terminate()
        server.wait(10)


def as_dump(pages: dict[str, str]) -> str:
    """`pages` as MediaWiki exports them."""
    rows = []
    for title, text in pages.items():
        leads = text.startswith("#REDIRECT") and f'<redirect title="{text.split("[[")[1][:-2]}"/>'
        rows.append(
            f"<page><title>{escape(title)}</title><ns>0</ns>{leads or ''}<revision>"
            "<timestamp>2024-01-01T00:00:00Z</timestamp><model>wikitext</model><format>text/x-wiki</format>"
            f"<text>{escape(text)}</text></revision></page>"
        )
    version = 'xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en"'
    return f"<mediawiki {version}>{''.join(rows)}</mediawiki>"

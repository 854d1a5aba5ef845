"""The docs as a site, built by Zensical as `make docs` builds it: all pages are there, and a dead link ends it."""

import os
import re
import shutil
import subprocess

import pytest

from tests.pipeline.graph import ROOT

ZENSICAL = ROOT / ".venv-docs" / "bin" / "zensical"


@pytest.fixture
def build(tmp_path):
    """A function that builds the site of a copy of the docs, with `more` at the end of a page: the ended process."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)

    def run(more=""):
        with (tmp_path / "docs" / "glossary.md").open("a", encoding="utf-8") as page:
            page.write(more)
        command = [ZENSICAL, "build", "--clean", "--strict"]
        environment = os.environ | {"NO_COLOR": "1"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_the_site_has_a_page_for_each_of_the_docs_and_github_s_anchors(build, tmp_path):
    done = build()
    assert done.returncode == 0, done.stderr
    site = tmp_path / "site"
    pages = {
        path.relative_to(tmp_path / "docs").with_suffix("").as_posix() for path in (tmp_path / "docs").rglob("*.md")
    }
    made = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert made == {page.replace("README", "index") for page in pages} | {"404"}
    assert 'id="makes-targets-and-the-way-without-make"' in (site / "everyday.html").read_text(encoding="utf-8")
    assert '<pre class="mermaid">' in (site / "architecture.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|<link[^>]* href)="(https?:[^"]+)"', (site / "index.html").read_text(encoding="utf-8"))
    assert loaded == []


@pytest.mark.parametrize("link", ["[gone](nothing.md)", "[gone](data.md#nothing)", "[gone](#nothing)"])
def test_a_dead_link_is_an_error(build, link):
    done = build(f"\n{link}\n")
    assert done.returncode != 0
    assert "does not exist" in done.stdout + done.stderr

"""What the documentation shows is what the project is."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from PIL import Image

from mmner.base import params, yaml_files
from mmner.base.errors import InputError
from mmner.corpus.params import Corpus
from mmner.rows.compute import compute
from mmner.rows.stages import PREPARED, STAGES
from mmner.rows.store import Store
from mmner.tools.docs import readme, svg
from mmner.train.params import Run, Training
from tests.pipeline.graph import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("page", readme.PAGES)
def test_the_generated_part_of_a_page_is_up_to_date(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert readme.fill(page, text, ROOT) == text, "run `make docs`"


def test_the_table_names_the_backends_of_each_stage():
    made = readme.table(yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"], ROOT)
    backends = {line.split("`")[1]: line.rsplit("|", 2)[1].strip() for line in made.splitlines()[2:]}
    assert (backends["images"], backends["candidates"]) == ("`mediawiki`", "`tagger`, `precomputed`, `none`")
    assert [stage for stage, named in backends.items() if named == "–"] == ["sample", "examples", "train", "evaluate"]


@pytest.mark.parametrize(("page", "marker"), [("README.md", "table:begin"), ("docs/architecture.md", "graph:begin")])
def test_a_page_without_its_markers_is_an_error_that_names_one(page, marker):
    with pytest.raises(InputError, match=f"{page}: no <!-- {marker} -->"):
        readme.fill(page, "# mmner\n", ROOT)


PAGES = sorted(
    path for path in (*ROOT.glob("*.md"), ROOT / "data" / "README.md", *(ROOT / "docs").rglob("*.md")) if path.is_file()
)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = target.partition("#")
        there = page.parent / path if path else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_the_graph_has_an_arrow_for_what_a_stage_reads_and_none_from_rows():
    stages = {
        "examples": {"cmd": "x", "outs": ["data/prepared/a/examples.parquet", "data/prepared/a/gold.parquet"]},
        "train": {
            "cmd": "x",
            "deps": ["stages/train.py", "data/prepared/a/gold.parquet"],
            "outs": ["data/runs/r/model", "data/prepared/a/train.rows.parquet"],
        },
    }
    assert readme.graph(stages).splitlines()[2:-1] == ["    examples -->|gold| train"]
    assert readme.artifacts(stages["train"], "outs") == ["model"]


def test_lines_break_at_spaces_and_between_chinese_letters_and_lose_nothing():
    for text in (
        "a rather long sentence of words",
        "一二三四五六七八九十",
        "mixed 一二三 and 四五六 words",
        "unbreakable" * 3,
    ):
        lines = svg.wrap(text, 10)
        assert all(len(line) <= 10 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert svg.wrap("一二三四五六七八", 10) == ["一二三四五", "六七八"]
    assert svg.wrap("two words", 5) == ["two", "words"]
    assert svg.wrap("") == [""]


def test_a_picture_is_well_formed_and_draws_a_region_where_it_is(tmp_path):
    Image.new("RGB", (680, 340), "white").save(tmp_path / "a.png")
    box = {"x0": 0.25, "y0": 0.5, "x1": 0.75, "y1": 1.0}
    drawn = svg.draw(tmp_path / "a.png", [{"box": box}], [("captions", ['A <b> & "c"', "second"])])
    root = ElementTree.fromstring(drawn)
    frame = next(node for node in root.iter(f"{SVG}rect") if node.get("stroke"))
    assert [float(frame.get(name)) for name in ("x", "y", "width", "height")] == [16 + 85, 16 + 85, 170, 85]
    assert [node.text for node in root.iter(f"{SVG}text")] == ["1", "captions", 'A <b> & "c"', "second"]
    assert drawn == svg.draw(tmp_path / "a.png", [{"box": box}], [("captions", ['A <b> & "c"', "second"])])


def test_the_backend_of_the_docs_works_as_it_stands_there(tmp_path):
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    section = text.split("\n## A backend\n")[1].split("\n## ")[0]
    block = re.search(r"(?:^(?:    .*)?\n)+", section.split("contract.py`:\n", 1)[1], re.M)[0]
    names: dict = {}
    exec(textwrap.dedent(block), names)
    shout = names["Shout"](names["Shout"].Params(marks=2))
    items = [{"id": "a", "sentence": "we saw Marlow"}]
    answers, _, report = compute("captions", items, shout, Store(tmp_path / "rows.sqlite"))
    assert answers == [{"value": {"caption": "WE SAW MARLOW!!"}, "error": None}]
    assert (report.computed, shout.batch_size) == (1, 32)


def blocks(page: Path) -> list[str]:
    """The indented blocks of a page, without their indent."""
    found = re.findall(r"(?:\A|\n\n)((?:(?: {4}.*| *)\n)+)", page.read_text(encoding="utf-8") + "\n")
    return [textwrap.dedent(block).strip("\n") for block in found if block.strip()]


def params_blocks() -> list:
    """The blocks that are parts of params.yaml, named by page and first lines."""
    of_params = [
        (page, block) for page in PAGES for block in blocks(page) if block.partition(":")[0] in params.SECTIONS
    ]
    return [pytest.param(block, id=f"{page.stem}-{block.split()[0]}{block.split()[1]}") for page, block in of_params]


@pytest.mark.parametrize("block", params_blocks())
def test_a_part_of_params_yaml_in_the_docs_is_read_by_dvcs_parser_and_accepted_by_its_stages(block):
    content = yaml_files.parse(block, "docs")
    params.check_names(content, "docs")
    for section, entries in content.items():
        for name, entry in entries.items():
            if section in STAGES:
                _, built = params.variant(section, name, entry, STAGES[section].backends)
            elif section == "preparations":
                assert entry.keys() == {"corpus", params.REMOTE, *PREPARED}
                continue
            else:
                built = params.build({"corpora": Corpus, "train": Training, "runs": Run}[section], entry, name)
            assert isinstance(built, params.Params)


def test_the_docs_have_parts_of_params_yaml():
    assert len(params_blocks()) >= 8


PYTHON = [block for page in PAGES for block in blocks(page) if re.match(r"(from|import|class|def|@)\b", block)]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: re.search(r"(class|def) (\w+)", block)[2])
def test_every_python_block_of_the_docs_runs(block):
    names: dict = {}
    exec(block, names)
    assert names.keys() > {"__builtins__"}


def test_plots_with_the_template_of_the_docs_load_nothing_from_elsewhere(tmp_path):
    from dvc_render.vega import VegaRenderer

    page = (ROOT / "docs" / "everyday.md").read_text(encoding="utf-8")
    own = re.findall(r"https://cdn.jsdelivr.net/npm/(\S+?)\"", VegaRenderer.SCRIPTS)
    assert f"npm pack {' '.join(own)}\n" in page
    template = textwrap.dedent(page.split("cat > offline.html <<'END'\n")[1].split("    END\n")[0])
    (tmp_path / "offline.html").write_text(template, encoding="utf-8")
    (tmp_path / "f1.csv").write_text("step,f1\n0,0.1\n1,0.3\n", encoding="utf-8")
    dvc = str(Path(sys.executable).with_name("dvc"))
    for command in (["init", "-q", "--no-scm"], ["plots", "show", "f1.csv", "--html-template", "offline.html"]):
        subprocess.run([dvc, *command], cwd=tmp_path, check=True, capture_output=True)
    shown = (tmp_path / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "vegaEmbed(" in shown
    assert re.findall(r'src="(.+?)"', shown) == [f"{name.split('@')[0]}.min.js" for name in own]

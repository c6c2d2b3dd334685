"""Documents say what is true of the code: commands, options, links, examples, source ids; and name no machine."""

from __future__ import annotations

import doctest
import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from liqscape import __version__
from liqscape.cli.main import SUMMARIES, command_app, named_command

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SOURCE_ID = re.compile(r"\bHL\.[A-Z]+\.[A-Z_]+")

MADE_LATER = {"docs/images/map.png"}
"""Made by the product itself (README's picture); may be absent from a working copy."""

MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:root|home|work|Users|tmp/w)/[\w.-]+")
REGISTRY_HOSTS = re.compile(
    r"\b(?:"
    + "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian"))
    + ")"
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked_texts() -> list[Path]:
    """Every text file of the repository, whether or not it is committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    endings = {".py", ".md", ".toml", ".txt", ".sh", ".ts", ".mjs", ".json", ".html", ".css", ".yml", ".cfg", ""}
    paths = (ROOT / line for line in listed.stdout.splitlines())
    return [path for path in paths if path.suffix in endings and path.is_file()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_relative_links_resolve(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text()):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        path = (document.parent / target.split("#")[0]).resolve()
        if not path.exists() and name_of(path) not in MADE_LATER:
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_anchors_name_a_heading(document: Path) -> None:
    broken = []
    for target in LINK.findall(document.read_text()):
        place, mark, anchor = target.partition("#")
        path = (document.parent / place).resolve() if place else document
        if not mark or re.match(r"[a-z]+:", target) or path.suffix != ".md" or not path.exists():
            continue
        headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
        if anchor not in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}:
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_python_blocks_compile(document: Path) -> None:
    for language, body in FENCE.findall(document.read_text()):
        if language not in ("python", "py"):
            continue
        if ">>>" in body:
            for example in doctest.DocTestParser().get_examples(body):
                compile(example.source, name_of(document), "single")
        else:
            compile(body, name_of(document), "exec")


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_shell_blocks_name_commands_that_are_there(document: Path) -> None:
    for language, body in FENCE.findall(document.read_text()):
        if language not in ("sh", "bash", "console"):
            continue
        for name in re.findall(r"^(?:\$ )?liqscape ([a-z]+(?: [a-z]+)?)", body, re.MULTILINE):
            assert named_command(name.split()) is not None
        targets = (ROOT / "Makefile").read_text()
        for name in re.findall(r"^(?:\$ )?make ([a-z]+)", body, re.MULTILINE):
            assert re.search(rf"^{name}:", targets, re.MULTILINE)


NAMED_FILE = re.compile(r"`([\w.-]+/[\w./-]+\.(?:py|ts|mjs|sh|txt|md|conf))(?:::[^`]*)?`")
MADE_UP_FILES = {"findings/NAME.sh"}


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name != "CHANGELOG.md"], ids=name_of)
def test_files_that_a_document_names_are_there(document: Path) -> None:
    places = (
        ROOT,
        ROOT / "src" / "liqscape",
        ROOT / "frontend" / "src",
        ROOT / "frontend",
        ROOT / "tests",
        document.parent,
    )
    named = set(NAMED_FILE.findall(document.read_text())) - MADE_UP_FILES
    assert sorted(name for name in named if not any((place / name).is_file() for place in places)) == []


def test_reference_of_the_command_line_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("cli_reference", ROOT / "tools" / "cli_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = (ROOT / "docs" / "cli.md").read_text()
    assert text == module.expected(text), "run: python tools/cli_reference.py"


@pytest.mark.parametrize("name", sorted(SUMMARIES))
def test_every_command_and_option_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "cli.md").read_text()
    (section,) = re.findall(rf"^## liqscape {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    for argument in (each for each in command_app(name).assemble_argument_collection() if not each.children):
        shown = (argument.name, argument.name.lstrip("-").upper())
        assert any(f"`{form}`" in section or f"`{form}..." in section for form in shown), argument.name


def test_every_source_id_in_use_is_listed() -> None:
    listed = set(SOURCE_ID.findall((ROOT / "docs" / "sources.md").read_text()))
    used: dict[str, str] = {}
    for path in [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "frontend").glob("src/**/*.ts"),
        *(ROOT / "docs").glob("*.md"),
    ]:
        for source_id in SOURCE_ID.findall(path.read_text()):
            used.setdefault(source_id, name_of(path))
    assert {source_id: path for source_id, path in used.items() if source_id not in listed} == {}


def test_documents_named_in_docstrings_exist() -> None:
    missing = set()
    for path in (ROOT / "src").rglob("*.py"):
        for named in re.findall(r"docs/[a-z_]+\.md", path.read_text()):
            if not (ROOT / named).exists():
                missing.add((name_of(path), named))
    assert sorted(missing) == []


def test_changes_and_project_name_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


CUT_PRICE = re.compile(r"\{[^{}]*(price|mark|bids|asks|longs|shorts|held)\b[^{}]*:(\.[1-9]|\.1[0-4])?g\}")
"""Six digits, what `:g` prints, are less than a price or a size has."""


def test_no_message_cuts_the_digits_of_a_price_or_a_size() -> None:
    cut = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for line in path.read_text().splitlines()
        if CUT_PRICE.search(line)
    ]
    assert cut == []
    assert CUT_PRICE.search('f"{book.bids[0, 0]:g}"')
    assert not CUT_PRICE.search('f"{price:.15g}"')


def test_no_text_names_a_path_of_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked_texts():
        if path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if MACHINE_PATHS.search(line) or REGISTRY_HOSTS.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100]}")
    assert found == []


OUTSIDE_NOTES = re.compile(r"protocol notes|(?<![\w/-])(?:design|engine|insight|protocol|house-style)\.md")
"""Working papers that a reader of the repository does not have."""


def test_no_text_points_to_a_paper_outside_the_repository() -> None:
    found = [
        f"{name_of(path)}:{number}: {line.strip()[:100]}"
        for path in tracked_texts()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if OUTSIDE_NOTES.search(line)
    ]
    assert found == []

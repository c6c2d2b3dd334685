"""One version everywhere, a note for who upgrades to it, and no former name beyond the version that was to end it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

from liqscape import __version__
from liqscape.web.deprecations import END

ROOT = Path(__file__).resolve().parent.parent
STABILITY = (ROOT / "docs" / "stability.md").read_text()
MINOR = ".".join(__version__.split(".")[:2])


def test_every_place_that_names_the_version_names_the_same() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__
    assert json.loads((ROOT / "frontend" / "package.json").read_text())["version"] == __version__
    assert json.loads((ROOT / "frontend" / "package-lock.json").read_text())["version"] == __version__
    assert f"image: liqscape:{__version__}\n" in (ROOT / "compose.yaml").read_text()
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == __version__


def test_who_upgrades_to_this_version_finds_a_note() -> None:
    assert f"### Upgrading to {MINOR}\n" in STABILITY


def test_former_names_go_with_the_version_that_the_documents_say() -> None:
    assert [int(part) for part in MINOR.split(".")] < [int(part) for part in END.split(".")]
    assert f"go with {END}." in STABILITY
    for document in ("api.md", "glossary.md"):
        assert f"until version {END}" in (ROOT / "docs" / document).read_text().replace("Until", "until")


def test_every_surface_that_may_be_relied_on_has_its_document() -> None:
    table = STABILITY.partition("| Surface | What is meant |")[2].partition("\n\n")[0]
    surfaces = re.findall(r"^\| ([A-Z][^|]*?) \|", table, re.MULTILINE)
    assert surfaces == ["HTTP API and stream", "Command line", "Settings", "Python", "Files"]

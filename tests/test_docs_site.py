"""The site of the documents (`make docs`): what is on it, and how docstrings are shown; the build checks its links."""

from __future__ import annotations

import re
from pathlib import Path

import docs_site
import pytest

import liqscape

ROOT = Path(__file__).resolve().parent.parent


def test_reference_names_every_public_object_once() -> None:
    named = re.findall(r"^::: liqscape\.(\w+)$", docs_site.reference(), re.MULTILINE)
    assert sorted(named) == sorted(name for name in liqscape.__all__ if not name.startswith("_"))


def test_every_document_can_be_reached_and_stands_in_the_site_s_list() -> None:
    reached = {path.relative_to(ROOT).as_posix() for path in docs_site.linked_files()}
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text().partition("nav:")[2]))
    documents = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert documents - reached == set()
    assert {path for path in reached if path.endswith(".md")} | {docs_site.REFERENCE} == listed


def test_a_page_with_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "index.html").write_text('<h1 id="top">A</h1><a href="../b/">b</a><a href="#top">top</a>')
    (tmp_path / "index.html").write_text('<a href="a/#top">a</a><a href="a/#end">end</a><img src="x.png">')
    assert docs_site.broken_links(tmp_path) == [
        "a/index.html: ../b/",
        "index.html: a/#end",
        "index.html: x.png",
    ]


def test_columns_of_names_and_meanings_become_a_list() -> None:
    docs_fields = pytest.importorskip("docs_fields", reason="the extra docs is not installed", exc_type=ImportError)
    text = "What it is.\n\nwidth         columns,\n              at most.\nlow, high     edges\n\nRaises NotFound."
    assert docs_fields.with_lists(text) == (
        "What it is.\n\n- `width`: columns, at most.\n- `low, high`: edges\n\nRaises NotFound."
    )

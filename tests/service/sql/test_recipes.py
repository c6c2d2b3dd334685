"""Every recipe of docs/sql.md runs and gives rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[3]
RECIPE = re.compile(r"^([^\n]+):\n\n```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
WITHOUT = re.compile(r"^```sql without\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENT = (ROOT / "docs" / "sql.md").read_text()
RECIPES = dict(RECIPE.findall(DOCUMENT))


def test_there_are_a_dozen_and_more() -> None:
    assert len(RECIPES) >= 12
    assert DOCUMENT.count("```sql\n") == len(RECIPES)


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_gives_rows(title: str, ask: Any) -> None:
    assert ask(RECIPES[title])


def test_what_is_held_follows_from_the_files_without_us(world: Any, ask: Any, tmp_path: Path) -> None:
    import shutil

    from liqscape.store.history import HistoryWriter

    folder = tmp_path / "sealed"
    shutil.copytree(world.folder, folder)
    with HistoryWriter(folder, world.frames[0].provenance) as writer:
        writer.compact()
    text = WITHOUT.findall(DOCUMENT)[0].replace("DATA", str(folder))
    with duckdb.connect() as plain:
        found = plain.execute(f"select address, coin, size from ({text}) order by all").fetchall()
    assert found == ask("select address, coin, size from positions_at('2026-02-05 12:00') order by all")

"""Asks a folder in SQL and gives plain rows."""

from __future__ import annotations

from pathlib import Path

from liqscape.service.sql import Result, connect, fetch, run


class Asker:
    """Rows of questions to a folder."""

    def __init__(self, folder: Path) -> None:
        self.connection = connect(folder)

    def result(self, text: str) -> Result:
        """What a question gives, not yet fetched."""
        result = run(self.connection, text)
        assert result is not None
        return result

    def __call__(self, text: str) -> list[tuple[object, ...]]:
        return fetch(self.connection, self.result(text))

"""`import.json` beside an imported history: how far it has come, and what of the archives could not be read."""

from __future__ import annotations

from pathlib import Path

import msgspec

from liqscape.sources.archive.hours import Damage
from liqscape.store.durable import replace_file
from liqscape.units import HOUR_MS

LOG_FILE = "import.json"
MOST_DAMAGE = 10_000
"""Parts listed; a year has 8,760 hours."""


class ImportReport(msgspec.Struct, frozen=True):
    """All runs together. Times in ms; reached_ms 0 before the first frame.

    frames: in the history at the end of the last run.
    fills, liquidations, cash_moves, cash_unclear, malformed_lines: met by all runs, those of an interrupted one up to
    its stop.
    cash_moves: deposits, withdrawals and transfers, by account; cash_unclear: those whose amount is not told.
    books: order books stored, of the coins and times the last run asked for.
    guessed: coins whose margin table is not known and taken for the strictest.
    """

    reached_ms: int = 0
    is_complete: bool = False
    frames: int = 0
    fills: int = 0
    liquidations: int = 0
    cash_moves: int = 0
    malformed_lines: int = 0
    cash_unclear: int = 0
    guessed: tuple[str, ...] = ()
    books: int = 0
    damage: tuple[Damage, ...] = ()


class ImportLog:
    """The report of a data folder, written as the import goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG_FILE
        try:
            self.report = msgspec.json.decode(self._path.read_bytes(), type=ImportReport)
        except (OSError, msgspec.DecodeError):
            self.report = ImportReport()
        self._before = self.report
        self._written_ms = 0

    def note(self, **figures: object) -> None:
        """Set figures, those that count as what this run has added."""
        added = ("fills", "liquidations", "cash_moves", "cash_unclear", "malformed_lines")
        whole = {
            name: getattr(self._before, name) + value if name in added else value for name, value in figures.items()
        }
        self.report = msgspec.structs.replace(self.report, **whole)

    def run_of(self, name: str) -> int:
        """What this run has added to a figure so far."""
        return int(getattr(self.report, name)) - int(getattr(self._before, name))

    def add_damage(self, damage: Damage) -> None:
        """List a part once, however often it is met."""
        if damage not in self.report.damage and len(self.report.damage) < MOST_DAMAGE:
            self.report = msgspec.structs.replace(self.report, damage=(*self.report.damage, damage))

    def write(self, *, is_due: bool = True) -> None:
        """Durable on return; otherwise only if an hour of the import has passed since the last time."""
        if is_due or self.report.reached_ms - self._written_ms >= HOUR_MS:
            replace_file(self._path, msgspec.json.encode(self.report))
            self._written_ms = self.report.reached_ms

"""`import.json` beside an imported history: how far it has come, and what of the archives could not be read.

Counts are those of what the history holds, after any interruption: before frames can be stored, what had been met by
each of them is written down (`Step`). Who goes on looks up what had been met by the frame it goes on from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from liqscape.sources.archive.hours import ArchiveDamage
from liqscape.sources.archive.source import ArchiveFigures
from liqscape.store.durable import replace_file
from liqscape.units import MINUTE_MS

LOG_FILE = "import.json"
BOOK_FOLDER = "market_data/"
"""Damage of order books lies below it, and is not told again with the fills of its time."""
MAX_DAMAGE = 10_000
"""Parts listed; a year has 8,760 hours."""
OVERLAP_MS = MINUTE_MS
"""Who goes on reads so much once more, so that a liquidation under way at the stop is told whole."""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """All runs together, as far as the history goes. Times in ms; reached_ms 0 before the first frame.

    frames: in the history.
    fills, cash_moves, cash_ambiguous, malformed_lines: met up to reached_ms. liquidations: stored.
    cash_moves: deposits, withdrawals and transfers, by account; cash_ambiguous: those whose amount is not told.
    books: order books stored, of the coins and times the last run asked for; book_lines: of those that are none.
    guessed: coins whose margin table is not known and taken for the strictest.
    """

    reached_ms: int = 0
    is_complete: bool = False
    frames: int = 0
    fills: int = 0
    liquidations: int = 0
    cash_moves: int = 0
    malformed_lines: int = 0
    cash_ambiguous: int = 0
    guessed: tuple[str, ...] = ()
    books: int = 0
    book_lines: int = 0
    damage: tuple[ArchiveDamage, ...] = ()


class Step(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What had been met when a frame was made, since the beginning of the import."""

    time_ms: int
    fills: int
    cash_moves: int
    cash_ambiguous: int
    malformed_lines: int


NOTHING = Step(time_ms=0, fills=0, cash_moves=0, cash_ambiguous=0, malformed_lines=0)


class _Stored(ImportReport, frozen=True, kw_only=True):
    """The file. began_ms: everything after it was read; None before the first run.

    kept_ms: liquidations up to here are stored. steps: of the frames from which an import may go on, and of those that
    may be stored before this is written again.
    """

    began_ms: int | None = None
    kept_ms: int = 0
    steps: tuple[Step, ...] = ()


class ImportLog:
    """The report of a data folder, written as the import goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOG_FILE
        try:
            self._held = msgspec.json.decode(self._path.read_bytes(), type=_Stored)
        except (OSError, msgspec.DecodeError):
            self._held = _Stored()
        self._start = NOTHING

    @property
    def report(self) -> ImportReport:
        """As it stands."""
        held = self._held
        return ImportReport(**{name: getattr(held, name) for name in ImportReport.__struct_fields__})

    @property
    def began_ms(self) -> int | None:
        """When the import began; None before its first run."""
        return self._held.began_ms

    def resume_before(self, last_ms: int) -> int:
        """The frame to go on from is the newest one not after this, of a history that ends at `last_ms`."""
        return min(last_ms, self._held.kept_ms) - OVERLAP_MS

    def begin(self, from_ms: int, *, is_resumed: bool) -> None:
        """Go on from the frame of a time, or begin. Damage of later times is dropped: the run finds it again."""
        if not is_resumed:
            self._held = _Stored(began_ms=from_ms)
        self._start = self._step_at(from_ms)
        kept = [part for part in self._held.damage if part.to_ms <= from_ms or part.path.startswith(BOOK_FOLDER)]
        self._note(damage=tuple(kept), is_complete=False)

    def expect(self, figures: Sequence[ArchiveFigures]) -> None:
        """What this run has met by each of some frames, none of which is given to the writer before this is written."""
        start, first_ms = self._start, figures[0].time_ms
        new = [
            Step(
                time_ms=each.time_ms,
                fills=start.fills + each.fills,
                cash_moves=start.cash_moves + each.cash_moves,
                cash_ambiguous=start.cash_ambiguous + each.cash_ambiguous,
                malformed_lines=start.malformed_lines + each.decoded.malformed,
            )
            for each in figures
        ]
        earlier = [step for step in self._held.steps if step.time_ms < first_ms]
        guessed = tuple(sorted({*self._held.guessed, *figures[-1].guessed}))
        self._note(steps=(*self._needed(earlier), *new), guessed=guessed)

    def reach(self, time_ms: int, *, is_kept: bool) -> None:
        """Frames up to a time are stored; is_kept: liquidations of that time too."""
        step = self._step_at(time_ms)
        self._note(
            reached_ms=time_ms,
            kept_ms=time_ms if is_kept else self._held.kept_ms,
            fills=step.fills,
            cash_moves=step.cash_moves,
            cash_ambiguous=step.cash_ambiguous,
            malformed_lines=step.malformed_lines,
        )

    def note(self, **figures: object) -> None:
        """Set figures of the report."""
        self._note(**figures)

    def add_damage(self, damage: ArchiveDamage) -> None:
        """List a part once, however often it is met."""
        if damage not in self._held.damage and len(self._held.damage) < MAX_DAMAGE:
            self._note(damage=(*self._held.damage, damage))

    def write(self) -> None:
        """Durable on return."""
        replace_file(self._path, msgspec.json.encode(self._held))

    def _step_at(self, time_ms: int) -> Step:
        """The newest one not after a time."""
        return next((step for step in reversed(self._held.steps) if step.time_ms <= time_ms), NOTHING)

    def _needed(self, steps: list[Step]) -> list[Step]:
        """Steps a later run may go on from: the newest one before the overlap, and all after it."""
        bound_ms = self.resume_before(self._held.reached_ms)
        first = max((step.time_ms for step in steps if step.time_ms <= bound_ms), default=0)
        return [step for step in steps if step.time_ms >= first]

    def _note(self, **figures: object) -> None:
        self._held = msgspec.structs.replace(self._held, **figures)

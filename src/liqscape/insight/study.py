"""One coin through time: identity, reasons, sweeps, cascades and asymmetry of each stored minute, joined.

A study is a function of stored minutes alone: the same ones give the same ids, reasons and sweeps, live, of history, in
one go or in parts, here or in another process. What it has to remember from minute to minute is its state.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from liqscape.insight.minute import Minute
from liqscape.insight.needs import Need, Record, needs_of
from liqscape.insight.study_rows import AsymmetryRow, CascadeRow, ClusterRow, StudyRows, SweepRow
from liqscape.units import MINUTE_MS

STEP_MS = 15 * MINUTE_MS
"""Clusters and asymmetry are stored once a step of time, at its first frame; births and ends always."""


class CoinMinute(NamedTuple):
    """What one minute of a coin gave: rows for the tables, and how all stands now."""

    rows: StudyRows
    clusters: tuple[ClusterRow, ...]
    sweeps: tuple[SweepRow, ...]
    cascades: tuple[CascadeRow, ...]
    asymmetry: tuple[AsymmetryRow, ...]


class MinutePair:
    """A stored minute and the one before it, with what all coins share of them."""

    def __init__(self, before: Minute | None, now: Minute) -> None:
        self.before, self.now = before, now


class _State(msgspec.Struct, frozen=True, kw_only=True):
    since_ms: int
    last_ms: int
    records: dict[str, int]


class CoinStudy:
    """Studies one coin; `advance` takes its minutes in order. `state` and `from_state` go on elsewhere to the bit.

    since_ms  time of the first studied frame; None before it.
    last_ms   time of the last one.
    """

    def __init__(self, coin: str) -> None:
        self.coin = coin
        self.since_ms: int | None = None
        self.last_ms: int | None = None
        self._records: dict[Record, int] = {}

    @property
    def needs(self) -> tuple[Need, ...]:
        """What each figure needs, and since when it counts."""
        return needs_of(self._records)

    def advance(self, pair: MinutePair) -> CoinMinute:
        """Study the next minute."""
        now = pair.now
        self._note_records(now)
        self.since_ms = now.time_ms if self.since_ms is None else self.since_ms
        self.last_ms = now.time_ms
        return CoinMinute(StudyRows(), (), (), (), ())

    def _note_records(self, now: Minute) -> None:
        """Since when each record is there without a break."""
        notes = now.notes
        there = {
            Record.FRAMES: True,
            Record.PATH: notes is not None and notes.path is not None,
            Record.ACCOUNTS: notes is not None and notes.accounts is not None,
            Record.EVENTS: notes is not None and notes.liquidations is not None,
        }
        for record, is_there in there.items():
            if not is_there or (now.is_gap and record is not Record.FRAMES):
                self._records.pop(record, None)
            if is_there:
                self._records.setdefault(record, now.time_ms)

    def state(self) -> bytes:
        """All that is remembered."""
        assert self.since_ms is not None, "nothing was studied"
        assert self.last_ms is not None, "nothing was studied"
        return msgspec.msgpack.encode(
            _State(
                since_ms=self.since_ms,
                last_ms=self.last_ms,
                records={record.name: since_ms for record, since_ms in self._records.items()},
            )
        )

    @classmethod
    def from_state(cls, coin: str, state: bytes) -> CoinStudy:
        """Go on from `state()`. Raises msgspec.MsgspecError for what is none."""
        held = msgspec.msgpack.decode(state, type=_State)
        study = cls(coin)
        study.since_ms, study.last_ms = held.since_ms, held.last_ms
        study._records = {Record[name]: since_ms for name, since_ms in held.records.items()}
        return study

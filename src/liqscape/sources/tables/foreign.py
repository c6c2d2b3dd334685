"""Snapshot tables of others: their columns are named, the rest is a recorded market (sources/recording).

Needed are address, coin, szi, the time, and of the mark either position_value or mark_px. Sizes may be unsigned with a
column `side`. Cash (raw_usd, or account_value) makes levels exact; without it pools are inferred from the published
liquidation prices, exactly as for a recording; a table with neither cannot give a level and is refused. Where cash is
given the positions of an address on one dex are taken for one cross pool, and dexs with the same cash for one as well.
Types are declared, never guessed from the first rows; texts are read as what the column must hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars

from liqscape.errors import InputError, SettingsError
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import AccountsObserved, Event
from liqscape.sources.recording import RecordingSource
from liqscape.sources.recording.dexs import join_by_cash
from liqscape.sources.recording.markets import read_markets
from liqscape.sources.recording.parquet import CheckedTable
from liqscape.sources.recording.positions import COLUMNS, RecordedPositions, check_positions
from liqscape.sources.recording.solved import SolvedRecording
from liqscape.sources.tables.declared import numbers_of, read_table, times_of
from liqscape.units import Float64Array, MarginSource

CASH = ("raw_usd", "account_value")
FURTHER = ("mark_px", "side", *CASH)
NAMES = (*COLUMNS, *FURTHER)
NUMBERS = ("szi", "entry_px", "leverage", "position_value", "liquidation_px", "mark_px", *CASH)
SHORT_WORDS = ("short", "s", "sell", "a", "ask", "-1")
LONG_WORDS = ("long", "l", "buy", "b", "bid", "1")


def parse_columns(pairs: list[str]) -> dict[str, str]:
    """`szi=size` pairs, ours first. Raises SettingsError for anything else."""
    columns: dict[str, str] = {}
    for pair in pairs:
        ours, mark, theirs = pair.partition("=")
        if not mark or not theirs or ours not in NAMES:
            raise SettingsError(f"--column {pair}: must be OURS=THEIRS, OURS one of {', '.join(NAMES)}")
        columns[ours] = theirs
    return columns


@dataclass(frozen=True)
class _Given:
    """raw_usd (A,) cash of each pool of `solved`; NaN where it is not given or its rows say different things."""

    raw_usd: Float64Array
    contradicted: int


class ForeignSource:
    """The source of a foreign table; `markets.parquet` beside it is read as well.

    Raises InputError naming file, row, column and rule, as the user knows them.
    """

    def __init__(self, file: Path, columns: Mapping[str, str]) -> None:
        table, names = rearrange(file, columns)
        positions = check_positions(CheckedTable.of_frame(table, file, names))
        solved = SolvedRecording.of(positions, read_markets(file.parent))
        cash = next((name for name in CASH if name in table.columns), None)
        self._given: _Given | None = None
        if cash is not None:
            solved, self._given = _with_cash(solved, table[cash].to_numpy(), is_value=cash == "account_value")
        self._recording = RecordingSource(file.parent, solved)
        self.provenance = self._provenance(file.name)

    @property
    def first_ms(self) -> int:
        """Time of the first snapshot."""
        return self._recording.first_ms

    @property
    def last_ms(self) -> int:
        """Time of the last snapshot."""
        return self._recording.last_ms

    def events(self) -> Iterator[Event]:
        """Those of the recording; with cash, accounts as given instead of inferred."""
        for event in self._recording.events():
            is_given = self._given is not None and isinstance(event, AccountsObserved)
            yield self._as_given(self._given, event.time_ms) if is_given and self._given is not None else event

    def _as_given(self, given: _Given, time_ms: int) -> AccountsObserved:
        accounts = self._recording.solved.accounts
        first, last = np.searchsorted(accounts.observed_ms, [time_ms, time_ms + 1])
        taken = accounts.take(np.arange(first, last))
        rows, renumbered = np.unique(taken.address_row, return_inverse=True)
        raw_usd = given.raw_usd[first:last]
        known = replace(
            taken,
            addresses=tuple(accounts.addresses[row] for row in rows),
            address_row=renumbered.astype(np.int32),
            raw_usd=raw_usd,
            margin_source=np.where(np.isnan(raw_usd), MarginSource.UNKNOWN, MarginSource.STATE).astype(np.uint8),
        )
        return AccountsObserved(time_ms=time_ms, received_ns=0, accounts=known, is_complete=True)

    def _provenance(self, name: str) -> Provenance:
        given, solved = self._given, self._recording.solved
        if given is None:
            return replace(self._recording.provenance, name=name)
        note = (
            f"{len(solved.times_ms)} snapshots of a table of others, cash given; an account missing from one may be a "
            "failed request"
        )
        if given.contradicted:
            note += f"; {given.contradicted} pools unknown: their rows name different cash"
        return Provenance("recording", name, False, note)


def _with_cash(solved: SolvedRecording, cash_of_row: Float64Array, *, is_value: bool) -> tuple[SolvedRecording, _Given]:
    """Pools by dex, dexs with the same cash joined, and the raw USD of each: of an account value what is left without
    the positions' exposure."""
    cash, _ = _cash_of_pools(solved.positions, cash_of_row)
    part = join_by_cash(solved.positions, solved.accounts, cash)
    if not np.array_equal(part, solved.positions.part):
        solved = solved.regrouped(part)
    cash, contradicted = _cash_of_pools(solved.positions, cash_of_row)
    if is_value:
        exposure = np.sign(solved.positions.size) * solved.positions.value
        cash = cash - np.add.reduceat(exposure, solved.positions.account_starts())
    return solved, _Given(cash, contradicted)


def _cash_of_pools(positions: RecordedPositions, cash_of_row: Float64Array) -> tuple[Float64Array, int]:
    """(A,) the one figure that the rows of a pool give, NaN without one; and how many pools' rows give several."""
    cash, starts = cash_of_row[positions.input_row], positions.account_starts()
    low, high = np.fmin.reduceat(cash, starts), np.fmax.reduceat(cash, starts)
    return np.where(low == high, low, np.nan), int(np.count_nonzero(low < high))


def rearrange(file: Path, columns: Mapping[str, str]) -> tuple[polars.DataFrame, dict[str, str]]:
    """A table in the columns of a recorded market and what it has of CASH, and their names in the file."""
    table = read_table(file)
    named = {ours: columns.get(ours, ours) for ours in NAMES}
    missing = [theirs for ours, theirs in columns.items() if theirs not in table.columns]
    if missing:
        raise InputError(f"{file}: column {missing[0]!r} is missing; there are: {', '.join(table.columns)}")
    present = {ours: theirs for ours, theirs in named.items() if theirs in table.columns}
    for needed in ("snapshot_ts", "address", "coin", "szi"):
        if needed not in present:
            raise InputError(f"{file}: no column {needed!r}; name it with --column {needed}=THEIRS", file=str(file))
    if not any(name in present for name in ("liquidation_px", *CASH)):
        raise InputError(
            f"{file}: neither liquidation_px nor raw_usd nor account_value: nothing to solve levels from",
            file=str(file),
        )
    frame = table.select(polars.col(theirs).alias(ours) for ours, theirs in present.items())
    frame = frame.with_columns(times_of(frame["snapshot_ts"], file, present["snapshot_ts"]))
    frame = frame.with_columns(numbers_of(frame[name], file, present[name]) for name in NUMBERS if name in present)
    frame = _with_values(_with_sign(frame, file), file)
    if "position_value" not in present:
        present["position_value"] = present["mark_px"]
    nothing = [name for name in COLUMNS if name not in frame.columns]
    return frame.with_columns(polars.lit(None, polars.Float64).alias(name) for name in nothing), present


def _with_sign(frame: polars.DataFrame, file: Path) -> polars.DataFrame:
    if "side" not in frame.columns:
        return frame
    word = frame["side"].cast(polars.String).str.strip_chars().str.to_lowercase()
    unknown = sorted(set(word.fill_null("null").unique()) - {*SHORT_WORDS, *LONG_WORDS})
    if unknown:
        raise InputError(f"{file}: side holds {unknown[0]!r}, must say long or short", file=str(file))
    sign = polars.when(word.is_in(list(SHORT_WORDS))).then(-1.0).otherwise(1.0)
    return frame.with_columns((polars.col("szi").abs() * sign).alias("szi"))


def _with_values(frame: polars.DataFrame, file: Path) -> polars.DataFrame:
    if "position_value" in frame.columns:
        return frame.with_columns(polars.col("position_value").abs())
    if "mark_px" not in frame.columns:
        raise InputError(f"{file}: neither position_value nor mark_px: the mark is not known", file=str(file))
    return frame.with_columns((polars.col("szi").abs() * polars.col("mark_px")).alias("position_value"))

"""A recorded market as events: markets once, then per snapshot marks, the whole set of accounts, and a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from liqscape.heatmap.frame import Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.events import AccountsObserved, Event, FrameDue, MarketDefined, MarksUpdated
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.inference import carry_free_margin, split_pools
from liqscape.sources.recording.open_interest import open_interest_beside
from liqscape.sources.recording.solved import SolvedRecording
from liqscape.units import Float64Array, Int64Array


class RecordingSource:
    """The source of a folder laid out as positions.parquet (needed) and markets.parquet (optional).

    Open interest is taken from markets.parquet, else from the file of `open_interest.py` beside the folder.

    Reads and checks the whole folder at once, unless `solved` was read already of a table that stands in it. Raises
    InputError naming file, row, field, value and rule.
    """

    def __init__(self, folder: Path, solved: SolvedRecording | None = None) -> None:
        self._solved = SolvedRecording.read(folder) if solved is None else solved
        self._open_interest = open_interest_beside(folder)
        self.provenance = Provenance("recording", folder.resolve().name, False, _note(self._solved))

    @property
    def solved(self) -> SolvedRecording:
        """What was read and inferred."""
        return self._solved

    @property
    def first_ms(self) -> int:
        """Time of the first snapshot."""
        return int(self._solved.times_ms[0])

    @property
    def last_ms(self) -> int:
        """Time of the last snapshot."""
        return int(self._solved.times_ms[-1])

    @property
    def snapshot_count(self) -> int:
        return len(self._solved.times_ms)

    def events(self) -> Iterator[Event]:
        """All events in time order; the same again on every call. Pools are inferred at the first one."""
        solved = self._solved
        markets, tables = solved.tables.markets, solved.tables.tables
        pools = split_pools(solved.accounts, solved.inference, tables)
        row_of_coin = {coin: row for row, coin in enumerate(markets.coins)}
        first_pool = np.searchsorted(pools.observed_ms, solved.times_ms, side="left")
        last_pool = np.searchsorted(pools.observed_ms, solved.times_ms, side="right")
        yield MarketDefined(self.first_ms, 0, markets, tables)
        for time, first, last in zip(solved.times_ms.tolist(), first_pool, last_pool, strict=True):
            accounts = _only_named(pools.take(np.arange(first, last)))
            mark, oracle, open_interest = solved.recorded.at(time, row_of_coin)
            seen = median_marks(accounts, len(markets))
            mark = np.where(np.isnan(seen), mark, seen)
            if self._open_interest is not None:
                open_interest = self._open_interest.fill(open_interest, time, mark, row_of_coin)
            yield MarksUpdated(
                time,
                0,
                MarketSnapshot(markets=markets, time_ms=time, mark=mark, oracle=oracle, open_interest=open_interest),
            )
            yield AccountsObserved(
                time_ms=time, received_ns=0, accounts=carry_free_margin(accounts, mark, tables), is_complete=True
            )
            yield FrameDue(time, 0)


def median_marks(accounts: Accounts, market_count: int) -> Float64Array:
    """(M,) median of the marks the positions of each market were read at; NaN where nobody holds it."""
    order = np.lexsort((accounts.observed_mark, accounts.market_index))
    mark = accounts.observed_mark[order]
    count = np.bincount(accounts.market_index, minlength=market_count)
    start = np.cumsum(count) - count
    held = np.flatnonzero(count)
    low: Int64Array = start[held] + (count[held] - 1) // 2
    high: Int64Array = start[held] + count[held] // 2
    result = np.full(market_count, np.nan)
    result[held] = 0.5 * (mark[low] + mark[high])
    return result


def _only_named(accounts: Accounts) -> Accounts:
    """The same pools over the addresses that own one of them."""
    rows, renumbered = np.unique(accounts.address_row, return_inverse=True)
    names = tuple(accounts.addresses[row] for row in rows)
    return replace(accounts, addresses=names, address_row=renumbered.astype(np.int32))


def _note(solved: SolvedRecording) -> str:
    accounts_of_times = np.unique(np.stack((solved.positions.time_ms, solved.positions.address)), axis=1)
    counts = np.unique(accounts_of_times[0], return_counts=True)[1]
    low, high = int(counts.min()), int(counts.max())
    accounts = f"{low} accounts" if low == high else f"{low} to {high} accounts"
    text = (
        f"{accounts} a snapshot, not the whole market; an account missing from a snapshot may be a failed request; "
        f"margin inferred from published liquidation prices; margin tiers {solved.tables.list_name}"
    )
    if solved.positions.empty_rows:
        text += f"; {solved.positions.empty_rows} rows of size zero left out"
    guessed = solved.tables.guessed
    if guessed:
        named = ", ".join(guessed[:5]) + (f" and {len(guessed) - 5} more" if len(guessed) > 5 else "")
        text += (
            f"; maximum leverage not recorded for {named}: taken from the dated list, the leverage seen and the prices "
            "it explains"
        )
    return text

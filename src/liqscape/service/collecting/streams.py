"""When marks and prints last came in. A frame is live while all streams flow, not while any of them does.

Account states that go on coming make new frames out of marks that stand still; prints that stop leave sizes behind
while marks move on. Marks come by the clock. Prints come when somebody trades, so contexts are their witness: a coin
whose volume rises without a print is missing some, whether its subscription was lost or never stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from liqscape.feed.records import Record, RecordKind
from liqscape.model.events import MarksUpdated, TradesPrinted
from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.core import Fed
from liqscape.sources.live.book_watch import LEFT
from liqscape.sources.live.gaps import VOLUME
from liqscape.sources.live.markets import LiveMarkets
from liqscape.units import Float64Array, Int64Array

MARKS_NS = 10_000_000_000
"""Marks move every three seconds; they come every second with the mids, else with contexts."""
CONTEXTS_NS = 45_000_000_000
"""Contexts of all dexs come every 14 s (HL.REC.CADENCE): oracle prices, open interest, volumes."""
PRINTS_NS = 30_000_000_000
"""A coin may wait so long for the print that its volume tells of."""
SLACK_NS = 5_000_000_000
"""A print so much older than the contexts before may be what the volume of the next ones tells of."""
MAX_NAMED = 5
STALE_SHARE = 0.5
"""Where more of the markets, or of the open interest in USD, is in doubt, it is the map that is not live."""


class Streams:
    """`observe` every record; `rows` says how each stream stands.

    has_prints False where prints are not listened to: an own node's files tell the fills.
    """

    def __init__(self, markets: LiveMarkets, now_ns: Callable[[], int], *, has_prints: bool) -> None:
        self._markets = markets
        self._now_ns = now_ns
        self._has_prints = has_prints
        self._began_ns = now_ns()
        self._taken: dict[str, int] = {}
        self._marks_ns: dict[str, int] = {}
        self._contexts_ns = self._contexts_count = 0
        self._volume: Float64Array = np.empty(0)
        self._printed_ns: Int64Array = np.empty(0, np.int64)
        self._owed_ns: Int64Array = np.empty(0, np.int64)
        self._last_print_ns: int | None = None
        self.left_out: tuple[str, ...] = ()
        """Coins for whose prints the exchange's limits leave no room; their volume rises without them."""
        self._mark_count = self._print_count = 0

    def observe(self, record: Record, fed: Fed) -> None:
        """Note what came in. What a checkpoint brings is old."""
        if record.kind is RecordKind.CHECKPOINT:
            return
        is_gap = record.kind in (RecordKind.LOST, RecordKind.CONNECTED)
        if is_gap and record.subject not in (VOLUME, LEFT):  # missed prints are a gap, and said as one
            self._volume, self._owed_ns = np.empty(0), np.zeros_like(self._owed_ns)
        for event in fed.events:
            if isinstance(event, MarksUpdated):
                self._note_marks(record.received_ns)
            elif isinstance(event, TradesPrinted):
                self._note_prints(event, record.received_ns)

    def rows(self) -> list[SourceRow]:
        """Marks, of the dex that is silent longest, and prints of all coins together."""
        rows = [self._marks_row()]
        if self._has_prints:
            rows.append(self._prints_row())
        return rows

    def late_coins(self) -> tuple[str, ...]:
        """Coins whose volume tells of a print that has not come for so long that it was missed."""
        coins = self._markets.markets.coins
        return tuple(coins[row] for row in self._late_rows().tolist())

    def _late_rows(self) -> Int64Array:
        is_late = (self._owed_ns > 0) & (self._owed_ns < self._now_ns() - PRINTS_NS)
        if self.left_out:
            is_late &= ~np.isin(self._markets.markets.coins[: len(is_late)], self.left_out)
        return np.flatnonzero(is_late)

    def _note_marks(self, received_ns: int) -> None:
        self._mark_count += 1
        for dex, count in self._markets.taken.items():
            if self._taken.get(dex) != count:
                self._taken[dex], self._marks_ns[dex] = count, received_ns
        if self._markets.contexts_count == self._contexts_count:
            return  # marks alone: no volume was told
        self._contexts_count = self._markets.contexts_count
        volume = self._markets.day_volume()
        self._grow(len(volume))
        known = len(self._volume)
        has_risen = np.zeros(len(volume), np.bool_)
        has_risen[:known] = volume[:known] > self._volume  # of NaN neither is greater
        is_owed = has_risen & (self._printed_ns < self._contexts_ns - SLACK_NS) & (self._owed_ns == 0)
        self._owed_ns[is_owed] = received_ns
        self._volume, self._contexts_ns = volume, received_ns

    def _note_prints(self, event: TradesPrinted, received_ns: int) -> None:
        self._print_count += len(event.trades)
        self._last_print_ns = received_ns
        rows = event.trades.market_index
        self._grow(int(rows.max()) + 1)
        self._printed_ns[rows] = received_ns
        self._owed_ns[rows] = 0

    def _grow(self, count: int) -> None:
        more = np.zeros(max(0, count - len(self._owed_ns)), np.int64)
        if len(more):
            self._printed_ns = np.concatenate((self._printed_ns, more))
            self._owed_ns = np.concatenate((self._owed_ns, more))

    def _marks_row(self) -> SourceRow:
        slowest = min(self._markets.dexs, key=self._marks_of, default="")
        last_ns = self._marks_ns.get(slowest)
        silent_ns = self._now_ns() - (self._began_ns if last_ns is None else last_ns)
        is_silent = silent_ns > MARKS_NS
        late_ns = self._now_ns() - max(self._contexts_ns, self._began_ns)
        doubtful, is_most = self._doubtful()
        troubles = [f"no marks for {silent_ns / 1e9:.0f} s"] if is_silent else []
        if late_ns > CONTEXTS_NS:
            troubles.append(f"no oracle prices for {late_ns / 1e9:.0f} s")
        if doubtful:
            troubles.append(f"in doubt: {named(doubtful)}")
        return SourceRow(
            kind="marks",
            address=f"dex {slowest}" if slowest else "first dex",
            state="stale" if is_silent or is_most or late_ns > CONTEXTS_NS else "connected",
            last_message_ms=None if last_ns is None else last_ns // 1_000_000,
            messages=self._mark_count,
            trouble="; ".join(troubles) or None,
        )

    def _doubtful(self) -> tuple[list[str], bool]:
        """Coins in doubt, those with the most open first; and whether they are most of the market."""
        doubt, markets = self._markets.doubt, self._markets.markets
        if doubt is None:
            return [], False
        worth = np.nan_to_num(self._markets.worth())
        rows = np.flatnonzero(doubt)
        rows = rows[np.argsort(-worth[rows], kind="stable")]
        listed = sum(not market.is_delisted for market in markets.rows)
        is_most = len(rows) > STALE_SHARE * listed or worth[rows].sum() > STALE_SHARE * worth.sum()
        return [markets.coins[row] for row in rows.tolist()], bool(is_most)

    def _marks_of(self, dex: str) -> int:
        """A dex without markets is never waited for."""
        if dex not in self._markets.taken and self._markets.is_listed:
            return self._now_ns()
        return self._marks_ns.get(dex, self._began_ns)

    def _prints_row(self) -> SourceRow:
        """Stale where no coin prints any more; coins that miss theirs while others print are named."""
        last_ns = self._last_print_ns
        coins, late = self._markets.markets.coins, self._late_rows()
        oldest_ns = int(self._owed_ns[late].min()) if len(late) else 0
        troubles = []
        if len(late):
            troubles.append(f"volume without prints: {named([coins[row] for row in late.tolist()])}")
        if self.left_out:
            troubles.append(f"no room for prints of {named(self.left_out)}")
        return SourceRow(
            kind="prints",
            address="all coins",
            state="stale" if len(late) and (last_ns is None or last_ns < oldest_ns) else "connected",
            last_message_ms=None if last_ns is None else last_ns // 1_000_000,
            messages=self._print_count,
            trouble="; ".join(troubles) or None,
        )


def named(coins: Sequence[str]) -> str:
    """The first few of some coins, and how many more there are."""
    more = f" and {len(coins) - MAX_NAMED} more" if len(coins) > MAX_NAMED else ""
    return f"{', '.join(coins[:MAX_NAMED])}{more}"

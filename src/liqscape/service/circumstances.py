"""What is known of a coin at a time beside its clusters: structure, funding, open interest, who opened, cascades.

For the present and for any stored moment by the same code, from what was known by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.insight.setups import (
    FUNDING_DAYS,
    CascadeWord,
    Circumstances,
    CoinHolders,
    OpenedShare,
    funding_standing,
    opened_share,
)
from liqscape.insight.structure import PriceHistory, structure_at
from liqscape.service.bounded_memory import BoundedMemory
from liqscape.service.price_bars import LOOK_BACK_MS, BarPath
from liqscape.units import DAY_MS, HOUR_MS, SIDE_NUMBERS, Side

if TYPE_CHECKING:
    import polars

    from liqscape.model.accounts import Accounts
    from liqscape.service.view import MapView
    from liqscape.store.history import HistoryReader
    from liqscape.store.history.series import FramePath

MAX_LATE_MS = HOUR_MS
"""A frame stands for a time up to so much later: thinned history keeps one an hour."""
MAX_KEPT = 4
"""Times of which holders are kept: what one day ended with, the next one begins with."""
SIDES = (Side.LONG, Side.SHORT)
WORDS: tuple[CascadeWord, ...] = get_args(CascadeWord)


@dataclass(frozen=True, kw_only=True)
class CoinPast:
    """What is read once of a coin to know its circumstances at any time up to `until_ms`.

    bars    None: no price is known. frames: None: nothing is stored.
    cascades  rows of the study.
    """

    coin: str
    until_ms: int
    bars: BarPath | None
    prices: PriceHistory | None
    frames: FramePath | None
    cascades: polars.DataFrame


def read_past(view: MapView, coin: str, first_ms: int, until_ms: int) -> CoinPast:
    """For times from first to until. Raises NotFound for an unknown coin."""
    bars = view.bars(coin, first_ms - LOOK_BACK_MS, until_ms)
    _, reader = view.price_sources
    has_frames = reader is not None and reader.first_ms is not None
    since_ms = max(0, first_ms - FUNDING_DAYS * DAY_MS)
    return CoinPast(
        coin=coin,
        until_ms=until_ms,
        bars=bars,
        prices=None if bars is None else PriceHistory.of_bars(bars.bars),
        frames=reader.coin_path(coin, since_ms, until_ms + 1) if reader is not None and has_frames else None,
        cascades=view.studied.rows("cascades", coin, max(0, first_ms - DAY_MS), until_ms + 1),
    )


class Openings:
    """How much of each side was opened in the day before a time, of one map; what was read last stays for the next."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._kept: BoundedMemory[tuple[str, int], CoinHolders] = BoundedMemory(MAX_KEPT)

    def at(self, coin: str, now: CoinHolders | None, at_ms: int) -> dict[Side, OpenedShare]:
        """now: who held the coin at the time; None: read as stored. Unknown where frames of either time are missing."""
        held = self.stored(coin, at_ms) if now is None else now
        then = None if held is None else self.stored(coin, at_ms - DAY_MS)
        if held is None:
            return {}
        return {side: opened_share(held, then, side) for side in SIDES}

    def stored(self, coin: str, at_ms: int) -> CoinHolders | None:
        """Who held a coin at the last stored frame, at most MAX_LATE_MS before a time; None without one."""
        _, reader = self._view.price_sources
        if reader is None or reader.first_ms is None or at_ms < reader.first_ms:
            return None
        found_ms = reader.frame_time_at(at_ms)
        if found_ms is None or found_ms < at_ms - MAX_LATE_MS:
            return None
        return self._kept.get((coin, found_ms)) or self._read(reader, coin, found_ms)

    def _read(self, reader: HistoryReader, coin: str, time_ms: int) -> CoinHolders | None:
        try:
            frame, accounts = reader.frame_at(time_ms, with_bands=False), reader.accounts_at(time_ms)
        except CorruptSegment:
            return None
        market = None if frame is None else frame.snapshot.markets.find(coin)
        if market is None:
            return None
        found = holdings_of(accounts, market)
        self._kept.keep((coin, time_ms), found)
        return found


def holdings_of(accounts: Accounts, market_index: int) -> CoinHolders:
    """Who holds a market, without accounts that cannot be liquidated in practice."""
    rows = np.flatnonzero(accounts.market_index == market_index)
    pools = accounts.pool_of_position()[rows]
    chosen = ~accounts.is_exempt[pools]
    owners = accounts.address_row[pools[chosen]].tolist()
    size: dict[str, float] = {}
    for owner, coins in zip(owners, accounts.size[rows[chosen]].tolist(), strict=True):
        address = accounts.addresses[owner]
        size[address] = size.get(address, 0.0) + coins
    return CoinHolders(size=size, known=frozenset(accounts.addresses))


def circumstances_at(
    view: MapView, past: CoinPast, at_ms: int, mark: float, opened: dict[Side, OpenedShare]
) -> Circumstances:
    """At a time, from what was known by then. mark USD, NaN unknown."""
    frames = past.frames
    return Circumstances(
        structure=None if past.prices is None else structure_at(past.prices, at_ms, mark),
        funding=None if frames is None else funding_standing(frames.hour_ms, frames.paid_ms, frames.rate, at_ms),
        interest_change=None if frames is None else interest_change(frames, at_ms),
        opened=opened,
        cascade=cascades_at(view, past, at_ms),
    )


def interest_change(frames: FramePath, at_ms: int) -> float | None:
    """Of open interest in coins against 24 h before, as a fraction; None where a frame of either time is missing."""
    values = []
    for time_ms in (at_ms, at_ms - DAY_MS):
        row = int(np.searchsorted(frames.time_ms, time_ms, "right")) - 1
        if row < 0 or frames.time_ms[row] < time_ms - MAX_LATE_MS:
            return None
        values.append(float(frames.open_interest[row]))
    now, then = values
    return now / then - 1.0 if then > 0.0 and np.isfinite(now) else None


def cascades_at(view: MapView, past: CoinPast, at_ms: int) -> dict[Side, CascadeWord | None]:
    """State of either side's cascade at a time; None where it was not studied.

    A state lasts until the next row of its side; `over` ends at once.
    """
    import polars

    standing = view.studied.standing(past.coin)
    if standing is not None and standing.time_ms <= at_ms and standing.cascades:
        return {Side(SIDE_NUMBERS[row.side]): _word(row.state) for row in standing.cascades}
    if not any(span.first_ms <= at_ms <= span.last_ms + MAX_LATE_MS for span in view.studied.spans(past.coin)):
        return {}
    limit = polars.lit(at_ms).cast(polars.Datetime("ms", "UTC"))
    known = past.cascades.filter((polars.col("time") <= limit) & (polars.col("known_at") <= limit)).sort(
        "time", maintain_order=True
    )
    found: dict[Side, CascadeWord | None] = {}
    for side in SIDES:
        own = known.filter(polars.col("side") == ("long" if side == Side.LONG else "short"))
        state = own["state"][-1] if len(own) else "none"
        found[side] = "none" if state == "over" and _time_of(own) < at_ms else _word(state)
    return found


def _time_of(rows: polars.DataFrame) -> int:
    return int(rows["time"].dt.epoch("ms")[-1])


def _word(state: str) -> CascadeWord | None:
    return next((word for word in WORDS if word == state), None)

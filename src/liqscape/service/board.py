"""The board: every coin of the newest frame in one row, with what is close to being liquidated.

large cluster = one that holds at least LARGE_SHARE of the USD in all levels of its coin
risk share    = USD of levels within 5 % / (2 * open interest * mark)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.heatmap.asymmetry import imbalance_of, near_notional
from liqscape.heatmap.clusters import Cluster, find_clusters
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.board import BoardAnswer, BoardRow, NearLarge
from liqscape.service.answers.parts import known, provenance_answer
from liqscape.units import DAY_MS, HOUR_MS, SIDE_WORDS, Float64Array

if TYPE_CHECKING:
    from liqscape.heatmap.frame import MarketFrame
    from liqscape.service.studied import Studied
    from liqscape.store.history import HistoryReader
    from liqscape.store.history.series import PaidFunding

Categories = Callable[[], Mapping[str, str]]
"""What markets follow, by coin."""
WITHIN_PERCENT = (1.0, 2.0, 5.0)
LARGE_SHARE = 0.05
MAX_LATE_MS = HOUR_MS
"""The mark of 24 h ago may be so much older: thinned history keeps a frame an hour."""
HOURS_8, HOURS_YEAR = 8, 8_760


def no_categories() -> Mapping[str, str]:
    """For maps that follow no exchange."""
    return {}


class StoredBeside:
    """What the board has of stored frames: marks of 24 h ago and the funding paid last, read once a stored frame.

    reader None: neither is known. From any thread: what is kept is replaced as a whole.
    """

    def __init__(self, reader: HistoryReader | None) -> None:
        self._reader = reader
        self._marks: tuple[int, Mapping[str, float]] = (-1, {})
        self._paid: tuple[int, PaidFunding | None] = (-1, None)

    def marks_before(self, time_ms: int) -> Mapping[str, float]:
        """Marks by coin in the last stored frame at or before 24 h ago; none where that is too old (MAX_LATE_MS)."""
        at_ms, reader = time_ms - DAY_MS, self._reader
        then_ms = None if reader is None or reader.first_ms is None else reader.frame_time_at(at_ms)
        if reader is None or then_ms is None or then_ms < at_ms - MAX_LATE_MS:
            return {}
        kept_ms, marks = self._marks
        if kept_ms != then_ms:
            then = reader.frame_at(then_ms, with_bands=False)
            if then is None:
                return {}
            snapshot = then.snapshot
            marks = dict(zip(snapshot.markets.coins, snapshot.mark.tolist(), strict=True))
            self._marks = then.time_ms, marks
        return marks

    def paid(self, time_ms: int) -> PaidFunding | None:
        """The funding that each coin paid last, as of the last stored frame at or before a time."""
        reader = self._reader
        stored_ms = None if reader is None or reader.first_ms is None else reader.frame_time_at(time_ms)
        if reader is None or stored_ms is None:
            return None
        kept_ms, paid = self._paid
        if kept_ms != stored_ms:
            paid = reader.funding_at(stored_ms)
            self._paid = stored_ms, paid
        return paid


def make_board(
    frame: MarketFrame, stored: StoredBeside, studied: Studied, categories: Mapping[str, str]
) -> BoardAnswer:
    """One row a coin that is listed or held."""
    snapshot = frame.snapshot
    mark, interest = snapshot.mark, snapshot.open_interest * snapshot.mark
    notional = frame.position_size * mark[:, None]
    near = near_notional(frame, WITHIN_PERCENT)
    imbalance = imbalance_of(near[-1, 0], near[-1, 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        risk = np.where(interest > 0.0, near[-1].sum(axis=0) / (2.0 * interest), np.nan)
    before, paid = stored.marks_before(frame.time_ms), stored.paid(frame.time_ms)
    tracked, running = _tracked(studied, frame.time_ms), snapshot.funding_rate
    rows = []
    for row, market in enumerate(snapshot.markets.rows):
        if market.is_delisted and not frame.position_count[row].any():
            continue
        rate = None if paid is None else paid.rate.get(market.coin)
        usd = near[:, :, row]
        rows.append(
            BoardRow(
                coin=market.coin,
                dex=market.dex,
                category=categories.get(market.coin),
                is_delisted=market.is_delisted,
                mark=known(mark[row]),
                change_24h_percent=_change(mark[row], before.get(market.coin)),
                open_interest=known(snapshot.open_interest[row]),
                open_interest_usd=known(interest[row]),
                funding_hour_ms=None if paid is None else paid.hour_ms.get(market.coin),
                funding_8h=None if rate is None else HOURS_8 * rate,
                funding_annual=None if rate is None else HOURS_YEAR * rate,
                funding_now_8h=None if running is None else known(HOURS_8 * running[row]),
                within=_within(usd),
                nearest_large=_nearest_large(frame, row, tracked.get(market.coin, ())),
                imbalance_5=known(imbalance[row]),
                risk_share=known(risk[row]),
                coverage=known(frame.coverage[row]),
                long_notional=known(notional[row, 0]),
                short_notional=known(notional[row, 1]),
                long_accounts=int(frame.position_count[row, 0]),
                short_accounts=int(frame.position_count[row, 1]),
                max_leverage=market.max_leverage,
                doubt=doubt_words(snapshot.doubt_of(row)),
            )
        )
    rows.sort(key=_order)
    return BoardAnswer(
        provenance=provenance_answer(frame.provenance), as_of_ms=frame.time_ms, rows=rows, row_count=len(rows)
    )


def _change(mark: float, before: float | None) -> float | None:
    if before is None or not before > 0.0:
        return None
    return known(100.0 * (mark / before - 1.0))


def _within(usd: Float64Array) -> dict[str, tuple[float, float]] | None:
    """usd (D, 2)."""
    if np.isnan(usd).any():
        return None
    return {f"{percent:g}": (long, short) for percent, (long, short) in zip(WITHIN_PERCENT, usd.tolist(), strict=True)}


def _nearest_large(frame: MarketFrame, market_index: int, tracked: Sequence[TrackedSpan]) -> NearLarge | None:
    """Of either side, by the distance of its peak."""
    mark = frame.snapshot.mark[market_index]
    bands = frame.bands_of(market_index)
    least = LARGE_SHARE * float(bands.size.sum()) * mark
    large = [each for each in find_clusters(frame, market_index) if each.notional >= least]
    nearest = min(large, key=lambda each: (abs(each.distance_percent), each.price_peak), default=None)
    if nearest is None:
        return None
    return NearLarge(
        side=int(nearest.side),
        price=nearest.price_peak,
        notional=nearest.notional,
        distance_percent=nearest.distance_percent,
        cluster_id=next((span.cluster_id for span in tracked if span.holds(nearest)), None),
    )


class TrackedSpan(NamedTuple):
    """Prices of a cluster that the study follows."""

    side: str
    price_low: float
    price_high: float
    cluster_id: str

    def holds(self, cluster: Cluster) -> bool:
        """Whether the peak of a cluster of its side lies in it."""
        return self.side == SIDE_WORDS[cluster.side] and self.price_low <= cluster.price_peak < self.price_high


def _tracked(studied: Studied, time_ms: int) -> Mapping[str, Sequence[TrackedSpan]]:
    """Clusters that stood at the newest studied minute, by coin: those in memory, else those stored last."""
    newest = None if studied.state is None else studied.state.newest
    if newest is not None:
        return {
            coin: [TrackedSpan(row.side, row.price_low, row.price_high, row.cluster_id) for row in each.clusters]
            for coin, each in newest.coins.items()
        }
    rows = studied.rows("clusters", None, time_ms - HOUR_MS, time_ms + 1)
    rows = rows.sort("time", maintain_order=True).unique("cluster_id", keep="last", maintain_order=True)
    found: dict[str, list[TrackedSpan]] = {}
    for coin, event, *span in rows.select("coin", "event", *TrackedSpan._fields).iter_rows():
        if event != "ended":
            found.setdefault(coin, []).append(TrackedSpan(*span))
    return found


def _order(row: BoardRow) -> tuple[bool, float, float, str]:
    total = (row.long_notional or 0.0) + (row.short_notional or 0.0)
    return row.open_interest_usd is None, -(row.open_interest_usd or 0.0), -total, row.coin

"""Trigger orders of a coin asked of a map: bands, coverage, levels with a stop before them, absorption."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, get_args

import numpy as np

from liqscape.heatmap.absorption import line_prices, liquidation_line, resting_line, stop_line
from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.stopped import stopped_levels
from liqscape.heatmap.trigger_clusters import find_trigger_clusters
from liqscape.heatmap.trigger_orders import OrderLeftOut, TriggerFlow, waiting_orders
from liqscape.heatmap.triggers import flow_totals, trigger_bands, trigger_coverage
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.parts import distance_percent, known, known_list, provenance_answer
from liqscape.service.answers.triggers import (
    AbsorptionColumns,
    LeftOutOrders,
    LeftOutWord,
    StoppedLevelColumns,
    TriggerBandColumns,
    TriggerClusterAnswer,
    TriggerCoverageAnswer,
    TriggersAnswer,
    TriggerStanding,
    TriggerTotal,
    TriggerWord,
)
from liqscape.service.questions import check_level, check_within, market_row
from liqscape.service.resting_depth import NO_BOOK, SPREAD_EVENLY, RestingDepth, find_resting

if TYPE_CHECKING:
    from liqscape.heatmap.coin_levels import CoinLevels
    from liqscape.heatmap.stopped import StoppedLevels
    from liqscape.heatmap.trigger_orders import WaitingOrders
    from liqscape.heatmap.triggers import TriggerBands, TriggerCoverage
    from liqscape.service.moments import AskedMoment
    from liqscape.service.view import MapView
    from liqscape.units import AnyArray, Float64Array

DEFAULT_LEVEL = 2
DEFAULT_WITHIN_PERCENT = 25.0
WORDS: tuple[TriggerWord, ...] = get_args(TriggerWord)
"""By TriggerFlow."""
REASONS: tuple[LeftOutWord, ...] = get_args(LeftOutWord)
"""By OrderLeftOut."""
assert tuple(each.name.lower() for each in TriggerFlow) == WORDS
assert tuple(each.name.lower() for each in OrderLeftOut) == REASONS

REASON_TEXTS: dict[LeftOutWord, str] = {
    "unreadable": "its price, size, side or kind is none an order can have",
    "fired": "the mark stands at its price or beyond: it fires now, or has",
    "unknown_account": "it reduces a position of an account that this map does not hold",
    "no_position": "it reduces a position, and its account holds none of this coin",
    "wrong_side": "it may only reduce a position, and would add to the one there is",
    "nothing_left": "nearer orders of its account close the whole position before",
}
NONE_READ = "this source reads no trigger orders: stops and take-profits are unknown here, which does not mean none"
NONE_STORED = "no trigger orders are stored with this frame: they are unknown, which does not mean none"
NONE_LEFT = "trigger orders stored with this frame cannot be read, so they are unknown, which does not mean none"
AS_STORED = "as stored with this frame: ages are those of the readings at its time, nothing later is in it"
WHAT_IS_KNOWN = (
    "orders of accounts that were read, as they stood then; of all others, and of what somebody means to do without "
    "having placed an order, nothing is known"
)
THREE_FIGURES = (
    "liquidations, stops and resting orders are three figures and are never summed: a position with a stop before its "
    "level is in the first and in the second"
)
NO_MARK = "the mark is unknown: no order is taken for fired, and nothing is said of the way to a price"


class TriggerQuestions:
    """Asks a map for its trigger orders. From any thread."""

    def __init__(self, view: MapView) -> None:
        self._view = view

    def ask(
        self,
        coin: str,
        at_ms: int | None = None,
        level: int = DEFAULT_LEVEL,
        within_percent: float = DEFAULT_WITHIN_PERCENT,
    ) -> TriggersAnswer:
        """Of the frame at or before a time, the newest without one. Raises NotFound, QuestionError."""
        check_level(level)
        check_within(within_percent)
        moment = self._view.moment(at_ms)
        snapshot = moment.reported.snapshot
        row = market_row(snapshot.markets, coin)
        mark = float(snapshot.mark[row])
        levels = moment.levels(row)
        resting = find_resting(self._view, coin, moment.reported.time_ms)
        found = moment.triggers
        prices = line_prices(mark, within_percent, level)
        orders = stopped = coverage = None
        if found is None:
            notes = [why_unknown(moment)]
        else:
            notes = [WHAT_IS_KNOWN, THREE_FIGURES, *([] if moment.sequence is not None else [AS_STORED])]
            positions = positions_in(moment.accounts, row)
            orders = waiting_orders(found[0], positions, snapshot, row)
            stopped = stopped_levels(levels, orders, found[1], moment.reported.time_ms, level)
            coverage = trigger_coverage(found[1], positions, snapshot, row)
        if not mark > 0.0:
            notes.append(NO_MARK)
        notes += [NO_BOOK] if resting is None else [SPREAD_EVENLY] if resting.standing.source == "summary" else []
        return TriggersAnswer(
            provenance=provenance_answer(moment.reported.provenance),
            as_of_ms=moment.reported.time_ms,
            coin=coin,
            mark=known(mark),
            level=level,
            within_percent=within_percent,
            has_triggers=orders is not None,
            coverage=None if coverage is None else _coverage(coverage),
            totals=None if orders is None else _totals(orders),
            bands=None if orders is None else _bands(trigger_bands(orders, level), mark, within_percent, level),
            clusters=None if orders is None else _clusters(orders, mark),
            levels=None if stopped is None else _levels(stopped, mark, within_percent, level),
            absorption=_absorption(levels, orders, resting, mark, prices),
            resting=None if resting is None else resting.standing,
            left_out=None if orders is None else _left_out(orders),
            notes=notes,
            doubt=doubt_words(snapshot.doubt_of(row)),
        )

    def standing(self, coin: str) -> TriggerStanding:
        """The same of the newest frame in short, for who hears of every change. Raises NotFound."""
        moment = self._view.moment(None)
        frame, found = moment.reported, moment.triggers
        row = market_row(frame.snapshot.markets, coin)
        mark = float(frame.snapshot.mark[row])
        orders = coverage = None
        if found is not None:
            positions = positions_in(moment.accounts, row)
            orders = waiting_orders(found[0], positions, frame.snapshot, row)
            coverage = trigger_coverage(found[1], positions, frame.snapshot, row)
        return TriggerStanding(
            coin=coin,
            provenance=provenance_answer(frame.provenance),
            as_of_ms=frame.time_ms,
            mark=known(mark),
            has_triggers=orders is not None,
            coverage=None if coverage is None else _coverage(coverage),
            totals=None if orders is None else _totals(orders),
            clusters=None if orders is None else _clusters(orders, mark),
        )


def why_unknown(moment: AskedMoment) -> str:
    """What to say of a moment without trigger orders: none are stored with it, or a live one's source reads none."""
    if moment.sequence is not None:
        return NONE_READ
    damaged = moment.damaged_triggers
    return NONE_STORED if damaged is None else f"{damaged} is damaged: {NONE_LEFT}"


def _coverage(coverage: TriggerCoverage) -> TriggerCoverageAnswer:
    return TriggerCoverageAnswer(
        share=known(coverage.share),
        long_share=known(coverage.long_share),
        short_share=known(coverage.short_share),
        map_share=known(coverage.map_share),
        account_count=coverage.account_count,
        known_account_count=coverage.known_account_count,
        median_age_ms=None if coverage.median_age_ms < 0 else coverage.median_age_ms,
        oldest_age_ms=None if coverage.oldest_age_ms < 0 else coverage.oldest_age_ms,
    )


def _totals(orders: WaitingOrders) -> list[TriggerTotal]:
    sums = flow_totals(orders)
    found = []
    for flow, word in enumerate(WORDS):
        prices = orders.price[orders.flow == flow]
        is_below = flow in (TriggerFlow.STOP_SELL, TriggerFlow.TAKE_PROFIT_BUY)
        nearest = None if not len(prices) else float(prices.max() if is_below else prices.min())
        found.append(
            TriggerTotal(
                kind=word,
                size=float(sums.size[flow]),
                notional=float(sums.notional[flow]),
                limit_notional=float(sums.limit_notional[flow]),
                whole_position_notional=float(sums.whole_position_notional[flow]),
                order_count=int(sums.order_count[flow]),
                account_count=int(sums.account_count[flow]),
                nearest_price=nearest,
            )
        )
    return found


def _bands(bands: TriggerBands, mark: float, within_percent: float, level: int) -> TriggerBandColumns:
    rows = _near(bands.band, mark, within_percent, level)
    low, high = _edges(bands.band[rows], level)
    return TriggerBandColumns(
        band=bands.band[rows].tolist(),
        price_low=low,
        price_high=high,
        kind=[WORDS[flow] for flow in bands.flow[rows].tolist()],
        size=bands.size[rows].tolist(),
        notional=bands.notional[rows].tolist(),
        limit_notional=bands.limit_notional[rows].tolist(),
        whole_position_notional=bands.whole_position_notional[rows].tolist(),
        order_count=bands.order_count[rows].tolist(),
        account_count=bands.account_count[rows].tolist(),
    )


def _levels(levels: StoppedLevels, mark: float, within_percent: float, level: int) -> StoppedLevelColumns:
    rows = _near(levels.band, mark, within_percent, level)
    low, high = _edges(levels.band[rows], level)
    return StoppedLevelColumns(
        band=levels.band[rows].tolist(),
        price_low=low,
        price_high=high,
        side=levels.side[rows].tolist(),
        size=levels.size[rows].tolist(),
        notional=known_list(levels.size[rows] * mark),
        known_notional=known_list(levels.known_size[rows] * mark),
        coverage=(levels.known_size[rows] / levels.size[rows]).tolist(),
        median_age_ms=[None if age < 0 else age for age in levels.median_age_ms[rows].tolist()],
        stopped_notional=known_list(levels.stopped_size[rows] * mark),
        limit_stopped_notional=known_list(levels.limit_stopped_size[rows] * mark),
    )


def _near(band: AnyArray, mark: float, within_percent: float, level: int) -> AnyArray:
    """Rows whose band reaches into the span around the mark; all where the mark is unknown."""
    if not mark > 0.0:
        return np.arange(len(band))
    share = within_percent / 100.0
    return np.flatnonzero(
        (band_edge(band + 1, level) > mark * (1.0 - share)) & (band_edge(band, level) < mark * (1.0 + share))
    )


def _edges(band: AnyArray, level: int) -> tuple[list[float], list[float]]:
    return band_edge(band, level).tolist(), band_edge(band + 1, level).tolist()


def _clusters(orders: WaitingOrders, mark: float) -> list[TriggerClusterAnswer]:
    return [
        TriggerClusterAnswer(
            kind=WORDS[flow],
            price_low=cluster.price_low,
            price_high=cluster.price_high,
            price_peak=cluster.price_peak,
            size=cluster.notional / mark,
            notional=cluster.level_notional,
            order_count=cluster.position_count,
            distance_percent=cluster.distance_percent,
        )
        for flow, cluster in find_trigger_clusters(trigger_bands(orders), mark)
    ]


def _absorption(
    levels: CoinLevels, orders: WaitingOrders | None, resting: RestingDepth | None, mark: float, prices: Float64Array
) -> AbsorptionColumns:
    unknown = np.full(len(prices), math.nan)
    depth = unknown if resting is None else resting_line(resting.bids, resting.asks, resting.standing.mid, prices, mark)
    return AbsorptionColumns(
        price=prices.tolist(),
        distance_percent=[distance_percent(price, mark) or 0.0 for price in prices.tolist()],
        liquidation_notional=liquidation_line(levels, mark, prices).tolist(),
        stop_notional=known_list(unknown if orders is None else stop_line(orders, mark, prices)),
        resting_notional=known_list(depth),
    )


def _left_out(orders: WaitingOrders) -> list[LeftOutOrders]:
    return [
        LeftOutOrders(reason=word, order_count=count, text=REASON_TEXTS[word])
        for word, count in zip(REASONS, orders.left_out.tolist(), strict=True)
        if count
    ]

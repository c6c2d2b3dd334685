"""Liquidations with their impact, found by coin, time, wallet, cluster or span of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np

from liqscape.errors import QuestionError
from liqscape.heatmap.grid import band_of_price
from liqscape.service.answers.events import EventAnswer, EventsAnswer, EventTotals
from liqscape.service.answers.liquidations import Method
from liqscape.service.asked_address import checked_address
from liqscape.service.questions import check_prices
from liqscape.service.study_asking import AskedRows, StudyAsking, check_word, exact_sum, parts_of
from liqscape.service.study_records import of_columns

if TYPE_CHECKING:
    import polars

METHODS: tuple[Method, ...] = get_args(Method)


class EventsChoice(NamedTuple):
    """Which events; None: any.

    price_low, price_high  [low, high) of the level, or of the price where the level is unknown: one band or a span.
    """

    coin: str | None = None
    cluster_id: str | None = None
    address: str | None = None
    method: str | None = None
    price_low: float | None = None
    price_high: float | None = None


ANY_EVENT = EventsChoice()


def events_answer(asking: StudyAsking, rows: AskedRows, choice: EventsChoice) -> EventsAnswer:
    """Raises NotFound for a coin or cluster that is not there, QuestionError for bounds."""
    import polars

    coin, low, high = choice.coin, choice.price_low, choice.price_high
    check_word("method", choice.method, METHODS)
    check_prices(("price_low", low), ("price_high", high))
    if low is not None and high is not None and not low < high:
        raise QuestionError(f"price_low {low} is not below price_high {high}")
    if coin is None and (low is not None or high is not None or choice.cluster_id is not None):
        raise QuestionError("price_low, price_high and cluster_id are of one coin: give coin")
    asking.check(coin, rows, choice.cluster_id)
    address = None if choice.address is None else checked_address(choice.address)
    equal = {"cluster_id": choice.cluster_id, "address": address, "method": choice.method}
    found = asking.found("liquidation_events", coin, rows, **equal)
    level = polars.coalesce(polars.col("liquidation_price").fill_nan(None), polars.col("price").fill_nan(None))
    if low is not None:
        found = found.filter(level >= low)
    if high is not None:
        found = found.filter(level < high)
    page = asking.page(found, "liquidation_events", ("event_id",), ("events", rows[:3], choice), rows)
    notional = {side: exact_sum(part["notional"]) for side, part in parts_of(found, "side", ("long", "short"))}
    return EventsAnswer(
        **asking.head("liquidation_events", coin, rows, is_empty=found.is_empty()),
        coin=coin,
        totals=EventTotals(
            count=len(found),
            address_count=found["address"].drop_nulls().n_unique(),
            long_notional=notional.get("long", 0.0),
            short_notional=notional.get("short", 0.0),
        ),
        events=of_columns(_with_band(page.rows, level), EventAnswer),
        next_cursor=page.next_cursor,
    )


def _with_band(rows: polars.DataFrame, level: polars.Expr) -> polars.DataFrame:
    import polars

    price = rows.select(level.alias("level"))["level"].to_numpy().astype(np.float64)
    is_known = price > 0.0
    band = np.zeros(len(price), np.int64)
    band[is_known] = band_of_price(price[is_known])
    return rows.with_columns(
        polars.when(polars.Series(is_known)).then(polars.Series(band)).otherwise(None).alias("band")
    )

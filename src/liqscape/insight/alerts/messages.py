"""What an alert says, by kind: a title, sentences, and the figures of both; nothing about what price does next."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from liqscape.insight.alerts.inputs import AccountLevel, CashReceived, KnownStopCluster, KnownStops, LiquidationSeen
from liqscape.insight.alerts.records import Rule, SideWord
from liqscape.insight.alerts.text import (
    UNKNOWN,
    duration_text,
    percent_text,
    price_text,
    share_text,
    time_text,
    usd_text,
)
from liqscape.insight.study_rows import CascadeRow, ClusterRow, SweepRow
from liqscape.units import MINUTE_MS

Figures = Sequence[tuple[str, float | None, str]]
"""(name, value, unit)"""


class AlertMessage(Struct, frozen=True, kw_only=True):
    """What is told, before source and age are put to it."""

    title: str
    text: str
    figures: Figures
    side: SideWord | None = None
    price: float | None = None
    mark: float | None = None
    cluster_id: str | None = None
    address: str | None = None


def near_cluster(row: ClusterRow, mark: float) -> AlertMessage:
    """The mark is near a cluster's span, or in it."""
    away = _away(mark, row.price_low, row.price_high)
    usd = row.size * mark
    where = "in" if away == 0.0 else f"{percent_text(away)} from"
    return _about(
        row,
        mark,
        title=f"{row.coin}: mark {where} a {row.side} cluster, {usd_text(usd)}",
        text=f"The mark is {price_text(mark)}; {_span(row)} holds {usd_text(usd)} at the mark in "
        f"{_count(row.position_count)}, and has stood for {_age(row)}.",
        figures=[("mark", mark, "USD"), ("distance", away, "%"), *_cluster_figures(row, usd)],
    )


def near_stops(known: KnownStops, cluster: KnownStopCluster, mark: float) -> AlertMessage:
    """The mark is near a cluster of known stops, or in it. What is not known of stops may be more, and it says so."""
    away = _away(mark, cluster.price_low, cluster.price_high)
    where = "in" if away == 0.0 else f"{percent_text(away)} from"
    kind = "sell" if known.side == "long" else "buy"
    orders = f"{cluster.order_count} {kind}{'' if cluster.order_count == 1 else 's'}"
    read = "" if known.age_ms is None else f", read {duration_text(known.age_ms)} before at the median"
    return AlertMessage(
        title=f"{known.coin}: mark {where} stops of {known.side}s, {usd_text(cluster.notional)} known",
        text=f"The mark is {price_text(mark)}; between {price_text(cluster.price_low)} and "
        f"{price_text(cluster.price_high)} known stops of {known.side}s wait, {orders} of "
        f"{usd_text(cluster.notional)} at their own prices. "
        f"Trigger orders are known of {share_text(known.coverage)} of the open interest of the side{read}: of the rest "
        "they are unknown and may be more.",
        figures=[
            ("mark", mark, "USD"),
            ("distance", away, "%"),
            ("low", cluster.price_low, "USD"),
            ("high", cluster.price_high, "USD"),
            ("known_stops", cluster.notional, "USD"),
            ("orders", float(cluster.order_count), "orders"),
            ("trigger_coverage", known.coverage, "share"),
            ("trigger_age", None if known.age_ms is None else float(known.age_ms), "ms"),
        ],
        side=known.side,
        price=cluster.price_peak,
        mark=mark,
    )


def near_level(rule: Rule, mark: float) -> AlertMessage:
    """The mark is near a price."""
    assert rule.price is not None
    away = _away(mark, rule.price, rule.price)
    return AlertMessage(
        title=f"{rule.coin}: mark {percent_text(away)} from {price_text(rule.price)}",
        text=f"The mark is {price_text(mark)}, {_beside(mark, rule.price)} the level {price_text(rule.price)}.",
        figures=[("mark", mark, "USD"), ("level", rule.price, "USD"), ("distance", away, "%")],
        price=rule.price,
        mark=mark,
    )


def level_touched(rule: Rule, mark: float) -> AlertMessage:
    """The mark reached a price or passed it."""
    assert rule.price is not None
    return AlertMessage(
        title=f"{rule.coin}: mark at {price_text(rule.price)}",
        text=f"The mark reached the level {price_text(rule.price)} and is {price_text(mark)}. "
        "It is the mark that counts, not the last trade.",
        figures=[("mark", mark, "USD"), ("level", rule.price, "USD")],
        price=rule.price,
        mark=mark,
    )


def account_near(level: AccountLevel, mark: float) -> AlertMessage:
    """The mark is near the level of an account's position."""
    away, usd = _away(mark, level.price, level.price), abs(level.size) * mark
    return AlertMessage(
        title=f"{level.coin}: mark {percent_text(away)} from the level of {_short(level.address)}",
        text=f"The {level.side} of {level.address} in {level.coin}, {usd_text(usd)} at the mark, is liquidated at "
        f"{price_text(level.price)} if everything else stays; the mark is {price_text(mark)}.",
        figures=[
            ("mark", mark, "USD"),
            ("level", level.price, "USD"),
            ("distance", away, "%"),
            ("notional", usd, "USD"),
        ],
        side=level.side,
        price=level.price,
        mark=mark,
        address=level.address,
    )


def cluster_born(row: ClusterRow) -> AlertMessage:
    """Levels came together to a cluster."""
    parent = f" It split from {row.parent}." if row.parent else ""
    return _about(
        row,
        row.mark,
        title=f"{row.coin}: new {row.side} cluster, {usd_text(row.notional)}",
        text=f"{_span(row).capitalize()} holds {usd_text(row.notional)} at the mark in {_count(row.position_count)}."
        f"{parent}",
        figures=_cluster_figures(row, row.notional),
    )


def cluster_grown(row: ClusterRow, growth: float, minutes: float) -> AlertMessage:
    """A cluster holds more than it did."""
    within = duration_text(minutes * MINUTE_MS)
    return _about(
        row,
        row.mark,
        title=f"{row.coin}: {row.side} cluster grew by {percent_text(growth, 0)} in {within}",
        text=f"{_span(row).capitalize()} holds {percent_text(growth, 1)} more coins than {within} ago, "
        f"{usd_text(row.notional)} at the mark in {_count(row.position_count)}.",
        figures=[("growth", growth, "%"), *_cluster_figures(row, row.notional)],
    )


def cluster_dissolved(row: ClusterRow) -> AlertMessage:
    """A cluster is none any more."""
    return _about(
        row,
        row.mark,
        title=f"{row.coin}: {row.side} cluster dissolved, {usd_text(row.notional)} when it was last found",
        text=f"{_span(row).capitalize()} ended at {time_text(row.time_ms)}: it had {usd_text(row.notional)} when it "
        f"was last found, and had stood for {_age(row)}. It merged into no other.",
        figures=_cluster_figures(row, row.notional),
    )


def cluster_swept(row: SweepRow) -> AlertMessage:
    """A sweep is over: what was liquidated of what stood there."""
    taken = row.liquidated_book + row.liquidated_backstop + row.deleveraged
    share = taken / row.size_at_entry if row.size_at_entry > 0.0 else None
    usd = None if share is None or row.usd_at_entry is None else share * row.usd_at_entry
    left = None if row.size_at_entry <= 0.0 else row.still_there / row.size_at_entry
    gap = " Some of it went unwatched (gap)." if row.gap else ""
    by_stop = None if left is None or row.closed_by_own_stop is None else row.closed_by_own_stop / row.size_at_entry
    stops = ""
    if row.closed_before + row.closed_after > 0.0:
        known = UNKNOWN if by_stop is None else f"{share_text(by_stop)}, known of {share_text(row.stop_coverage)} of it"
        stops = f" Closed by own stops before: {known}."
    return AlertMessage(
        title=f"{row.coin}: sweep of a {row.side} cluster over, {usd_text(usd)} of {usd_text(row.usd_at_entry)} "
        "liquidated",
        text=f"The mark entered {price_text(row.price_low)} to {price_text(row.price_high)} at "
        f"{time_text(row.entered_ms)}. Of {usd_text(row.usd_at_entry)} that stood there {share_text(share)} was "
        f"liquidated ({row.outcome.replace('_', ' ')}); {share_text(left)} still stands. Overshoot beyond the span: "
        f"{UNKNOWN if row.overshoot_bp is None else f'{row.overshoot_bp:.1f} bp'}.{stops}{gap}",
        figures=[
            ("stood_there", row.usd_at_entry, "USD"),
            ("liquidated", usd, "USD"),
            ("liquidated_share", share, "share"),
            ("residual", row.still_there, "coins"),
            ("residual_share", left, "share"),
            ("closed_by_own_stop_share", by_stop, "share"),
            ("stop_coverage", row.stop_coverage, "share"),
            ("overshoot", row.overshoot_bp, "bp"),
        ],
        side=_side(row.side),
        price=row.extreme_mark,
        cluster_id=row.cluster_id,
    )


def liquidation(event: LiquidationSeen) -> AlertMessage:
    """A position was liquidated."""
    how = f"by {event.method}" if event.method != "none" else "by an unknown method"
    return AlertMessage(
        title=f"{event.coin}: {event.side} liquidated, {usd_text(event.notional)}",
        text=f"A {event.side} of {event.address}, {usd_text(event.notional)}, was closed {how} at "
        f"{price_text(event.price)}; our level was {price_text(event.level)}. How it is known: {event.evidence}.",
        figures=[
            ("notional", event.notional, "USD"),
            ("price", event.price, "USD"),
            ("level", event.level, "USD"),
            ("mark", event.mark, "USD"),
        ],
        side=event.side,
        price=event.price,
        mark=event.mark,
        address=event.address,
    )


def cascade_state(row: CascadeRow) -> AlertMessage:
    """A run of liquidations has another state."""
    return AlertMessage(
        title=f"{row.coin}: cascade of {row.side}s is {row.state}",
        text=f"{usd_text(row.rate_usd)} a minute is liquidated against a threshold of {usd_text(row.threshold_usd)}; "
        f"{usd_text(row.liquidated_usd)} in all so far. {usd_text(row.fuel_ahead_usd)} stands in levels ahead of "
        "the mark.",
        figures=[
            ("rate", row.rate_usd, "USD"),
            ("threshold", row.threshold_usd, "USD"),
            ("liquidated", row.liquidated_usd, "USD"),
            ("ahead", row.fuel_ahead_usd, "USD"),
        ],
        side=_side(row.side),
        price=row.extreme_mark,
    )


def margin_added(moved: CashReceived) -> AlertMessage:
    """An account received cash."""
    where = "its cross pool" if moved.coin is None else f"its isolated {moved.coin}"
    how = (
        "Nobody wrote it down: at the next reading it held so much more, with the same positions."
        if moved.is_inferred
        else "It was written down as a deposit or transfer."
    )
    return AlertMessage(
        title=f"{_short(moved.address)}: margin added, {usd_text(moved.usd)}",
        text=f"{moved.address} received {usd_text(moved.usd)} in {where}. {how}",
        figures=[("received", moved.usd, "USD")],
        address=moved.address,
    )


def asymmetry(rule: Rule, coin: str, imbalance: float) -> AlertMessage:
    """Levels above and below the mark are as uneven as asked."""
    return AlertMessage(
        title=f"{coin}: asymmetry within {rule.distance:g} % is {imbalance:+.2f}",
        text=f"(Shorts above - longs below) / (both) within {rule.distance:g} % of the mark is {imbalance:+.2f}"
        f"{_limit(rule)}. It describes where levels stand, and nothing else.",
        figures=[("imbalance", imbalance, "share")],
    )


def funding(rule: Rule, coin: str, percent: float) -> AlertMessage:
    """Funding passed a limit."""
    return AlertMessage(
        title=f"{coin}: funding {percent:+.4f} % per 8 h",
        text=f"The full hour paid last comes to {percent:+.4f} % per 8 hours{_limit(rule)}; "
        "longs pay where it is above 0.",
        figures=[("funding_8h", percent, "%")],
    )


def open_interest(rule: Rule, coin: str, change: float, coins: float) -> AlertMessage:
    """Open interest changed."""
    assert rule.minutes is not None
    within = duration_text(rule.minutes * MINUTE_MS)
    return AlertMessage(
        title=f"{coin}: open interest {change:+.1f} % in {within}",
        text=f"Open interest is {coins:,.6g} {coin}, one side, {change:+.2f} % against {within} ago.",
        figures=[("change", change, "%"), ("open_interest", coins, "coins")],
    )


def coverage(rule: Rule, coin: str | None, share: float) -> AlertMessage:
    """The map holds less of the market than asked."""
    whole = coin or "all coins"
    return AlertMessage(
        title=f"{whole}: the map holds {share_text(share)} of the open interest",
        text=f"The positions of this map are {share_text(share)} of the open interest of {whole}, below "
        f"{share_text(rule.below)}: clusters may be larger than they show.",
        figures=[("coverage", share, "share")],
    )


def stale(minutes: float) -> AlertMessage:
    """The map shows nothing new."""
    silent = duration_text(minutes * MINUTE_MS)
    return AlertMessage(
        title=f"The map is stale: nothing new for {silent}",
        text=f"No live frame came for {silent}. Levels and marks are as they last were; other rules cannot fire "
        "meanwhile.",
        figures=[("silence", minutes * MINUTE_MS, "ms")],
    )


def _span(row: ClusterRow) -> str:
    return f"the {row.side} cluster {price_text(row.price_low)} to {price_text(row.price_high)}"


def _age(row: ClusterRow) -> str:
    return f"{duration_text(row.age_ms)}{' at least' if row.is_age_at_least else ''}"


def _count(count: int | None) -> str:
    if count is None:
        return "an unknown number of positions"
    return f"{count} position{'' if count == 1 else 's'}"


def _cluster_figures(row: ClusterRow, usd: float | None) -> Figures:
    count = None if row.position_count is None else float(row.position_count)
    return [
        ("low", row.price_low, "USD"),
        ("high", row.price_high, "USD"),
        ("notional", usd, "USD"),
        ("positions", count, "positions"),
        ("age", float(row.age_ms), "ms"),
    ]


def _about(row: ClusterRow, mark: float | None, *, title: str, text: str, figures: Figures) -> AlertMessage:
    return AlertMessage(
        title=title,
        text=text,
        figures=figures,
        side=_side(row.side),
        price=row.price_peak,
        mark=mark,
        cluster_id=row.cluster_id,
    )


def _side(word: str) -> SideWord | None:
    return "long" if word == "long" else "short" if word == "short" else None


def _away(mark: float, low: float, high: float) -> float:
    return 100.0 * max(low - mark, mark - high, 0.0) / mark


def _beside(mark: float, price: float) -> str:
    if mark == price:
        return "at"
    return f"{percent_text(abs(100.0 * (price / mark - 1.0)))} {'above' if mark > price else 'below'}"


def _short(address: str) -> str:
    return f"{address[:6]}...{address[-4:]}"


def _limit(rule: Rule) -> str:
    limits = [
        f"{word} {value:g}" for word, value in (("above", rule.above), ("below", rule.below)) if value is not None
    ]
    return f" (asked: {' or '.join(limits)})"

"""Rules that the figures of an account state keep; each function gives the error of what breaks one, or raises it."""

from __future__ import annotations

from collections.abc import Sequence

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import finite, join_path, refuse
from liqscape.wire.info.clearinghouse_state import (
    CENT_USD,
    LARGEST_TIME_MS,
    SUM_TOLERANCE,
    AssetPosition,
    ClearinghouseState,
    MarginSummary,
    Position,
    is_sum,
)
from liqscape.wire.printed import parse_printed

MAX_COIN = 40


def is_coin_name(coin: str) -> bool:
    """A name that may be shown."""
    return 0 < len(coin) <= MAX_COIN and coin.isprintable()


def check_time(time_ms: int, source: str, path: str) -> None:
    """Raises RemoteWireError for what is no time of this exchange."""
    if not 0 <= time_ms <= LARGEST_TIME_MS:
        raise refuse(source, join_path(path, "time"), time_ms, "is not a time in milliseconds since 1970")


def check_summary(summary: MarginSummary, source: str, path: str) -> None:
    """Raises RemoteWireError where a figure is not finite, or a notional negative."""
    for field in ("accountValue", "totalNtlPos", "totalRawUsd"):
        least = 0.0 if field == "totalNtlPos" else -1e18
        finite(getattr(summary, field), source, join_path(path, field), least=least)


def check_maintenance(state: ClearinghouseState, source: str, path: str) -> None:
    """Raises RemoteWireError where cross maintenance is no amount."""
    finite(state.crossMaintenanceMarginUsed, source, join_path(path, "crossMaintenanceMarginUsed"), least=0.0)


def check_position(position: Position, source: str, place: str) -> None:
    """Raises RemoteWireError for the first figure of a position that cannot be. A size of zero is looked at before."""
    if not is_coin_name(position.coin):
        raise refuse(source, f"{place}.coin", position.coin, "is not a coin name")
    finite(position.szi, source, f"{place}.szi")
    finite(position.positionValue, source, f"{place}.positionValue")
    if not position.positionValue > 0.0:
        raise refuse(source, f"{place}.positionValue", position.positionValue, "must be above 0")
    finite(position.mark, source, f"{place}.positionValue / szi")
    finite(position.leverage.value, source, f"{place}.leverage.value", least=0.0)
    if position.maxLeverage is not None and not 1 <= position.maxLeverage <= 1_000:
        raise refuse(source, f"{place}.maxLeverage", position.maxLeverage, "is outside 1..1000")
    if position.is_isolated and position.leverage.rawUsd is None:
        raise refuse(source, f"{place}.leverage.rawUsd", None, "is missing, an isolated position has its own cash leg")
    for name, value in (("leverage.rawUsd", position.leverage.rawUsd), ("marginUsed", position.marginUsed)):
        if value is not None:
            finite(value, source, f"{place}.{name}")
    if position.entryPx is not None:
        finite(position.entryPx, source, f"{place}.entryPx", least=0.0)
    if position.liquidationPx is not None:
        price = parse_printed(position.liquidationPx, source, f"{place}.liquidationPx")
        if not price.value > 0.0:
            raise refuse(source, f"{place}.liquidationPx", position.liquidationPx, "must be above 0 or null")
    _check_pocket(position, source, place)


def cross_fault(
    summary: MarginSummary, rows: Sequence[AssetPosition], source: str, path: str, *, may_be_abridged: bool
) -> RemoteWireError | None:
    """What is wrong with the sums: cross positions add up to the totals, the totals agree with the cash leg."""
    cross = [row.position for row in rows if not row.position.is_isolated]
    shown = sum(position.positionValue for position in cross)
    if not is_sum(summary.totalNtlPos, cross):
        if may_be_abridged and shown < summary.totalNtlPos:
            return None
        rule = f"differs from the sum of positionValue over its cross positions, {shown:.6f}"
        return refuse(source, join_path(path, "crossMarginSummary.totalNtlPos"), summary.totalNtlPos, rule)
    value = summary.totalRawUsd + sum(position.szi * position.mark for position in cross)
    if abs(value - summary.accountValue) > SUM_TOLERANCE * (abs(summary.totalRawUsd) + shown) + CENT_USD:
        rule = f"differs from totalRawUsd plus the sum of szi * mark, {value:.6f}"
        return refuse(source, join_path(path, "crossMarginSummary.accountValue"), summary.accountValue, rule)
    return None


def _check_pocket(position: Position, source: str, place: str) -> None:
    """An isolated pocket holds what it says."""
    raw_usd = position.leverage.rawUsd
    if not position.is_isolated or raw_usd is None or position.marginUsed is None:
        return
    held = raw_usd + position.szi * position.mark
    if abs(held - position.marginUsed) > SUM_TOLERANCE * (abs(raw_usd) + position.positionValue) + CENT_USD:
        rule = f"and rawUsd give {held:.6f} USD in the pocket, marginUsed says {position.marginUsed:.6f}"
        raise refuse(source, f"{place}.positionValue", position.positionValue, rule)

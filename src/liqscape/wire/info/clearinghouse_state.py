"""`{"type": "clearinghouseState", "user", "dex"}`: margin and positions of one account in one dex.

Fields and their meaning: docs/venue.md. `positionValue` is abs(szi) * mark, exact; `crossMarginSummary` leaves
isolated pockets out; `leverage.rawUsd` is the cash leg of an isolated pocket; `liquidationPx` null means that no
positive mark liquidates. An answer without its margin figures is a failure, whatever its HTTP status.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from liqscape.wire.decode import convert_record, decode_record, finite, join_path, refuse
from liqscape.wire.printed import parse_printed

LARGEST_TIME_MS = 10**14
"""Year 5138."""

SUM_TOLERANCE = 1e-6
"""Relative: the venue's sums agree to 1e-12; half a figure changed does not."""


class MarginSummary(msgspec.Struct, frozen=True):
    """USD: equity, sum of notional, signed cash leg, sum of `marginUsed`."""

    accountValue: float
    totalNtlPos: float
    totalRawUsd: float
    totalMarginUsed: float | None = None


class Leverage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The user's setting; `rawUsd` with type isolated only."""

    plain_numbers: ClassVar = ("value",)

    type: Literal["cross", "isolated"]
    value: float
    rawUsd: float | None = None


class CumulativeFunding(msgspec.Struct, frozen=True):
    """USD paid (> 0) or received: ever, since the position was opened, since it last changed."""

    allTime: float
    sinceOpen: float
    sinceChange: float


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """One netted position. `maxLeverage` is the first tier of the position's own margin table."""

    coin: str
    szi: float
    leverage: Leverage
    positionValue: float
    liquidationPx: str | float | None
    maxLeverage: int | None = None
    entryPx: float | None = None
    marginUsed: float | None = None
    unrealizedPnl: float | None = None
    returnOnEquity: float | None = None
    cumFunding: CumulativeFunding | None = None

    @property
    def mark(self) -> float:
        """USD, the mark in force when the state was made."""
        return self.positionValue / abs(self.szi)

    @property
    def is_isolated(self) -> bool:
        return self.leverage.type == "isolated"


class AssetPosition(msgspec.Struct, frozen=True):
    position: Position
    type: str = "oneWay"


class ClearinghouseState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of one account in one dex."""

    marginSummary: MarginSummary
    crossMarginSummary: MarginSummary
    crossMaintenanceMarginUsed: float
    assetPositions: tuple[AssetPosition, ...]
    time: int
    withdrawable: float | None = None

    @property
    def cross_positions(self) -> tuple[Position, ...]:
        return tuple(row.position for row in self.assetPositions if not row.position.is_isolated)

    @property
    def shows_all_positions(self) -> bool:
        """The cross positions given add up to the account's own total."""
        shown = sum(position.positionValue for position in self.cross_positions)
        total = self.crossMarginSummary.totalNtlPos
        return abs(shown - total) <= SUM_TOLERANCE * max(shown, total) + 0.01


def parse_clearinghouse_state(content: bytes, source: str) -> ClearinghouseState:
    """One answer of the venue. Raises RemoteWireError naming source, field path, value and rule."""
    return check_clearinghouse_state(decode_record(content, ClearinghouseState, source), source)


def convert_clearinghouse_state(
    value: object, source: str, path: str, *, may_be_abridged: bool = False
) -> ClearinghouseState:
    """The same out of a decoded wrapper; `may_be_abridged` allows positions to be left out."""
    state = convert_record(value, ClearinghouseState, source, path)
    return check_clearinghouse_state(state, source, path, may_be_abridged=may_be_abridged)


def check_clearinghouse_state(
    state: ClearinghouseState, source: str, path: str = "", *, may_be_abridged: bool = False
) -> ClearinghouseState:
    """The state itself, if its figures are finite, fit together and name every coin once."""
    for name in ("marginSummary", "crossMarginSummary"):
        summary: MarginSummary = getattr(state, name)
        for field in ("accountValue", "totalNtlPos", "totalRawUsd"):
            least = 0.0 if field == "totalNtlPos" else -1e18
            finite(getattr(summary, field), source, join_path(path, f"{name}.{field}"), least=least)
    field = join_path(path, "crossMaintenanceMarginUsed")
    finite(state.crossMaintenanceMarginUsed, source, field, least=0.0)
    if not 0 <= state.time <= LARGEST_TIME_MS:
        raise refuse(source, join_path(path, "time"), state.time, "is not a time in milliseconds since 1970")
    seen: dict[str, int] = {}
    for row, asset in enumerate(state.assetPositions):
        place = join_path(path, f"assetPositions[{row}].position")
        _check_position(asset.position, source, place)
        if asset.position.coin in seen:
            rule = f"is held twice, also at assetPositions[{seen[asset.position.coin]}]"
            raise refuse(source, f"{place}.coin", asset.position.coin, rule)
        seen[asset.position.coin] = row
    _check_sums(state, source, path, may_be_abridged)
    return state


def _check_position(position: Position, source: str, place: str) -> None:
    if not position.coin or len(position.coin) > 40 or not position.coin.isprintable():
        raise refuse(source, f"{place}.coin", position.coin, "is not a coin name")
    finite(position.szi, source, f"{place}.szi")
    if position.szi == 0.0:
        raise refuse(source, f"{place}.szi", position.szi, "is zero, a position has a size")
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


def _check_sums(state: ClearinghouseState, source: str, path: str, may_be_abridged: bool) -> None:
    """Cross positions add up to the totals; the totals agree with the cash leg; pockets hold what they say."""
    for row, asset in enumerate(state.assetPositions):
        position, raw_usd = asset.position, asset.position.leverage.rawUsd
        if position.is_isolated and raw_usd is not None and position.marginUsed is not None:
            held = raw_usd + position.szi * position.mark
            if abs(held - position.marginUsed) > SUM_TOLERANCE * (abs(raw_usd) + position.positionValue) + 0.01:
                place = join_path(path, f"assetPositions[{row}].position.positionValue")
                rule = f"and rawUsd give {held:.6f} USD in the pocket, marginUsed says {position.marginUsed:.6f}"
                raise refuse(source, place, position.positionValue, rule)
    cross, summary = state.cross_positions, state.crossMarginSummary
    shown = sum(position.positionValue for position in cross)
    if not state.shows_all_positions:
        if may_be_abridged and shown < summary.totalNtlPos:
            return
        rule = f"differs from the sum of positionValue over its cross positions, {shown:.6f}"
        raise refuse(source, join_path(path, "crossMarginSummary.totalNtlPos"), summary.totalNtlPos, rule)
    value = summary.totalRawUsd + sum(position.szi * position.mark for position in cross)
    if abs(value - summary.accountValue) > SUM_TOLERANCE * (abs(summary.totalRawUsd) + shown) + 0.01:
        rule = f"differs from totalRawUsd plus the sum of szi * mark, {value:.6f}"
        raise refuse(source, join_path(path, "crossMarginSummary.accountValue"), summary.accountValue, rule)

"""Account states read as far as they can be: what a row that cannot be read leaves unknown, and what stands.

The principle (docs/architecture.md, "One bad row"): a row known not to matter, as a closed leg still listed with size
zero, is skipped and counted. A row that enters a sum and cannot be read makes its pool unknown: the cross pool where
the row is or may be cross, the pocket where it is isolated. Nothing of that pool is solved without the row; other
pools stand. Only a state without its frame (no list of positions, no time, no margin figures at all) is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import LARGEST_NUMBER, convert_record, decode_loosely, decode_record, join_path, refuse
from liqscape.wire.info.clearinghouse_state import (
    AssetPosition,
    ClearinghouseState,
    Leverage,
    MarginSummary,
    PartialState,
    Position,
)
from liqscape.wire.info.state_rules import (
    check_maintenance,
    check_position,
    check_summary,
    check_time,
    cross_fault,
    is_coin_name,
)

ENTERS_A_SUM = ("coin", "szi", "leverage", "positionValue", "liquidationPx", "maxLeverage")
"""Fields of a position that a level depends on; the others are only shown beside it."""


@dataclass(kw_only=True)
class _Found:
    """What is gathered while a state is looked through."""

    source: str
    path: str
    rows: dict[int, AssetPosition] = field(default_factory=dict)
    """By their number in the state."""
    errors: list[RemoteWireError] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Figures of the frame whose error is told already."""
    unknown_coins: set[str] = field(default_factory=set)
    is_cross_unknown: bool = False
    has_lost_row: bool = False
    skipped_count: int = 0


def read_clearinghouse_state(content: bytes, source: str) -> ClearinghouseState:
    """One answer of the venue, as far as it can be read. Raises RemoteWireError for a state without its frame."""
    try:
        state = decode_record(content, ClearinghouseState, source)
    except RemoteWireError:
        return read_state_value(decode_loosely(content, source), source)
    return judge_state(state, source)


def read_state_value(
    value: object, source: str, path: str = "", *, may_be_abridged: bool = False
) -> ClearinghouseState:
    """The same out of decoded JSON; `may_be_abridged` allows positions to be left out of it."""
    try:
        state = convert_record(value, ClearinghouseState, source, path)
    except RemoteWireError as error:
        found = _Found(source=source, path=path)
        return _judge(_frame(value, error, found), found, may_be_abridged=may_be_abridged)
    return judge_state(state, source, path, may_be_abridged=may_be_abridged)


def parse_clearinghouse_state(content: bytes, source: str) -> ClearinghouseState:
    """One answer of the venue, all of it. Raises RemoteWireError naming source, field path, value and rule."""
    return check_clearinghouse_state(decode_record(content, ClearinghouseState, source), source)


def check_clearinghouse_state(
    state: ClearinghouseState, source: str, path: str = "", *, may_be_abridged: bool = False
) -> ClearinghouseState:
    """The state without closed legs. Raises the first RemoteWireError of what breaks a rule."""
    found = _gather(state, source, path)
    judged = _judge(state, found, may_be_abridged=may_be_abridged)
    for error in found.errors:
        raise error
    return judged


def judge_state(
    state: ClearinghouseState, source: str, path: str = "", *, may_be_abridged: bool = False
) -> ClearinghouseState:
    """The state itself where all of it is sound, else what is left of it. Raises RemoteWireError for its time."""
    if isinstance(state, PartialState):
        return state
    return _judge(state, _gather(state, source, path), may_be_abridged=may_be_abridged)


def without_closed_legs(state: ClearinghouseState) -> ClearinghouseState:
    """The same without positions of size zero, their number kept; the state itself where it lists none."""
    for asset in state.assetPositions:
        if asset.position.szi == 0.0:
            break
    else:
        return state
    rows = tuple(asset for asset in state.assetPositions if asset.position.szi != 0.0)
    return _left_of(state, rows, len(state.assetPositions) - len(rows))


def reported_notional(content: bytes) -> float:
    """USD of all positions of an account by its own total; NaN where that cannot be read either."""
    try:
        summary = decode_loosely(content, "")["marginSummary"]["totalNtlPos"]
    except (RemoteWireError, LookupError, TypeError):
        return nan
    amount = _number(summary)
    return amount if 0.0 <= amount <= LARGEST_NUMBER else nan


def _gather(state: ClearinghouseState, source: str, path: str) -> _Found:
    found = _Found(source=source, path=path)
    for row, asset in enumerate(state.assetPositions):
        _take(row, asset, found)
    return found


def _frame(value: object, error: RemoteWireError, found: _Found) -> ClearinghouseState:
    """What can be read of the frame's figures, the others not a number; the rows go to `found`."""
    if not isinstance(value, dict) or not isinstance(value.get("assetPositions"), list):
        raise error
    source, path = found.source, found.path
    if "time" not in value:
        raise error
    time_ms = convert_record(value["time"], int, source, join_path(path, "time"))
    whole, cross, maintenance = (_figure(value, name, found) for name in _FIGURES)
    if whole is None and cross is None and maintenance is None:
        raise error
    for row, item in enumerate(value["assetPositions"]):
        _read_row(row, item, found)
    unread = MarginSummary(nan, nan, nan)
    return ClearinghouseState(
        marginSummary=whole or unread,
        crossMarginSummary=cross or unread,
        crossMaintenanceMarginUsed=nan if maintenance is None else maintenance,
        assetPositions=(),
        time=time_ms,
    )


def _figure(value: dict[str, Any], name: str, found: _Found) -> Any:
    """One figure of the frame; None where it cannot be read."""
    reported = {name: value[name]} if name in value else {}
    if isinstance(value.get(name), dict) and _is_unread(value[name].get("totalMarginUsed")):
        # It enters no sum, so it is no reason to lose the others.
        reported[name] = {field: figure for field, figure in value[name].items() if field != "totalMarginUsed"}
        found.skipped_count += 1
    try:
        return getattr(convert_record(reported, _FIGURES[name], found.source, found.path), name)
    except RemoteWireError as error:
        found.errors.append(error)
        found.unread.add(name)
        return None


def _is_unread(value: object) -> bool:
    """A figure that is there and says nothing."""
    return value is not None and not abs(_number(value)) <= LARGEST_NUMBER


def _read_row(row: int, item: object, found: _Found) -> None:
    """A row as it came: whole, without the fields that enter no sum, or lost."""
    place = join_path(found.path, f"assetPositions[{row}]")
    held = item.get("position") if isinstance(item, dict) else None
    if not isinstance(held, dict):
        held = {}
    size = _number(held.get("szi"))
    if size == 0.0:
        found.skipped_count += 1
        return
    try:
        asset = convert_record(item, AssetPosition, found.source, place)
    except RemoteWireError as error:
        try:
            needed = {name: held[name] for name in ENTERS_A_SUM if name in held}
            asset = AssetPosition(convert_record(needed, Position, found.source, f"{place}.position"))
            found.skipped_count += 1
        except RemoteWireError:
            leverage = held.get("leverage")
            is_isolated = isinstance(leverage, dict) and leverage.get("type") == "isolated"
            _lose(
                row, found, error, held.get("coin"), size, _number(held.get("positionValue")), is_isolated=is_isolated
            )
            return
    _take(row, asset, found)


def _take(row: int, asset: AssetPosition, found: _Found) -> None:
    """A row that has the right shape, by its values."""
    position = asset.position
    if position.szi == 0.0:
        found.skipped_count += 1
        return
    absurd = [name for name in ("entryPx", "marginUsed") if _is_unread(getattr(position, name))]
    if position.entryPx is not None and position.entryPx < 0.0:
        absurd.append("entryPx")
    if absurd:
        # Only shown, or a check beside the sums: no reason to lose the position.
        position = msgspec.structs.replace(position, **dict.fromkeys(absurd))
        asset = msgspec.structs.replace(asset, position=position)
        found.skipped_count += 1
    try:
        check_position(position, found.source, join_path(found.path, f"assetPositions[{row}].position"))
    except RemoteWireError as error:
        is_isolated = position.is_isolated
        _lose(row, found, error, position.coin, position.szi, position.positionValue, is_isolated=is_isolated)
        return
    found.rows[row] = asset


def _lose(
    row: int, found: _Found, error: RemoteWireError, coin: object, size: float, value: float, *, is_isolated: bool
) -> None:
    """A row that enters a sum and cannot be read; it stays listed where coin and size can be read."""
    found.errors.append(error)
    found.is_cross_unknown |= not is_isolated
    if not isinstance(coin, str) or not is_coin_name(coin) or not abs(size) <= LARGEST_NUMBER:
        found.has_lost_row = True
        return
    leverage = Leverage("isolated" if is_isolated else "cross", nan)
    is_value = isfinite(value) and 0.0 < value <= LARGEST_NUMBER
    found.rows[row] = AssetPosition(
        Position(coin=coin, szi=size, leverage=leverage, positionValue=value if is_value else nan, liquidationPx=None)
    )
    found.unknown_coins.add(coin)


def _judge(state: ClearinghouseState, found: _Found, *, may_be_abridged: bool) -> ClearinghouseState:
    """The state itself where nothing was found and all sums agree."""
    source, path = found.source, found.path
    check_time(state.time, source, path)
    found.is_cross_unknown |= not found.unread.isdisjoint(("crossMarginSummary", "crossMaintenanceMarginUsed"))
    for name, check in _CHECKS.items():
        if name not in found.unread:
            try:
                check(state, source, path)
            except RemoteWireError as error:
                found.errors.append(error)
                found.is_cross_unknown |= name != "marginSummary"
    _drop_doubles(found)
    rows = tuple(found.rows.values())
    if not found.is_cross_unknown:
        fault = cross_fault(state.crossMarginSummary, rows, source, path, may_be_abridged=may_be_abridged)
        if fault is not None:
            found.errors.append(fault)
            found.is_cross_unknown = True
    if not found.errors and not found.skipped_count and len(rows) == len(state.assetPositions):
        return state
    return _left_of(
        state,
        rows,
        found.skipped_count,
        tuple(str(error) for error in found.errors),
        is_cross_unknown=found.is_cross_unknown,
        unknown_coins=frozenset(found.unknown_coins),
        has_lost_row=found.has_lost_row,
    )


def _drop_doubles(found: _Found) -> None:
    """A coin held twice: which row is true is unknown, so both are unknown and one is listed."""
    first: dict[str, int] = {}
    for row, asset in list(found.rows.items()):
        coin = asset.position.coin
        before = first.setdefault(coin, row)
        if before == row:
            continue
        place = join_path(found.path, f"assetPositions[{row}].position.coin")
        found.errors.append(refuse(found.source, place, coin, f"is held twice, also at assetPositions[{before}]"))
        found.unknown_coins.add(coin)
        found.is_cross_unknown |= not (asset.position.is_isolated and found.rows[before].position.is_isolated)
        del found.rows[row]


def _left_of(
    state: ClearinghouseState,
    rows: tuple[AssetPosition, ...],
    skipped_count: int,
    faults: tuple[str, ...] = (),
    *,
    is_cross_unknown: bool = False,
    unknown_coins: frozenset[str] = frozenset(),
    has_lost_row: bool = False,
) -> PartialState:
    return PartialState(
        marginSummary=state.marginSummary,
        crossMarginSummary=state.crossMarginSummary,
        crossMaintenanceMarginUsed=state.crossMaintenanceMarginUsed,
        assetPositions=rows,
        time=state.time,
        withdrawable=state.withdrawable,
        skipped_count=skipped_count,
        faults=faults,
        is_cross_unknown=is_cross_unknown,
        unknown_coins=unknown_coins,
        has_lost_row=has_lost_row,
    )


def _number(value: object) -> float:
    """A decimal as the venue writes one; NaN for anything else."""
    try:
        return convert_record(value, float, "", "")
    except RemoteWireError:
        return nan


_CHECKS: dict[str, Callable[[ClearinghouseState, str, str], None]] = {
    "marginSummary": lambda state, source, path: check_summary(
        state.marginSummary, source, join_path(path, "marginSummary")
    ),
    "crossMarginSummary": lambda state, source, path: check_summary(
        state.crossMarginSummary, source, join_path(path, "crossMarginSummary")
    ),
    "crossMaintenanceMarginUsed": check_maintenance,
}
"""Rules of the frame's figures; the first one tells of the whole account and backs no position."""

_FIGURES: dict[str, Any] = {
    name: msgspec.defstruct("Figure", [(name, kind)], frozen=True)
    for name, kind in (
        ("marginSummary", MarginSummary),
        ("crossMarginSummary", MarginSummary),
        ("crossMaintenanceMarginUsed", float),
    )
}
"""One figure of the frame each, so that an absent one is told by its name."""

"""Group forced closings into liquidations: hits of one account and market that follow each other are one event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan, nan

from liqscape.errors import ModelError
from liqscape.ledger.columns import HitColumn, HitValueColumn
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.model.trades import Fills
from liqscape.units import Float64Array, Int64Array

NO_TRADE = -1


@dataclass(frozen=True)
class Recognition:
    """When a public print counts as a liquidation, and which rows are one event."""

    tolerance: float = 0.002
    """Share of our level by which the mark may be short of it: marks come every 3 s, fees are assumed."""
    max_mark_age_ms: int = 10_000
    """A print further away in time from the newest marks is not judged."""
    inferred_gap_ms: int = 2_000
    exact_gap_ms: int = 1_000
    """Rows of one account and market this close together are one event."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.tolerance <= 0.1:
            raise ModelError(f"tolerance of levels is {self.tolerance}, must be within 0 and 0.1")
        for name in ("max_mark_age_ms", "inferred_gap_ms", "exact_gap_ms"):
            if getattr(self, name) < 0:
                raise ModelError(f"{name} is {getattr(self, name)}, must not be negative")


@dataclass(kw_only=True)
class _Open:
    """An event that may still grow."""

    account: int
    market_index: int
    side: int
    method: LiquidationMethod
    evidence: Evidence
    mark: float
    predicted_price: float
    first_ms: int
    last_ms: int
    account_value: float = nan
    fee: float = nan
    size: float = 0.0
    notional: float = 0.0
    count: int = 0
    victim_reported: dict[int, bool] = field(default_factory=dict)
    """By trade id: whether the row was the victim's own."""


class Closings:
    """Open events and those ready to be taken. Time is that of the events."""

    def __init__(self, recognition: Recognition) -> None:
        self.recognition = recognition
        self._open: dict[tuple[int, int, LiquidationMethod, Evidence], _Open] = {}
        self._ready: list[_Open] = []
        self._fresh: list[_Open] | None = None
        """Events that got ready since `new` was last asked; kept once somebody asks."""
        self._earliest_ms = 0
        """No open event is over before this."""

    def add_prints(self, hit: Int64Array, value: Float64Array) -> None:
        """Prints taken for liquidations, in order of time."""
        for row, figures in zip(hit.tolist(), value.tolist(), strict=True):
            key = (row[HitColumn.ACCOUNT], row[HitColumn.MARKET], LiquidationMethod.MARKET, Evidence.INFERRED)
            event = self._event(key, row, figures[HitValueColumn.MARK], figures, row[HitColumn.SIDE])
            self._grow(event, row, figures, is_victim=True)

    def add_fills(self, hit: Int64Array, value: Float64Array, fills: Fills, user: Int64Array) -> None:
        """Rows of fills that name a liquidated user; `user` (F,) account rows. Both sides of a fill count once."""
        cut = fills.is_deleveraged.nonzero()[0]
        deleveraged = set(zip(fills.market_index[cut].tolist(), fills.trade_id[cut].tolist(), strict=True))
        ordered = sorted(zip(hit.tolist(), value.tolist(), strict=True), key=lambda each: each[0][HitColumn.TIME_MS])
        for row, figures in ordered:
            fill, account, market = row[HitColumn.ROW], row[HitColumn.ACCOUNT], row[HitColumn.MARKET]
            method = LiquidationMethod(int(fills.method[fill]))
            if method is LiquidationMethod.BACKSTOP and (market, row[HitColumn.TRADE_ID]) in deleveraged:
                method = LiquidationMethod.ADL
            is_victim = int(user[fill]) == account
            if row[HitColumn.TRADE_ID] == NO_TRADE and not is_victim:
                continue  # it cannot be distinguished from the victim's own row
            is_sold = (fills.size[fill] < 0.0) == is_victim
            key = (account, market, method, Evidence.EXACT)
            event = self._event(key, row, float(fills.trigger_mark[fill]), figures, 1 if is_sold else -1)
            self._grow(event, row, figures, is_victim=is_victim, fee=float(fills.fee[fill]))
            self._drop_inferred(account, market, event)

    def release(self, now_ms: int) -> None:
        """Events whose gap has passed are ready."""
        if not self._open or now_ms <= self._earliest_ms:
            return
        for key, event in list(self._open.items()):
            if now_ms > event.last_ms + self._gap_ms(event.evidence):
                self._finish(self._open.pop(key))
        ends = [event.last_ms + self._gap_ms(event.evidence) for event in self._open.values()]
        self._earliest_ms = min(ends, default=0)

    def flush(self) -> None:
        """All events are ready, as after the last record."""
        for event in self._open.values():
            self._finish(event)
        self._open.clear()

    def take(self, names: Sequence[str]) -> tuple[Liquidation, ...]:
        """Ready events, by time. names: addresses by account."""
        taken = [_liquidation(event, names) for event in self._ready]
        self._ready = []
        return tuple(sorted(taken, key=lambda event: (event.first_ms, event.address, event.market_index)))

    def new(self, names: Sequence[str]) -> tuple[Liquidation, ...]:
        """Those that got ready since this was last asked, in that order, whoever takes them; none the first time."""
        if not self._fresh:
            self._fresh = []
            return ()
        fresh, self._fresh = self._fresh, []
        return tuple(_liquidation(event, names) for event in fresh)

    def _finish(self, event: _Open) -> None:
        self._ready.append(event)
        if self._fresh is not None:
            self._fresh.append(event)

    def _gap_ms(self, evidence: Evidence) -> int:
        rules = self.recognition
        return rules.exact_gap_ms if evidence is Evidence.EXACT else rules.inferred_gap_ms

    def _event(
        self,
        key: tuple[int, int, LiquidationMethod, Evidence],
        row: list[int],
        mark: float,
        figures: list[float],
        side: int,
    ) -> _Open:
        """The open event a row belongs to; a new one where the last is over."""
        event, time_ms = self._open.get(key), row[HitColumn.TIME_MS]
        if event is not None:
            gap_ms = self._gap_ms(event.evidence)
            if event.side == side and event.first_ms - gap_ms <= time_ms <= event.last_ms + gap_ms:
                return event
            self._finish(self._open.pop(key))
        account, market, method, evidence = key
        event = _Open(
            account=account,
            market_index=market,
            side=side,
            method=method,
            evidence=evidence,
            mark=mark,
            predicted_price=figures[HitValueColumn.LEVEL],
            first_ms=time_ms,
            last_ms=time_ms,
        )
        over_ms = time_ms + self._gap_ms(evidence)  # it may last longer, not less
        self._earliest_ms = min(self._earliest_ms, over_ms) if self._open else over_ms
        self._open[key] = event
        return event

    @staticmethod
    def _grow(event: _Open, row: list[int], figures: list[float], *, is_victim: bool, fee: float = nan) -> None:
        trade_id = row[HitColumn.TRADE_ID]
        was_victim = event.victim_reported.get(trade_id) if trade_id != NO_TRADE else None
        if is_victim and not was_victim and not isnan(fee):
            event.fee = fee if isnan(event.fee) else event.fee + fee
        if was_victim is not None:
            event.victim_reported[trade_id] = was_victim or is_victim
            return
        if trade_id != NO_TRADE:
            event.victim_reported[trade_id] = is_victim
        event.size += figures[HitValueColumn.SIZE]
        event.notional += figures[HitValueColumn.SIZE] * figures[HitValueColumn.PRICE]
        event.account_value = figures[HitValueColumn.ACCOUNT_VALUE]
        event.first_ms, event.last_ms = (
            min(event.first_ms, row[HitColumn.TIME_MS]),
            max(event.last_ms, row[HitColumn.TIME_MS]),
        )
        event.count += 1

    def _drop_inferred(self, account: int, market: int, exact: _Open) -> None:
        """What the venue says itself takes the place of what its prints let us infer."""
        key = (account, market, LiquidationMethod.MARKET, Evidence.INFERRED)
        inferred = self._open.get(key)
        if inferred is not None and inferred.victim_reported.keys() & exact.victim_reported.keys():
            if isnan(exact.predicted_price) or inferred.first_ms <= exact.first_ms:
                exact.predicted_price = inferred.predicted_price
            del self._open[key]


def _liquidation(event: _Open, names: Sequence[str]) -> Liquidation:
    return Liquidation(
        address=names[event.account],
        market_index=event.market_index,
        side=event.side,
        size=event.size,
        price=event.notional / event.size,
        notional=event.notional,
        mark=event.mark,
        predicted_price=event.predicted_price,
        method=event.method,
        evidence=event.evidence,
        fee=event.fee,
        account_value=event.account_value,
        fill_count=event.count,
        first_ms=event.first_ms,
        last_ms=event.last_ms,
        trade_ids=tuple(sorted(event.victim_reported)),
    )

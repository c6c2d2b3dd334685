"""Tables of trigger orders in the result of a cascade (docs/cascade.md, "Stops and take-profits")."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.units import Float64Array, Int64Array


@dataclass(frozen=True, kw_only=True)
class TriggerRowsOfFlow:
    """Flow of trigger orders, one row a key. USD; only keys with flow have a row.

    sent at the mark, filled at its prices, of stops and of take-profits. slippage USD lost against the mark, > 0 a
    loss.
    """

    market_index: Int64Array
    stops_sent: Float64Array
    stops_filled: Float64Array
    profits_sent: Float64Array
    profits_filled: Float64Array
    orders: Int64Array
    slippage: Float64Array


@dataclass(frozen=True, kw_only=True)
class TriggerSeconds(TriggerRowsOfFlow):
    """One row a second and market."""

    second: Int64Array
    """Whole seconds from the start."""


@dataclass(frozen=True, kw_only=True)
class TriggerLevels(TriggerRowsOfFlow):
    """One row a band of 0.2 % and market: where the mark stood when they fired."""

    price_low: Float64Array
    price_high: Float64Array


@dataclass(frozen=True, kw_only=True)
class StopFlow:
    """Trigger orders of one run.

    loaded    orders taken along; left_out by reason, those that were not.
    fired     orders that fired; closed_before, orders that went with a position closed by something else, liquidation
              or another trigger; still_waiting at the end.
    """

    loaded: int
    left_out: dict[str, int]
    fired: int
    closed_before: int
    still_waiting: int
    per_second: TriggerSeconds
    per_level: TriggerLevels

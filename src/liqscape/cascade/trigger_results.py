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


@dataclass(frozen=True, kw_only=True)
class EnsembleStopLevels:
    """By band of 0.2 % and market, USD of trigger orders filled while the mark stood there, over members. (L,) rows.

    A row is a band in which orders of some member fired; a member in which none did there has a flow of 0, which is
    known. fired_share says in what part of the members some did.

    stops_filled, profits_filled   (L, Q) quantiles at the ensemble's `levels`.
    """

    market_index: Int64Array
    price_low: Float64Array
    price_high: Float64Array
    fired_share: Float64Array
    stops_filled: Float64Array
    profits_filled: Float64Array


@dataclass(frozen=True, kw_only=True)
class EnsembleStops:
    """Trigger orders of the runs of an ensemble, apart from its figures of liquidations. (N,) members.

    loaded, left_out   as in every run: what is drawn changes none of the orders.
    outcome    name -> (N,): stops_sent, stops_filled, profits_sent, profits_filled, slippage (USD over the run), fired,
               closed_before, still_waiting (orders).
    quantiles  name -> (Q,) over the members, at the ensemble's `levels`. Every member has every figure.
    """

    loaded: int
    left_out: dict[str, int]
    outcome: dict[str, Float64Array]
    quantiles: dict[str, Float64Array]
    per_level: EnsembleStopLevels

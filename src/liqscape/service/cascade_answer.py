"""From the results of a cascade to records: names for rows, null for unknown, tables cut where the API bounds them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from liqscape.cascade import CascadeResult, CascadeSettings, EnsembleResult, Mode
from liqscape.cascade.results import STAGE_ADL, STAGE_BACKSTOP, STAGE_ORDERS, Branching, FlowRows, PartialRows
from liqscape.cascade.trigger_results import EnsembleStops, StopFlow, TriggerRowsOfFlow
from liqscape.heatmap.clusters import Cluster
from liqscape.service.answers.cascade_records import (
    BranchingColumns,
    CascadeAnswer,
    CascadeInputReport,
    CascadeProgress,
    CascadeStops,
    CascadeTotals,
    CoinOutcome,
    CoinPath,
    EnsembleAnswer,
    EnsembleStopsAnswer,
    FateColumns,
    LevelColumns,
    ReachedCluster,
    SecondColumns,
    StopLevelColumns,
    StopLevelQuantiles,
    StopSecondColumns,
    WinnerColumns,
)
from liqscape.service.answers.parts import (
    MarginSourceShare,
    known,
    known_list,
    provenance_answer,
)
from liqscape.service.answers.unread import UnreadAccounts
from liqscape.service.market_inputs.market_input import MarketInput
from liqscape.units import AnyArray, Float64Array, Int64Array

STAGE_NAMES = {STAGE_ORDERS: "orders", STAGE_BACKSTOP: "backstop", STAGE_ADL: "adl"}
MODE_NAMES = {mode: mode.name.lower() for mode in Mode}


def progress_message(share: float, rows: PartialRows | None) -> CascadeProgress:
    """Progress of a run; an ensemble has no rows."""
    if rows is None:
        return CascadeProgress(share=share, sent=0.0, filled=0.0, backstop=0.0, adl=0.0, account_count=0)
    return CascadeProgress(
        share=share,
        sent=float(rows.sent.sum()),
        filled=float(rows.filled.sum()),
        backstop=float(rows.backstop.sum()),
        adl=float(rows.adl.sum()),
        account_count=int(rows.accounts.sum()),
    )


def cascade_answer(
    result: CascadeResult,
    market: MarketInput,
    settings: CascadeSettings,
    coin: str,
    target_price: float | None,
    shock_ms: int,
    *,
    max_points: int | None = None,
    max_rows: int | None = None,
) -> CascadeAnswer:
    """The record of a run.

    max_points  thins the paths to about that many samples (the last one stays); figures are of the whole run.
    max_rows    cuts winners, fates, seconds and levels to their first rows (levels: of the coins asked about first).
    """
    names = np.array(result.coins, np.str_)
    kept = _thinned(len(result.path.time_ms), max_points)
    winners, fates = result.winners, result.fates
    rows = slice(0, max_rows)
    return CascadeAnswer(
        is_simulated=True,
        provenance=provenance_answer(market.provenance),
        as_of_ms=result.start_ms,
        label=result.label,
        coin=coin,
        target_price=target_price,
        mark=market.mark_of(coin),
        mode=MODE_NAMES[Mode(result.mode)],
        horizon_ms=settings.horizon_ms,
        shock_ms=shock_ms,
        block_ms=settings.block_ms,
        seed=settings.seed,
        theta=settings.outside.theta,
        assumptions=[*market.notes, *result.assumptions],
        input=_input(result, market),
        totals=_totals(result),
        coins=_coins(result),
        first_adl_ms=result.first_adl_ms,
        per_second=SecondColumns(
            second=result.per_second.second[rows].tolist(),
            coin=names[result.per_second.market_index[rows]].tolist(),
            **_flow(result.per_second, rows),
        ),
        per_level=LevelColumns(
            coin=names[result.per_level.market_index[rows]].tolist(),
            price_low=result.per_level.price_low[rows].tolist(),
            price_high=result.per_level.price_high[rows].tolist(),
            **_flow(result.per_level, rows),
        ),
        path_ms=result.path.time_ms[kept].tolist(),
        paths=[_path(result, row, kept) for row in result.focus],
        vault_equity=[column.tolist() for column in result.vault_equity[kept].T],
        vault_dex=list(result.vault_dex),
        branching=[_branching(branching) for branching in result.branching],
        winners=WinnerColumns(
            time_ms=winners.time_ms[rows].tolist(),
            batch=winners.batch[rows].tolist(),
            rank=winners.rank[rows].tolist(),
            score=known_list(winners.score[rows]),
            address=list(winners.address[rows]),
            loser=list(winners.loser[rows]),
            coin=names[winners.market_index[rows]].tolist(),
            side=winners.side[rows].tolist(),
            size=winners.size[rows].tolist(),
            price=winners.price[rows].tolist(),
            closed_pnl=known_list(winners.closed_pnl[rows]),
            given_up_1s=known_list(winners.given_up_1s[rows]),
            given_up_5s=known_list(winners.given_up_5s[rows]),
            given_up_60s=known_list(winners.given_up_60s[rows]),
        ),
        winner_count=len(winners.address),
        fates=FateColumns(
            address=list(fates.address[rows]),
            coin=[None if row < 0 else result.coins[row] for row in fates.market_index[rows].tolist()],
            dex=list(fates.dex[rows]),
            first_ms=fates.first_ms[rows].tolist(),
            stage=[STAGE_NAMES[stage] for stage in fates.stage[rows].tolist()],
            **{
                name: getattr(fates, name)[rows].tolist()
                for name in ("sent", "filled", "backstop", "adl", "value_left", "exposure_left")
            },
        ),
        fate_count=len(fates.address),
        digest=result.digest,
        stops=None if result.triggers is None else _stops(result.triggers, names, rows),
    )


def ensemble_answer(
    result: EnsembleResult, market: MarketInput, central: CascadeAnswer | None, *, max_rows: int | None = None
) -> EnsembleAnswer:
    """The record of an ensemble; max_rows cuts its levels of stops to their first rows."""
    coins = market.cascade.snapshot.markets.coins
    return EnsembleAnswer(
        is_simulated=True,
        count=result.count,
        seed=result.seed,
        levels=list(result.levels),
        drawn={name: known_list(values) for name, values in result.drawn.items()},
        outcome={name: known_list(values) for name, values in result.outcome.items()},
        quantiles={name: known_list(values) for name, values in result.quantiles.items()},
        share_known=dict(result.share_known),
        assumptions=[*market.notes, *result.assumptions],
        digest=result.digest,
        central=central,
        stops=None if result.triggers is None else _stops_over_runs(result.triggers, coins, slice(0, max_rows)),
    )


def _stops_over_runs(stops: EnsembleStops, coins: tuple[str, ...], rows: slice) -> EnsembleStopsAnswer:
    levels = stops.per_level
    return EnsembleStopsAnswer(
        loaded=stops.loaded,
        left_out=dict(stops.left_out),
        outcome={name: values.tolist() for name, values in stops.outcome.items()},
        quantiles={name: values.tolist() for name, values in stops.quantiles.items()},
        per_level=StopLevelQuantiles(
            coin=[coins[row] for row in levels.market_index[rows].tolist()],
            **{
                name: getattr(levels, name)[rows].tolist()
                for name in ("price_low", "price_high", "fired_share", "stops_filled", "profits_filled")
            },
        ),
    )


def _input(result: CascadeResult, market: MarketInput) -> CascadeInputReport:
    report = result.report
    return CascadeInputReport(
        address_count=report.addresses,
        pool_count=report.pools,
        position_count=report.positions,
        left_out_pools=report.left_out_pools,
        real_books=report.real_books,
        parametric_books=report.parametric_books,
        markets_without_mark=report.markets_without_mark,
        coverage=market.coverage,
        margin_source_share=MarginSourceShare(**market.margin_source_share),
        unread=UnreadAccounts(**vars(market.left_out)),
    )


def _totals(result: CascadeResult) -> CascadeTotals:
    counted = {field.name: getattr(result.totals, field.name) for field in fields(result.totals)}
    return CascadeTotals(account_count=counted.pop("accounts"), **counted)


def _coins(result: CascadeResult) -> list[CoinOutcome]:
    path, flow = result.path, result.per_second
    outcomes = []
    for place, row in enumerate(result.focus):
        over, branching, reach = result.overshoot[place], result.branching[place], result.next_cluster[place]
        peak, at = _peak(branching, over.extreme_mark, float(path.mark[0, row]))
        mine = flow.market_index == row
        calm_extreme = over.extreme_mark / (1.0 + over.mark_overshoot) if result.mode != Mode.GIVEN else np.nan
        outcomes.append(
            CoinOutcome(
                coin=over.coin,
                start_mark=float(path.mark[0, row]),
                end_mark=known(path.mark[-1, row]),
                extreme_mark=known(over.extreme_mark),
                calm_extreme_mark=known(calm_extreme),
                overshoot=known(over.overshoot),
                mark_overshoot=known(over.mark_overshoot),
                widest_gap=known(over.widest_gap),
                widest_gap_ms=over.widest_gap_ms,
                half_recovery_ms=over.half_recovery_ms,
                lowest_withdrawal=known(over.lowest_withdrawal),
                peak_branching=peak,
                peak_branching_price=at,
                reached=[_cluster(cluster) for cluster in reach.reached],
                next_cluster=None if reach.next is None else _cluster(reach.next),
                sent=float(flow.sent[mine].sum()),
                filled=float(flow.filled[mine].sum()),
                backstop=float(flow.backstop[mine].sum()),
                adl=float(flow.adl[mine].sum()),
            )
        )
    return outcomes


def _peak(branching: Branching, extreme: float, start: float) -> tuple[float | None, float | None]:
    """Largest n over the bins the mark reached, and the middle of that bin."""
    low, high = min(start, extreme), max(start, extreme)
    inside = (branching.price_high >= low) & (branching.price_low <= high) & np.isfinite(branching.ratio)
    rows = np.flatnonzero(inside)
    if not len(rows):
        return None, None
    best = int(rows[np.argmax(branching.ratio[rows])])
    return float(branching.ratio[best]), float(np.sqrt(branching.price_low[best] * branching.price_high[best]))


def _cluster(cluster: Cluster) -> ReachedCluster:
    return ReachedCluster(
        side=int(cluster.side),
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        price_peak=cluster.price_peak,
        notional=cluster.notional,
    )


def _flow(flow: FlowRows, rows: slice) -> dict[str, Any]:
    names = ("sent", "filled", "backstop", "adl", "slippage")
    columns = {name: getattr(flow, name)[rows].tolist() for name in names}
    return columns | {"account_count": flow.accounts[rows].tolist()}


def _stops(flow: StopFlow, names: AnyArray, rows: slice) -> CascadeStops:
    seconds, levels = flow.per_second, flow.per_level
    return CascadeStops(
        loaded=flow.loaded,
        left_out=dict(flow.left_out),
        fired=flow.fired,
        closed_before=flow.closed_before,
        still_waiting=flow.still_waiting,
        stops_filled=float(seconds.stops_filled.sum()),
        profits_filled=float(seconds.profits_filled.sum()),
        per_second=StopSecondColumns(second=seconds.second[rows].tolist(), **_stop_flow(seconds, names, rows)),
        per_level=StopLevelColumns(
            price_low=levels.price_low[rows].tolist(),
            price_high=levels.price_high[rows].tolist(),
            **_stop_flow(levels, names, rows),
        ),
    )


def _stop_flow(flow: TriggerRowsOfFlow, names: AnyArray, rows: slice) -> dict[str, Any]:
    columns = ("stops_sent", "stops_filled", "profits_sent", "profits_filled", "slippage")
    return {name: getattr(flow, name)[rows].tolist() for name in columns} | {
        "coin": names[flow.market_index[rows]].tolist(),
        "order_count": flow.orders[rows].tolist(),
    }


def _path(result: CascadeResult, row: int, kept: Int64Array) -> CoinPath:
    def column(values: Float64Array) -> list[float | None]:
        return known_list(values[kept, row])

    path = result.path
    names = ("mark", "mid", "outside", "exogenous", "calm_mark", "calm_mid", "withdrawal_bid", "withdrawal_ask")
    return CoinPath(coin=result.coins[row], **{name: column(getattr(path, name)) for name in names})


def _branching(branching: Branching) -> BranchingColumns:
    return BranchingColumns(
        coin=branching.coin,
        price_low=branching.price_low.tolist(),
        price_high=branching.price_high.tolist(),
        liquidatable=branching.liquidatable.tolist(),
        depth=known_list(branching.depth),
        ratio=known_list(branching.ratio),
        amplification=known_list(branching.amplification),
    )


def _thinned(count: int, most: int | None) -> Int64Array:
    if most is None or count <= most:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, most).round().astype(np.int64))

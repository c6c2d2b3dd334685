"""Records of what a walk and a queue found (docs/deleveraging.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.cascade.reach import MAX_REACH, EdgeReach, ReachRuns, ReachSettings
from liqscape.exchange.columns import ASK, BID
from liqscape.exchange.rules import AdlScore
from liqscape.insight.deleveraging import DEFAULT_SCORE, QueuePlace, ScorePlace, coins_to_there
from liqscape.service.answers.deleveraging import (
    AccountDeleveragingAnswer,
    ClusterDeleveraging,
    DeleveragingAnswer,
    DeleveragingPayer,
    FigureSource,
    QueuedPosition,
    QueueRank,
    ScoreWord,
)
from liqscape.service.answers.parts import known, provenance_answer
from liqscape.service.market_inputs.liquidator_vaults import seen_vaults
from liqscape.units import Side

if TYPE_CHECKING:
    from liqscape.heatmap.frame import MarketFrame
    from liqscape.insight.deleveraging import AccountPlaces
    from liqscape.service.answers.clusters import ClusterAnswer, ClustersAnswer
    from liqscape.service.market_inputs.market_input import MarketInput

MAX_PAYERS = 20
SCORE_WORDS: dict[AdlScore, ScoreWord] = {
    AdlScore.BINARY: "binary",
    AdlScore.DOCUMENTED: "documented",
    AdlScore.SYMMETRIC: "symmetric",
    AdlScore.WATER_FILLING: "water_filling",
}
OUT_OF_REACH = (
    f"its far edge is beyond the walk, which ends {100 * MAX_REACH:g} % below the mark and "
    f"{100 * MAX_REACH / (1 - MAX_REACH):.0f} % above"
)
NOT_REACHED = "the mark did not come to its far edge in the time of the walk"
NO_PROFIT = "no profit at the mark: cut only after all winners"
NO_ENTRY = "the price it was opened at is not known, so its profit is not"


class KnownVaults(NamedTuple):
    """Liquidator vaults of a walk and where their equity is from; usd: of the coin's dex, None where it has none."""

    settings: ReachSettings
    usd: float | None
    source: FigureSource


def vaults_for(market: MarketInput, row: int, given: float | None) -> KnownVaults:
    """Those given for the coin's dex, else those seen on the map, else the assumed one of the first dex."""
    snapshot, settings = market.cascade.snapshot, ReachSettings()
    dex = snapshot.markets.rows[row].dex
    seen = seen_vaults(market.cascade.accounts, snapshot)
    first = seen.get("", settings.cascade.vault_equity)
    others = dict(market.dex_vaults) | {name: sum(values) for name, values in seen.items() if name}
    source: FigureSource = "measured" if dex in seen or dex in others else "assumed"
    if given is not None:
        source = "given"
        if dex:
            others[dex] = given
        else:
            first = (given,)
    cascade = replace(settings.cascade, vault_equity=first, dex_vault_equity=tuple(others.items()))
    usd = others.get(dex) if dex else sum(first)
    return KnownVaults(replace(settings, cascade=cascade), usd, source)


@dataclass(frozen=True, kw_only=True)
class WalkedCoin:
    """A coin whose walks are over."""

    market: MarketInput
    frame: MarketFrame
    row: int
    found: ClustersAnswer
    vaults: KnownVaults
    runs: ReachRuns

    def answer(self, reached: Sequence[EdgeReach]) -> DeleveragingAnswer:
        """reached: one a cluster, in their order."""
        mark = float(self.frame.snapshot.mark[self.row])
        depth = [float(coins) * mark for coins in self.runs.one_percent[self.row]]
        rows = [self._row(cluster, each, depth) for cluster, each in zip(self.found.clusters, reached, strict=True)]
        rows.sort(key=lambda each: abs(each.distance_percent))
        is_real = self.market.cascade.books[self.row] is not None
        return _answer(
            self.market,
            self.found,
            self.vaults,
            depth=(depth[BID], depth[ASK]),
            depth_source="measured" if is_real else "modelled",
            clusters=rows,
            assumptions=[*self.market.notes, *self._assumed()],
            note=None,
        )

    def _assumed(self) -> list[str]:
        """Sentences of the walk; where the vaults' capital is from is known here."""
        source = self.vaults.source
        return [
            each.replace("(assumed), and do not unwind", f"({source}), and do not unwind")
            for each in self.runs.assumptions
        ]

    def _row(self, cluster: ClusterAnswer, reach: EdgeReach, depth: list[float]) -> ClusterDeleveraging:
        is_reached = reach.reached_ms is not None
        coins = self.frame.snapshot.markets.coins
        mark = float(self.frame.snapshot.mark[self.row])
        met = depth[BID if cluster.side == Side.LONG else ASK]
        own, other = coins_to_there(self.frame.bands_of(self.row), mark, Side(cluster.side), reach.price)
        is_far = abs(float(np.log(reach.price / mark))) > -float(np.log1p(-MAX_REACH))
        payers = [
            DeleveragingPayer(
                address=address,
                coin=coins[market],
                side=side,
                size=size,
                usd=usd,
                share=usd / reach.adl,
            )
            for address, market, side, size, usd in zip(
                reach.address[:MAX_PAYERS],
                reach.market_index.tolist(),
                reach.side.tolist(),
                reach.size.tolist(),
                reach.usd.tolist(),
                strict=False,
            )
        ]
        return ClusterDeleveraging(
            side=cluster.side,
            price_low=cluster.price_low,
            price_high=cluster.price_high,
            price_peak=cluster.price_peak,
            notional=cluster.notional,
            distance_percent=cluster.distance_percent,
            cluster_id=cluster.cluster_id,
            far_edge=reach.price,
            deleveraged_usd=reach.adl if is_reached else None,
            deleveraging_risk=reach.adl / cluster.notional if is_reached and cluster.notional > 0.0 else None,
            simulated_ms=reach.reached_ms,
            filled_usd=reach.filled if is_reached else None,
            backstop_usd=reach.backstop if is_reached else None,
            deficit_usd=reach.deficit if is_reached else None,
            vault_equity_left_usd=reach.vault_equity,
            deleveraged_coin_count=len(np.unique(reach.market_index)) if is_reached else None,
            depth_usd=met if met > 0.0 else None,
            depth_ratio=cluster.notional / met if met > 0.0 else None,
            notional_to_there=own * mark,
            share_to_there=reach.adl / (own * mark) if is_reached and own > 0.0 else None,
            side_share=own / (own + other) if own + other > 0.0 else None,
            payer_count=len(set(reach.address)) if is_reached else None,
            payers=payers,
            note=None if is_reached else OUT_OF_REACH if is_far else NOT_REACHED,
        )


def without_clusters(market: MarketInput, found: ClustersAnswer, vaults: KnownVaults) -> DeleveragingAnswer:
    """The answer where there is no cluster to walk to."""
    why = f"{found.coin} has no clusters" if found.mark is not None else f"the mark of {found.coin} is not known"
    return _answer(
        market,
        found,
        vaults,
        depth=(None, None),
        depth_source="modelled",
        clusters=[],
        assumptions=list(market.notes),
        note=f"{why}: there is nothing to simulate",
    )


def _answer(
    market: MarketInput,
    found: ClustersAnswer,
    vaults: KnownVaults,
    *,
    depth: tuple[float | None, float | None],
    depth_source: FigureSource,
    clusters: list[ClusterDeleveraging],
    assumptions: list[str],
    note: str | None,
) -> DeleveragingAnswer:
    """An answer with what all of them say."""
    settings = vaults.settings
    return DeleveragingAnswer(
        provenance=provenance_answer(market.provenance),
        as_of_ms=found.as_of_ms,
        coin=found.coin,
        mark=found.mark,
        is_simulated=True,
        pace_percent_a_minute=100.0 * settings.pace,
        settle_ms=settings.settle_ms,
        reach_percent=100.0 * MAX_REACH,
        vault_equity_usd=vaults.usd,
        vault_equity_source=vaults.source,
        depth_bid_usd=depth[0] or None,
        depth_ask_usd=depth[1] or None,
        depth_source=depth_source,
        clusters=clusters,
        assumptions=assumptions,
        note=note,
    )


def account_deleveraging(frame: MarketFrame, address: str, places: AccountPlaces) -> AccountDeleveragingAnswer:
    """The answer for an address, its positions by notional, largest first; unknown ones last."""
    rows = [_position(frame, place) for place in places]
    rows.sort(key=lambda row: (row.notional is None, -(row.notional or 0.0), row.coin))
    return AccountDeleveragingAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        address=address,
        score_default=SCORE_WORDS[DEFAULT_SCORE],
        rows=rows,
        note=None if rows else f"{address} holds no position, so it is in no queue",
    )


def _position(frame: MarketFrame, place: QueuePlace) -> QueuedPosition:
    value, notional = place.account_value, known(place.notional)
    default = place.places[DEFAULT_SCORE]
    is_known = place.reason is None and place.profit is not None
    note = place.reason
    if note is None and default.rank is None:
        note = NO_ENTRY if place.profit is None else NO_PROFIT
    return QueuedPosition(
        coin=frame.snapshot.markets.coins[place.market_index],
        side=1 if place.size > 0.0 else -1,
        size=place.size,
        mark=known(frame.snapshot.mark[place.market_index]),
        entry_price=place.entry_price,
        notional=notional,
        account_value=value,
        leverage=None if value is None or notional is None or not value > 0.0 else notional / value,
        unrealized_pnl=place.profit,
        is_profitable=(default.rank is not None) if is_known else None,
        side_notional=place.side_usd,
        side_share=(
            notional / place.side_usd
            if place.reason is None and notional is not None and place.side_usd > 0.0
            else None
        ),
        unranked_count=place.unranked_count,
        unranked_usd=known(place.unranked_usd) or 0.0,
        ranks=[_rank(each) for each in place.places],
        note=note,
    )


def _rank(place: ScorePlace) -> QueueRank:
    ahead = place.usd_ahead
    return QueueRank(
        score=SCORE_WORDS[place.score],
        is_default=place.score == DEFAULT_SCORE,
        value=None if place.value is None else known(place.value),
        rank=place.rank,
        queue_count=place.count,
        queue_usd=place.usd,
        usd_ahead=ahead,
        share_ahead=None if ahead is None or not place.usd > 0.0 else ahead / place.usd,
    )

"""Where to put a stop and how large to be, asked of a map (docs/stops.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liqscape.errors import QuestionError
from liqscape.insight.advice import (
    ClusterOvershoot,
    MetCluster,
    OwnLevel,
    SizingTerms,
    SpanOfLevels,
    StopTrade,
    choose_overshoot,
    judge,
    next_stops,
    place_clusters,
    size_at_risk,
    size_given,
    solve_own_levels,
)
from liqscape.insight.advice.words import plain_words
from liqscape.insight.odds.volatility import sigma_over
from liqscape.insight.sweeps.overshoot import size_class
from liqscape.ledger.fees import FeeAssumption
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.parts import known, provenance_answer
from liqscape.service.answers.stop import NextStopRow, StopAnswer, StopCluster, TouchOdds
from liqscape.service.bounded_memory import BoundedMemory
from liqscape.service.coin_betas import BetaMemory
from liqscape.service.odds import OddsQuestions
from liqscape.service.questions import check_prices, market_row
from liqscape.service.stop_backing import backing_of
from liqscape.service.stop_figures import StopFigures
from liqscape.service.stop_others import stops_at_yours
from liqscape.service.stop_simulation import RUNS, StopSimulations
from liqscape.spelling import did_you_mean, shown
from liqscape.units import BASIS_POINTS, HOUR_MS, SIDE_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from liqscape.insight.advice import NextStop, PoolBacking, StopSizing, StopVerdict
    from liqscape.service.answers.clusters import ClusterAnswer
    from liqscape.service.answers.odds import OddsRecordAnswer, WithinRow
    from liqscape.service.hour_path import HourPath
    from liqscape.service.moments import AskedMoment
    from liqscape.service.stop_figures import StopBook
    from liqscape.service.view import MapView

MAX_FEE_BP = 100.0
MAX_KEPT = 64
MAX_USD, MAX_COINS = 1e12, 1e15
STOP_IS = "a stop of the exchange is triggered by the mark and fills in the book, wherever that is then"
ENTRY_IS = "the entry is taken to fill at its price, with the taker fee there and at the stop"
BOOK_IS = "slippage: the book as it stands now, taken to stand the same way around the stop; after a fall it is thinner"
NO_BOOK = "slippage unknown: no book holds so much, or none is stored of this time; sizes are net of fees only"
NO_ODDS = "no record"
SIMULATED = (
    f"overshoots called simulated are SIMULATED, {RUNS} runs of the cascade engine on the way to the far edge: "
    "only what forced orders add to a way that ends there, over draws of what nobody knows, not over market histories"
)
NO_MARK = "no record: the mark is unknown"
BELOW_LOT = "the risk is less than one lot loses at this stop"
BEYOND_MARK = "the mark stands beyond the stop: entered now, it would be triggered at once"


@dataclass(frozen=True, kw_only=True)
class StopAsked:
    """A trade that is asked about; exactly one of risk (USD) and size (coins).

    margin USD or leverage: of a pool of its own; account: whose pool backs it. fee: taker, bp; None: the assumed one.
    simulate: let the cascade engine say overshoots that were not measured, which takes seconds.
    """

    coin: str
    side: str
    entry: float
    stop: float
    risk: float | None = None
    size: float | None = None
    margin: float | None = None
    leverage: float | None = None
    isolated: bool = False
    account: str | None = None
    fee: float | None = None
    simulate: bool = False

    def __post_init__(self) -> None:
        if self.side not in SIDE_NUMBERS:
            hint = did_you_mean(str(self.side), SIDE_NUMBERS, "long or short")
            raise QuestionError(f"unknown side {shown(str(self.side))}; {hint}")
        check_prices(("entry", self.entry), ("stop", self.stop))
        if not SIDE_NUMBERS[self.side] * (self.entry - self.stop) > 0.0:
            way = "below" if self.side == "long" else "above"
            raise QuestionError(f"the stop {self.stop!r} of a {self.side} must be {way} its entry {self.entry!r}")
        if (self.risk is None) == (self.size is None):
            raise QuestionError("give either risk (USD that may be lost) or size (coins)")
        if self.margin is not None and self.leverage is not None:
            raise QuestionError("give either margin (USD) or leverage, not both")
        for name, value, limit in (
            ("risk", self.risk, MAX_USD),
            ("size", self.size, MAX_COINS),
            ("margin", self.margin, MAX_USD),
            ("leverage", self.leverage, MAX_USD),
        ):
            if value is not None and not (math.isfinite(value) and 0.0 < value <= limit):
                raise QuestionError(f"{name} {value!r} is not above 0 and at most {limit:g}")
        if self.fee is not None and not 0.0 <= self.fee <= MAX_FEE_BP:
            raise QuestionError(f"fee {self.fee!r} is outside 0..{MAX_FEE_BP:g} bp")

    @property
    def trade(self) -> StopTrade:
        """Side, entry and stop."""
        return StopTrade(SIDE_NUMBERS[self.side], float(self.entry), float(self.stop))


@dataclass(frozen=True, kw_only=True)
class _MomentAround:
    book: StopBook
    rows: dict[SpanOfLevels, ClusterAnswer]
    overshoots: list[tuple[SpanOfLevels, ClusterOvershoot]]
    path: HourPath | None
    sigma_1h: float | None


class StopQuestions:
    """Asks a map about stops. Usable from any thread. odds: asked for those of touch; None: own ones."""

    def __init__(self, view: MapView, odds: OddsQuestions | None = None) -> None:
        self._view = view
        self._odds = odds or OddsQuestions(view)
        self._figures = StopFigures(view)
        self._simulations = StopSimulations(view)
        self._betas = BetaMemory(*view.price_sources)
        self._kept: BoundedMemory[Hashable, _MomentAround] = BoundedMemory(MAX_KEPT)

    def ask(self, asked: StopAsked, at_ms: int | None = None) -> StopAnswer:
        """Verdict, size, own liquidation price and stops past each cluster, as of a time.

        Raises NotFound for a coin, account or time that is not in the map, QuestionError for what cannot be asked so.
        """
        view, trade = self._view, asked.trade
        view.check_coin(asked.coin)
        moment = view.moment(at_ms)
        snapshot = moment.reported.snapshot
        row = market_row(snapshot.markets, asked.coin)
        market, mark = snapshot.markets.rows[row], float(snapshot.mark[row])
        self._check_leverage(asked, market.max_leverage)
        backing = backing_of(
            moment,
            row,
            margin_usd=asked.margin,
            leverage=asked.leverage,
            account=asked.account,
            isolated=asked.isolated,
        )
        around = self._around(asked.coin, trade.side, moment, at_ms)
        book = around.book
        fee = asked.fee
        if fee is None:
            fee = round(float(FeeAssumption().rates(snapshot.markets)[row, 0]) * BASIS_POINTS, 6)
        terms = SizingTerms(fee, market.size_decimals, book.books)
        sizing = _sizing(asked, trade, terms)
        sigma, rows = around.sigma_1h, around.rows
        overshoots = self._with_simulated(asked, around, moment)
        clusters = place_clusters(trade, overshoots, mark, sigma)
        if asked.simulate:
            edges = [each.far_edge for each in clusters if each.overshoot.source != "measured"]
            self._simulations.run(asked.coin, trade.side, edges, at_ms)
            overshoots = self._with_simulated(asked, around, moment)
            clusters = place_clusters(trade, overshoots, mark, sigma)
        further = next_stops(trade, clusters, market.size_decimals)
        stops = [trade, *(_moved(trade, each) for each in further if each.stop is not None)]
        sizings = [sizing, *(size_at_risk(each, sizing.risk_usd, terms) for each in stops[1:])]
        own = self._own_levels(moment, stops, sizings, backing, fee, row)
        verdicts = [
            judge(stop, place_clusters(stop, overshoots, mark, sigma), level, is_mark_known=math.isfinite(mark))
            for stop, level in zip(stops, own, strict=True)
        ]
        odds, odds_note = self._touches(asked.coin, around.path, moment, mark, [each.stop for each in stops])
        advised = list(zip(sizings, own, verdicts, odds, strict=True))
        return StopAnswer(
            provenance=provenance_answer(moment.reported.provenance),
            as_of_ms=moment.reported.time_ms,
            coin=asked.coin,
            side=trade.side,
            mark=known(mark),
            entry=trade.entry,
            stop=trade.stop,
            verdict=verdicts[0].word,
            reasons=list(verdicts[0].reasons),
            sigma_1h_percent=None if sigma is None else 100.0 * sigma,
            clusters=[_cluster_row(each, rows[each.span]) for each in clusters],
            sizing=sizing,
            liquidation=own[0],
            next_stops=_next_rows(further, rows, advised[1:]),
            fee_bp=fee,
            fee_source="assumed" if asked.fee is None else "given",
            odds=odds[0],
            odds_note=odds_note,
            stops_at_yours=stops_at_yours(moment, row, trade, asked.account),
            notes=_notes(trade, mark, sizing, clusters),
            doubt=doubt_words(snapshot.doubt_of(row)),
        )

    def _around(self, coin: str, side: int, moment: AskedMoment, at_ms: int | None) -> _MomentAround:
        """What every stop of a coin and side meets at a moment: kept, as a dragged line asks often."""
        key = (coin, side, moment.frame_id, self._view.studied.newest_ms)
        return self._kept.find(key, lambda: self._met(coin, side, moment, at_ms))

    def _met(self, coin: str, side: int, moment: AskedMoment, at_ms: int | None) -> _MomentAround:
        book = self._figures.book(coin, moment, side)
        clusters = self._view.clusters(coin, at_ms, has_holders=False).clusters
        rows = {
            SpanOfLevels(each.price_low, each.price_high, each.notional): each for each in clusters if each.side == side
        }
        known_ones = self._figures.overshoots(moment)
        coin_class = self._figures.coin_class(coin, known_ones, book.depth_usd)
        overshoots = [
            (span, choose_overshoot(known_ones.classes, coin_class, size_class(span.notional, book.depth_usd)))
            for span in rows
        ]
        path = self._figures.path(coin, moment)
        at_ms = moment.reported.time_ms
        sigma = None if path is None else sigma_over(path.rows, at_ms, HOUR_MS)
        return _MomentAround(book=book, rows=rows, overshoots=overshoots, path=path, sigma_1h=sigma)

    def _with_simulated(
        self, asked: StopAsked, around: _MomentAround, moment: AskedMoment
    ) -> list[tuple[SpanOfLevels, ClusterOvershoot]]:
        """Overshoots of the clusters, those not measured as they were simulated in the hour before, if they were."""
        side, at_ms = asked.trade.side, moment.reported.time_ms
        return [
            (span, (overshoot.source == "unknown" and self._simulated(asked.coin, side, span, at_ms)) or overshoot)
            for span, overshoot in around.overshoots
        ]

    def _simulated(self, coin: str, side: int, span: SpanOfLevels, at_ms: int) -> ClusterOvershoot | None:
        return self._simulations.kept(coin, side, span.edges(side)[1], at_ms)

    def _own_levels(
        self,
        moment: AskedMoment,
        stops: list[StopTrade],
        sizings: list[StopSizing],
        backing: PoolBacking,
        fee_bp: float,
        row: int,
    ) -> list[OwnLevel]:
        """Betas only matter to a pool of several coins, and are only read for one."""
        is_alone = backing.held is None or backing.pool == "isolated"
        held = [(stop, sizing.size) for stop, sizing in zip(stops, sizings, strict=True) if sizing.size]
        found = iter(
            solve_own_levels(
                held,
                backing,
                fee_bp,
                row,
                snapshot=moment.reported.snapshot,
                tables=moment.tables,
                betas=None if is_alone else self._betas(moment).betas,
            )
        )
        return [next(found) if sizing.size else OwnLevel(note=BELOW_LOT) for sizing in sizings]

    def _touches(
        self, coin: str, path: HourPath | None, moment: AskedMoment, mark: float, prices: list[float]
    ) -> tuple[list[list[TouchOdds] | None], str | None]:
        """Odds of reaching each price, None where no horizon has any; and why the first has none."""
        if not math.isfinite(mark):
            return [None] * len(prices), NO_MARK
        rows, levels = self._odds.of_prices(coin, path, moment.reported.time_ms, mark, prices)
        records = {row.horizon: row.record for row in rows}
        found: list[list[TouchOdds] | None] = []
        for level in levels:
            odds = [touch_of(each, records[each.horizon]) for each in level.within]
            found.append(odds if any(each.probability is not None for each in odds) else None)
        return found, None if found[0] is not None else levels[0].within[0].note or NO_ODDS

    @staticmethod
    def _check_leverage(asked: StopAsked, max_leverage: int) -> None:
        if asked.leverage is not None and asked.leverage > max_leverage:
            raise QuestionError(f"leverage {asked.leverage!r} is above the {max_leverage} that {asked.coin} allows")


def _sizing(asked: StopAsked, trade: StopTrade, terms: SizingTerms) -> StopSizing:
    if asked.size is not None:
        sizing = size_given(trade, asked.size, terms)
        if not sizing.size:
            raise QuestionError(
                f"size {plain_words(asked.size)} is below the lot of {asked.coin}, {plain_words(sizing.lot)} coins"
            )
        return sizing
    assert asked.risk is not None
    sizing = size_at_risk(trade, asked.risk, terms)
    if not sizing.size:
        loss = f"{plain_words(sizing.lot)} {asked.coin} loses {sizing.lot * sizing.loss_per_coin:.6g} USD"
        raise QuestionError(f"risk {plain_words(asked.risk)} USD is below one lot at this stop: {loss}")
    return sizing


def touch_of(odds: WithinRow, record: OddsRecordAnswer | None) -> TouchOdds:
    """Odds of one horizon with what their record stands on."""
    return TouchOdds(
        horizon=odds.horizon,
        distance_sigma=odds.distance_sigma,
        probability=odds.probability,
        brier=odds.brier,
        skill=odds.skill,
        windows=None if record is None else record.windows,
        source=None if record is None else record.source,
        note=odds.note,
    )


def _moved(trade: StopTrade, further: NextStop) -> StopTrade:
    assert further.stop is not None
    return StopTrade(trade.side, trade.entry, further.stop)


def _cluster_row(placed: MetCluster, row: ClusterAnswer) -> StopCluster:
    return StopCluster(
        place=placed.place,
        cluster_id=row.cluster_id,
        price_low=row.price_low,
        price_high=row.price_high,
        price_peak=row.price_peak,
        notional=row.notional,
        weighted_age_ms=row.weighted_age_ms,
        far_edge=placed.far_edge,
        distance_bp=placed.distance_bp,
        overshoot=placed.overshoot,
        window_bp=placed.window_bp,
        window_rule=placed.window_rule,
    )


def _next_rows(
    further: Sequence[NextStop],
    rows: dict[SpanOfLevels, ClusterAnswer],
    advised: Sequence[tuple[StopSizing, OwnLevel, StopVerdict, list[TouchOdds] | None]],
) -> list[NextStopRow]:
    """One a next stop; those that have a price take theirs of `advised` in order."""
    left = iter(advised)
    found = []
    for each in further:
        row = rows[each.cluster.span]
        sizing, own, verdict, odds = (None, None, None, None) if each.stop is None else next(left)
        found.append(
            NextStopRow(
                cluster_id=row.cluster_id,
                price_low=row.price_low,
                price_high=row.price_high,
                quantile=each.quantile,
                overshoot_bp=each.overshoot_bp,
                source=each.source,
                n=each.cluster.overshoot.n,
                stop=each.stop,
                verdict=None if verdict is None else verdict.word,
                reasons=[] if verdict is None else list(verdict.reasons),
                sizing=sizing,
                liquidation=own,
                odds=odds,
            )
        )
    return found


def _notes(trade: StopTrade, mark: float, sizing: StopSizing, clusters: Sequence[MetCluster]) -> list[str]:
    notes = [STOP_IS, ENTRY_IS, NO_BOOK if sizing.slippage is None else BOOK_IS]
    if math.isfinite(mark) and trade.side * (mark - trade.stop) <= 0.0:
        notes.append(BEYOND_MARK)
    if any(each.overshoot.source == "simulated" for each in clusters):
        notes.append(SIMULATED)
    return notes

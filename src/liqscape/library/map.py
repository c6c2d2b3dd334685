"""A map as its user asks it: times as text, datetimes or milliseconds in, Polars frames and arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from liqscape.errors import QuestionError
from liqscape.heatmap.grid import band_edge
from liqscape.library.answers import Answers, EventChoice, TellShare, WindowChoice
from liqscape.library.asked import check_number, side_number, span_ms, time_ms
from liqscape.library.map_alerts import AlertMap
from liqscape.library.map_book import BookMap
from liqscape.library.map_deleveraging import DeleveragingMap
from liqscape.library.map_intervals import CaveatMap
from liqscape.library.map_odds import OddsMap
from liqscape.library.map_score import ScoreMap
from liqscape.library.map_stop import StopMap
from liqscape.library.map_structure import StructureMap
from liqscape.library.map_study import StudyMap
from liqscape.library.map_triggers import TriggerMap
from liqscape.library.results import About, Account, Cascade, Heatmap, Joint, Scale, about, utc
from liqscape.service.tables import of_accounts, of_answers, of_runs

if TYPE_CHECKING:
    import altair
    import polars

    from liqscape.library.asked import Span, Time
    from liqscape.service.answers.account_state import AccountStateAnswer
    from liqscape.service.answers.agreement import AgreementAnswer


class Map(
    AlertMap, BookMap, CaveatMap, DeleveragingMap, OddsMap, ScoreMap, StopMap, StructureMap, StudyMap, TriggerMap
):
    """A recording, stored history or a running map; `liqscape.open` gives it.

    Every question takes a `coin` as the exchange spells it and, where it is of one instant, `at`: the frame at or
    before that time answers, the newest without one. Frames say in each row what they are of (`as_of`) and made from
    (`provenance_kind`, `provenance_name`, `is_simulated`), and where it matters `margin_source`; `about` says how
    complete they are. Prices are USD, sizes coins, notional USD at the mark. Unknown is null in frames and NaN in
    arrays.

    Each question raises NotFound for a coin, address or time that is not in the map and QuestionError for one that
    makes no sense, in one sentence.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        made_of = answers.status().provenance
        self._name = f"{made_of.kind} {made_of.name!r}{', simulated' if made_of.is_simulated else ''}"

    def __repr__(self) -> str:
        return f"<Map of {self._name} at {self._answers.place}>"

    def about(self, coin: str | None = None, at: Time | None = None) -> About:
        """What the map is made of and how complete it is: the whole of it now, or one coin at a time."""
        if coin is None:
            if at is not None:
                raise QuestionError("about a time asks of one coin: give coin")
            status = self._answers.status()
            return about(
                status,
                coverage=status.coverage.share,
                margin_source_share=_shares(status.margin_source_share),
                oldest_age_ms=status.oldest_age_ms,
                median_age_ms=status.median_age_ms,
                doubt=tuple(f"{each} is in doubt" for each in status.in_doubt),
                is_live=status.is_live,
            )
        frame = self._answers.frame(coin, time_ms("at", at), 0, "solo")
        return about(
            frame,
            coin=coin,
            coverage=frame.coverage,
            margin_source_share=_shares(frame.margin_source_share),
            oldest_age_ms=frame.oldest_age_ms,
            median_age_ms=frame.median_age_ms,
            doubt=tuple(frame.doubt),
        )

    def coins(self) -> polars.DataFrame:
        """Every coin now, largest first: mark, max_leverage, open_interest, coverage, long_notional, short_notional,
        position_count."""
        return of_answers.coin_table(self._answers.coins())

    def board(self) -> polars.DataFrame:
        """Every coin now, side by side, by open interest in USD: price and its change in 24 h, open interest, funding,
        USD of levels within 1, 2 and 5 % of the mark, the nearest large cluster, category."""
        return of_answers.board_table(self._answers.board())

    def context(
        self, coin: str, start: Time | None = None, end: Time | None = None, *, width: int = 800
    ) -> polars.DataFrame:
        """What stands beside the map of a coin, one row a column of its heatmap: open interest, funding, longs and
        shorts, asymmetry, liquidations, state of cascades.

        start, end  [start, end); all that is stored by default.
        width       at most so many rows.
        """
        span = time_ms("start", start), time_ms("end", end)
        return of_answers.context_table(self._answers.context(coin, *span, width))

    def levels(self, coin: str, at: Time | None = None, within_percent: float | None = None) -> polars.DataFrame:
        """Every position of a coin with a level on the map, largest first, equal ones by address.

        within_percent  only levels at most so far from the mark: abs(distance_percent) <= within_percent.
        """
        check_number("within_percent", within_percent)
        return of_answers.level_table(self._answers.levels(coin, time_ms("at", at), within_percent))

    def bands(
        self, coin: str, at: Time | None = None, *, level: int = 0, mode: str = "solo", interval: bool = False
    ) -> polars.DataFrame:
        """What is liquidated in each band of the price grid, by side and margin source.

        level  a band of this level merges 2^level base bands of 5 basis points.
        mode   "solo": each coin moves alone; "joint": all coins move with BTC by their betas.
        interval  with `low` and `high`: USD that the band holds at least and at most on that side, all margin sources
               together; null otherwise.
        """
        return of_answers.band_table(self._answers.frame(coin, time_ms("at", at), level, mode, interval=interval))

    def clusters(
        self, coin: str, at: Time | None = None, *, mode: str = "solo", held_for: Span | None = None
    ) -> polars.DataFrame:
        """Runs of neighbouring bands of one side that hold much, largest first, each with the identity and ages of the
        tracked cluster it is in; null where nothing was studied.

        held_for  only those whose coins have been there for so long: "30min", "4h", "1d", a timedelta.
        """
        return of_answers.cluster_table(self._answers.clusters(coin, time_ms("at", at), mode, span_ms(held_for)))

    def heatmap(
        self,
        coin: str,
        start: Time | None = None,
        end: Time | None = None,
        *,
        width: int = 800,
        height: int = 400,
        price_low: float | None = None,
        price_high: float | None = None,
        value: str = "mark",
        mode: str = "solo",
    ) -> Heatmap:
        """A window of history as arrays with axes, at most `width` times by `height` prices.

        start, end  [start, end); all that is stored by default.
        price_low, price_high  USD; 25 % beyond the marks shown by default.
        value  "mark": size * mark; "level": size * liquidation price.
        mode   "solo": each coin moves alone; "joint": all coins move with BTC by the betas known at each time. Fewer
               columns then, 120 at most.
        """
        span = time_ms("start", start), time_ms("end", end)
        choice = WindowChoice(
            coin=coin,
            start_ms=span[0],
            end_ms=span[1],
            width=width,
            height=height,
            price_low=price_low,
            price_high=price_high,
            value=value,
            mode=mode,
        )
        answer = self._answers.heatmap(choice)
        head = answer.header
        starts = head.start_ms + head.step_ms * np.arange(head.columns, dtype=np.int64)
        edges = head.first_band + np.arange(head.rows + 1, dtype=np.int32)
        return Heatmap(
            about=about(head, coin=coin),
            coin=head.coin,
            value=head.value,
            step_ms=head.step_ms,
            time=starts.astype("datetime64[ms]"),
            as_of=np.where(answer.as_of_ms < 0, np.iinfo(np.int64).min, answer.as_of_ms).astype("datetime64[ms]"),
            price=np.asarray(band_edge(edges, head.level), np.float64),
            mark=answer.mark,
            long_notional=answer.long,
            short_notional=answer.short,
        )

    def scale(self, coin: str) -> Scale:
        """How hot hot is on the map of a coin, in USD per 0.1 % of price: the same at every range and zoom, renewed
        each full hour, and which no single account decides (docs/heatmap.md, eq. 5)."""
        answer = self._answers.scale(coin)
        return Scale(
            about=about(answer, coin=coin),
            low=answer.low,
            high=answer.high,
            quantiles={float(each): value for each, value in answer.quantiles.items()},
            computed=utc(answer.computed_ms),
            since=None if answer.from_ms is None else utc(answer.from_ms),
            cell_count=answer.cell_count,
            frame_count=answer.frame_count,
            mass=None if answer.mass_low is None or answer.mass_high is None else (answer.mass_low, answer.mass_high),
            note=answer.note or "",
        )

    def candles(self, coin: str, start: Time | None = None, end: Time | None = None) -> polars.DataFrame:
        """The price path: time, open, high, low, close in USD, and whose prices they are (`price_source`)."""
        return of_answers.candle_table(self._answers.candles(coin, time_ms("start", start), time_ms("end", end)))

    def account(self, address: str, at: Time | None = None) -> Account:
        """The margin pools and positions of an address, with its liquidation, backstop and bankruptcy prices."""
        answer = self._answers.account(address, time_ms("at", at))
        return Account(
            about=about(answer),
            address=answer.address,
            pools=of_answers.pool_table(answer),
            positions=of_answers.pool_position_table(answer),
            orders=of_answers.order_table(answer),
            isolated_margin_left=answer.isolated_margin_left,
        )

    def account_history(
        self, address: str, coin: str, start: Time | None = None, end: Time | None = None, *, width: int = 400
    ) -> polars.DataFrame:
        """What an address held of a coin through stored time, one row a column of at most `width`: time, the
        frame `shown`, size (signed; 0: none, null: not known), mark, liquidation_price, level_status, margin_source,
        margin_mode."""
        span = time_ms("start", start), time_ms("end", end)
        return of_accounts.history_table(self._answers.account_history(address, coin, *span, width))

    def account_state(self, address: str, at: Time | None = None) -> AccountStateAnswer:
        """The newest state of an address as it was received (`states`, with its JSON as `text`), where its bytes are
        kept, and what is `stored` of it; `searched` and `note` say in words what was not found."""
        return self._answers.account_state(address, time_ms("at", at))

    def agreement(self, coin: str | None = None, at: Time | None = None) -> AgreementAnswer:
        """How far our liquidation prices are from those the exchange published: counts by relative difference, and
        how many positions cannot be compared, by reason."""
        return self._answers.agreement(coin, time_ms("at", at))

    def liquidations(
        self,
        coin: str | None = None,
        start: Time | None = None,
        end: Time | None = None,
        *,
        address: str | None = None,
        side: str | None = None,
        method: str | None = None,
        evidence: str | None = None,
        min_notional: float = 0.0,
    ) -> polars.DataFrame:
        """Liquidations that were seen, newest first, each with the level this map showed just before.

        start, end  [start, end) of the first fill.
        side        "long" or "short": of the position that was closed.
        method      "market", "backstop", "deleveraging", "none".
        evidence    "exact", "inferred", "confirmed", "refuted": how it became known.
        """
        span = time_ms("start", start), time_ms("end", end)
        number = None if side is None else side_number(side)
        choice = EventChoice(
            coin=coin,
            address=address,
            side=number,
            method=method,
            evidence=evidence,
            start_ms=span[0],
            end_ms=span[1],
            min_notional=min_notional,
        )
        return of_answers.liquidation_table(self._answers.liquidations(choice))

    def joint(self, btc_percent: float = -10.0, at: Time | None = None) -> Joint:
        """What is liquidated if BTC moves by a percentage and every coin follows by its beta."""
        check_number("btc_percent", btc_percent)
        answer = self._answers.joint(btc_percent, time_ms("at", at))
        return Joint(
            about=about(answer, doubt=tuple(f"{each} is in doubt" for each in answer.in_doubt)),
            at_percent=answer.at_percent,
            joint_notional=answer.joint_notional,
            joint_level_notional=answer.joint_level_notional,
            solo_notional=answer.solo_notional,
            coins=of_runs.moved_coin_table(answer),
            curve=of_runs.curve_table(answer),
            positions=of_runs.joint_position_table(answer),
            betas=of_runs.beta_table(answer),
            record=answer,
        )

    def cascade(
        self,
        coin: str,
        target_price: float | None = None,
        at: Time | None = None,
        *,
        mode: str = "book",
        shock: str = "one",
        moves: Mapping[str, float] | None = None,
        direction: str | None = None,
        minutes: float = 60.0,
        shock_minutes: float | None = None,
        paths: int = 1,
        seed: int = 0,
        theta: float | None = None,
        vault_equity: Sequence[float] | None = None,
        dex_vaults: Mapping[str, float] | None = None,
        stops: bool = False,
        progress: TellShare | None = None,
    ) -> Cascade:
        """Simulate what happens if the price of a coin gets there, on the exchange's own rules (docs/cascade.md).

        target_price  USD; not with shock "october-2025" or `moves`, which say it themselves.
        mode      "given": prices do not answer; "book": the exchange's book does; "coupled": outside venues do too.
        shock     "one": other coins stay; "betas": they follow; "october-2025".
        moves     relative moves by coin in place of a shock: {"BTC": -0.1}; of a folder only.
        stops     take along the stops and take-profits that are known; QuestionError where none were read.
        paths     runs; more than one is an ensemble. progress is told the share done, 0 to 1.
        The first run of a machine compiles the simulator, which takes a minute or more.
        """
        from liqscape.service.answers.cascade_records import EnsembleAnswer
        from liqscape.service.cascade import CascadeQuestion
        from liqscape.service.joint import NamedMoves

        question = CascadeQuestion(
            coin=coin,
            price=target_price,
            mode=mode,
            shock=shock,
            moves=None if moves is None else NamedMoves(dict(moves), None, "moves"),
            direction=direction,
            minutes=minutes,
            shock_minutes=shock_minutes,
            paths=paths,
            seed=seed,
            theta=theta,
            vault_equity=None if vault_equity is None else tuple(vault_equity),
            dex_vaults=tuple((dex_vaults or {}).items()),
            stops=stops,
        )
        answer = self._answers.cascade(question, time_ms("at", at), progress)
        ensemble = answer if isinstance(answer, EnsembleAnswer) else None
        run = answer.central if isinstance(answer, EnsembleAnswer) else answer
        if run is None:
            raise QuestionError("no run of the ensemble came to its end")
        return Cascade(
            about=about(
                run, coin=coin, coverage=run.input.coverage, margin_source_share=_shares(run.input.margin_source_share)
            ),
            label=run.label,
            totals={name: float(getattr(run.totals, name)) for name in run.totals.__struct_fields__},
            assumptions=tuple(run.assumptions),
            coins=of_runs.outcome_table(run),
            per_second=of_runs.second_table(run),
            per_price=of_runs.price_table(run),
            path=of_runs.path_table(run),
            winners=of_runs.winner_table(run),
            fates=of_runs.fate_table(run),
            record=run,
            ensemble=None if ensemble is None else ensemble.quantiles,
            ensemble_levels=() if ensemble is None else tuple(ensemble.levels),
            stops_per_second=None if run.stops is None else of_runs.stop_second_table(run.stops, run.as_of_ms),
            stops_per_price=None if run.stops is None else of_runs.stop_price_table(run.stops),
            ensemble_stops=None if ensemble is None or ensemble.stops is None else ensemble.stops.quantiles,
            ensemble_stops_per_price=None if ensemble is None else of_runs.stop_quantile_table(ensemble),
        )

    def plot(
        self,
        coin: str,
        start: Time | None = None,
        end: Time | None = None,
        *,
        width: int = 240,
        height: int = 160,
        price_low: float | None = None,
        price_high: float | None = None,
        theme: str = "dark",
    ) -> altair.LayerChart:
        """The heatmap under its candles as one figure, shown as it is by a notebook (extra `plot`).

        `.save("map.png")` and `.save("map.html", inline=True)` write it; neither needs a browser or the network.
        theme  "dark" or "light"; colours are those of the page's colour-blind safe table.
        """
        from liqscape.library.figure import draw

        span: dict[str, Any] = {"start": start, "end": end}
        prices: dict[str, Any] = {"price_low": price_low, "price_high": price_high}
        window = self.heatmap(coin, **span, width=width, height=height, **prices)
        return draw(window, self.candles(coin, **span), theme)


def _shares(shares: Any) -> dict[str, float]:
    return {name: getattr(shares, name) for name in shares.__struct_fields__}

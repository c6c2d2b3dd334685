"""What the map of a coin leaves open: of the moment's accounts, joint levels, and the day stored before it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import NotFound
from liqscape.insight.caveats import NEAR, cross_blur, softening, widest
from liqscape.model.account_kinds import AccountKind, kind_of_pools
from liqscape.risk.liquidation import solve_roots
from liqscape.risk.stages import BACKSTOP_SHARE
from liqscape.service.answers.caveats import Caveat, CaveatFigure, CaveatsAnswer, CaveatSource, CaveatUnit
from liqscape.service.answers.parts import known, provenance_answer
from liqscape.service.questions import market_row
from liqscape.units import DAY_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.service.moments import AskedMoment
    from liqscape.service.view import MapView
    from liqscape.units import BoolArray, Float64Array, Int64Array

OLD_MS = 10 * MINUTE_MS
MAX_MID_AGE_MS = 2 * MINUTE_MS
NOTE = "What the figures of the map do not say by themselves."
NO_HISTORY = "no history is stored"
NO_PRICES = "none of both prices is stored together in the 24 h before"
NO_MARK = "the mark is not known"
OTHER_VENUES = "positions on other venues are not published by account: no estimate is drawn"
NO_NEAR = "estimated of a live map's newest frame alone, for its largest coins"
OF_BUILDERS = "their backstop is a vault of their own dex; third parties say isolated-only markets have none"
BP = 1e4


class CaveatQuestions:
    """Asks a map what it leaves open."""

    def __init__(self, view: MapView) -> None:
        self._view = view

    def ask(self, coin: str, at_ms: int | None = None) -> CaveatsAnswer:
        """A coin at a time, by default the newest frame. Raises NotFound."""
        moment = self._view.moment(at_ms)
        of_coin = _CoinMoment(moment, market_row(moment.reported.snapshot.markets, coin))
        return CaveatsAnswer(
            provenance=provenance_answer(moment.reported.provenance),
            as_of_ms=moment.reported.time_ms,
            coin=coin,
            note=NOTE,
            caveats=[
                self._blur(of_coin),
                self._triggers(coin, of_coin),
                self._venues(coin, of_coin),
                of_coin.softening(),
                of_coin.staleness(),
                of_coin.unknown_margin(),
                of_coin.vaults(),
            ],
        )

    def _blur(self, of_coin: _CoinMoment) -> Caveat:
        title = "Cross accounts stand at one level if the coin moves alone and at another if all coins move"
        names: tuple[tuple[str, CaveatUnit], ...] = (
            ("USD whose levels differ by more than a band", "USD"),
            ("share of the USD with a level", "percent"),
            ("median distance of joint and solo level", "bp"),
        )
        try:
            joint = self._view.joint_levels(of_coin.moment)
        except NotFound as error:
            return Caveat(
                key="cross_blur", title=title, figures=[_unknown(name, unit, str(error)) for name, unit in names]
            )
        rows = of_coin.rows
        blur = cross_blur(of_coin.usd, of_coin.root[rows], joint[rows])
        why = NO_MARK if math.isnan(of_coin.mark) else "no position has a level"
        values = (
            (blur.usd, blur.count),
            (100.0 * _share(blur.usd, blur.of_usd), blur.of_count),
            (BP * blur.median_shift, blur.both_count),
        )
        return Caveat(
            key="cross_blur",
            title=title,
            figures=[
                _figure(name, unit, value, n=n, source="modelled", reason=why)
                for (name, unit), (value, n) in zip(names, values, strict=True)
            ],
        )

    def _triggers(self, coin: str, of_coin: _CoinMoment) -> Caveat:
        as_of_ms, oracle = of_coin.moment.reported.time_ms, of_coin.oracle
        figures = [
            _figure(
                "mark against oracle now",
                "bp",
                BP * (of_coin.mark / oracle - 1.0) if oracle > 0.0 else math.nan,
                reason="mark or oracle is not known",
            )
        ]
        reader = self._view.price_sources[1]
        day: tuple[tuple[str, CaveatUnit], ...] = (
            ("mark against oracle, largest of 24 h", "bp"),
            ("mark against mid, last minute", "bp"),
            ("mark against mid, largest of 24 h", "bp"),
        )
        if reader is None:
            figures += [_unknown(name, unit, NO_HISTORY) for name, unit in day]
        else:
            first_ms, end_ms = as_of_ms - DAY_MS, as_of_ms + 1
            path, book = reader.coin_path(coin, first_ms, end_ms), reader.depth_path(coin, first_ms, end_ms)
            of_oracle = widest(path.mark, path.oracle)
            marks = _at(path.time_ms, path.mark, book.time_ms)
            of_mid = widest(marks, book.mid)
            is_fresh = len(book.time_ms) > 0 and as_of_ms - int(book.time_ms[-1]) <= MAX_MID_AGE_MS
            now = marks[-1] / book.mid[-1] - 1.0 if is_fresh else math.nan
            values = ((of_oracle.value, of_oracle.count), (now, 1), (of_mid.value, of_mid.count))
            figures += [
                _figure(name, unit, BP * value, n=n, reason=NO_PRICES)
                for (name, unit), (value, n) in zip(day, values, strict=True)
            ]
        title = "The mark triggers liquidations: a wick in last or mid prices alone triggers none"
        return Caveat(key="mark_triggers", title=title, figures=figures)

    def _venues(self, coin: str, of_coin: _CoinMoment) -> Caveat:
        coverage = float(of_coin.moment.reported.coverage[of_coin.market_index])
        figures = [
            _figure(
                "share of open interest on the map", "percent", 100.0 * coverage, reason="open interest is not known"
            )
        ]
        near = self._view.near() if of_coin.moment.sequence is not None else None
        rows = [] if near is None else near.by_coin.get(coin, [])
        figures += [
            CaveatFigure(
                name=f"share of what stands within {row.within_percent:g} % of the mark",
                value=_percent(row.share),
                unit="percent",
                low=_percent(row.low),
                high=_percent(row.high),
                source="unknown" if row.share is None else "modelled",
                reason="too few accounts were found both ways" if row.share is None else None,
            )
            for row in rows
        ]
        if not rows:
            figures.append(_unknown(f"share of what stands within {100 * NEAR:g} % of the mark", "percent", NO_NEAR))
        figures.append(_unknown("positions on other venues", "USD", OTHER_VENUES))
        title = "Positions of Hyperliquid alone are on the map, and of those the ones that were found and read"
        return Caveat(key="hyperliquid_only", title=title, figures=figures)


class _CoinMoment:
    """One coin of a moment. rows: its positions but exempt ones; usd: theirs; root: of all positions."""

    def __init__(self, moment: AskedMoment, market_index: int) -> None:
        snapshot, accounts = moment.reported.snapshot, moment.accounts
        self.moment, self.market_index = moment, market_index
        self.mark, self.oracle = float(snapshot.mark[market_index]), float(snapshot.oracle[market_index])
        self.root = solve_roots(accounts, snapshot, moment.tables)
        self.pool = accounts.pool_of_position()
        self._here: Int64Array = np.flatnonzero(accounts.market_index == market_index)
        self.rows = self._here[~accounts.is_exempt[self.pool[self._here]]]
        self.usd: Float64Array = np.abs(accounts.size[self.rows]) * self.mark

    def softening(self) -> Caveat:
        """How much of what is near is not sent to the book at once."""
        accounts, snapshot = self.moment.accounts, self.moment.reported.snapshot
        backstop = solve_roots(accounts, snapshot, self.moment.tables, BACKSTOP_SHARE)
        found = softening(accounts.size[self.rows], self.mark, self.root[self.rows], backstop[self.rows])
        is_known = self.mark > 0.0
        why = NO_MARK if not is_known else "no level is so near"
        market = snapshot.markets.rows[self.market_index]
        figures = [
            _figure(
                "USD within 5 % of the mark", "USD", found.usd if is_known else math.nan, n=found.count, reason=why
            ),
            _figure(
                "share sent to the book in the first orders",
                "percent",
                100.0 * _share(found.first_usd, found.usd),
                n=found.count,
                reason=why,
                rests_on="20 % of positions above 100,000 USD, the whole of others",
            ),
            _figure(
                "share whose backstop is within 0.5 % of its level",
                "percent",
                100.0 * _share(found.backstop_usd, found.usd),
                n=found.backstop_count,
                source="modelled",
                reason=why,
                rests_on="a mark that leaps so far goes past the book to the backstop",
            ),
            _figure(
                "USD of them in a market of a builder",
                "USD",
                (found.usd if market.dex else 0.0) if is_known else math.nan,
                n=found.count if market.dex else 0,
                reason=why,
                rests_on=OF_BUILDERS,
            ),
        ]
        title = "The engine goes in steps: slices, then the backstop, so a level does not clear at once"
        return Caveat(key="engine_softening", title=title, figures=figures)

    def staleness(self) -> Caveat:
        """How old what is known of the coin's accounts is."""
        accounts, now_ms = self.moment.accounts, self.moment.reported.time_ms
        age_ms = np.maximum(0, now_ms - accounts.observed_ms[self.pool[self.rows]])
        pools = np.unique(self.pool[self.rows])
        of_pool = np.maximum(0, now_ms - accounts.observed_ms[pools]) / 1_000.0
        old: BoolArray = age_ms > OLD_MS
        none = "nobody holds the coin"
        n = len(pools)
        figures = [
            _figure("median age of the accounts' states", "seconds", _or_nan(np.median, of_pool), n=n, reason=none),
            _figure("oldest state", "seconds", _or_nan(np.max, of_pool), n=n, reason=none),
            _figure(
                "share of USD older than 10 min",
                "percent",
                100.0 * _share(float(self.usd[old].sum()), float(self.usd.sum())),
                n=int(old.sum()),
                reason=none if math.isfinite(self.mark) else NO_MARK,
            ),
        ]
        title = "Accounts are read in turns: money that moved since an account was read has moved its level unseen"
        return Caveat(key="staleness", title=title, figures=figures)

    def unknown_margin(self) -> Caveat:
        """Positions of which the size is known and the level is not."""
        nowhere = np.isnan(self.root[self.rows])
        usd = float(self.usd[nowhere].sum())
        n = int(nowhere.sum())
        figures = [
            _figure("USD without a level, margin not known", "USD", usd, n=n, reason=NO_MARK),
            _figure(
                "share of the coin's USD", "percent", 100.0 * _share(usd, float(self.usd.sum())), n=n, reason=NO_MARK
            ),
        ]
        title = "Positions of accounts whose margin is not known are in no band"
        return Caveat(key="unknown_margin", title=title, figures=figures)

    def vaults(self) -> Caveat:
        """Vaults in the bands, and accounts that are kept out of them."""
        accounts = self.moment.accounts
        kind = kind_of_pools(accounts, self.moment.vault_rows)[self.pool[self._here]]
        usd = np.abs(accounts.size[self._here]) * self.mark
        is_vault, is_exempt = kind == AccountKind.VAULT, kind == AccountKind.EXEMPT
        figures = [
            _figure(
                "USD of vaults, in the bands", "USD", float(usd[is_vault].sum()), n=int(is_vault.sum()), reason=NO_MARK
            ),
            _figure(
                "USD of HLP and its like, kept out of the bands",
                "USD",
                float(usd[is_exempt].sum()),
                n=int(is_exempt.sum()),
                reason=NO_MARK,
            ),
        ]
        return Caveat(key="vaults", title="Vaults are told apart; HLP is not liquidated in practice", figures=figures)


def _figure(
    name: str,
    unit: CaveatUnit,
    value: float,
    *,
    n: int | None = None,
    source: CaveatSource = "measured",
    reason: str,
    rests_on: str | None = None,
) -> CaveatFigure:
    """A figure, null with its reason where the value is NaN."""
    found = known(value)
    if found is None:
        return _unknown(name, unit, reason)
    return CaveatFigure(name=name, value=found, unit=unit, n=n, source=source, reason=rests_on)


def _unknown(name: str, unit: CaveatUnit, reason: str) -> CaveatFigure:
    return CaveatFigure(name=name, value=None, unit=unit, source="unknown", reason=reason)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else math.nan


def _percent(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _or_nan(figure: object, values: Float64Array) -> float:
    assert callable(figure)
    return float(figure(values)) if len(values) else math.nan


def _at(times: Int64Array, values: Float64Array, wanted: Int64Array) -> Float64Array:
    """Values at exactly these times; NaN where there is none."""
    found = np.full(len(wanted), np.nan)
    if len(times):
        place = np.minimum(np.searchsorted(times, wanted), len(times) - 1)
        is_there = times[place] == wanted
        found[is_there] = values[place[is_there]]
    return found

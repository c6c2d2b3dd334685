"""Depth profiles of all markets, from recorded books or from a market's liquidity (docs/cascade.md, "Book").

    Cum(u) = B u^kappa       coins within relative distance u of the mid, one side                            (4)

A recorded book keeps its levels; beyond the last one the power law goes on through it. Without one, B is set so that
the depth within 1 % is a share of the day's volume, or of open interest. The mean distance of a cell [a, b] is

    kappa / (kappa + 1) * (b^(kappa + 1) - a^(kappa + 1)) / (b^kappa - a^kappa),                              (5)

so a walk over whole cells costs what the law says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from liqscape.cascade.question import CascadeInput, DepthSettings, RealBook
from liqscape.exchange.columns import ASK, BID
from liqscape.exchange.depth_columns import Depth, ProfileState
from liqscape.exchange.scale import price_scale
from liqscape.units import BASIS_POINTS, DAY_MS, Float64Array

EXPONENT_OF = {"BTC": 1.13, "ETH": 1.35, "SOL": 1.10, "DOGE": 1.41}
"""Fitted books (reference: engine, table of impact models)."""
MIN_EXPONENT, MAX_EXPONENT = 0.6, 1.41
"""20 levels reach a few basis points; what they say about the slope is taken between these."""
CELLS = 40
FIRST_EDGE = 1e-4
"""The nearest cell ends 1 bp from the anchor."""
MAX_RECORDED = 40
"""Recorded levels kept one by one; more are merged into the last of them."""
LEVELS = CELLS + MAX_RECORDED
ONE_PERCENT = 0.01
NEAR, FAR = 0.001, 0.02
RATE_STEPS = 6
"""Refill speeds between NEAR and FAR; few, so that levels share their exponentials."""


@dataclass(frozen=True)
class PowerLaw:
    """Cum(u) = scale * u ** exponent, coins; r_squared of the fit in logs (NaN: not fitted)."""

    scale: float
    exponent: float
    r_squared: float

    def within(self, distance: float) -> float:
        """Coins that rest within a relative distance of the anchor."""
        return float(self.scale * distance**self.exponent)


@dataclass(frozen=True, kw_only=True)
class Profiles:
    """profile (M, 2, B, Depth.WIDTH) and state (M, ProfileState.WIDTH) of the exchange; anchors USD.

    middle      (M,) USD the profile starts around: mid of a recorded book, else the mark; NaN without either.
    one_percent (M, 2) quiet coins within 1 %.
    notes       what was assumed, for people.
    """

    profile: Float64Array
    state: Float64Array
    middle: Float64Array
    one_percent: Float64Array
    notes: tuple[str, ...]


def fit_power_law(distance: Float64Array, cumulative: Float64Array) -> PowerLaw:
    """Least squares in logs, the exponent kept in its bounds, through the last point. distance > 0."""
    exponent, r_squared = EXPONENT_OF["BTC"], math.nan
    if len(distance) > 1 and distance[-1] > distance[0]:
        x, y = np.log(distance), np.log(cumulative)
        spread = x - x.mean()
        slope = float((spread * y).sum() / (spread * spread).sum())
        rest = y - y.mean() - slope * spread
        total = float(((y - y.mean()) ** 2).sum())
        r_squared = 1.0 - float((rest * rest).sum()) / total if total > 0.0 else math.nan
        exponent = min(MAX_EXPONENT, max(MIN_EXPONENT, slope))
    return PowerLaw(float(cumulative[-1] / distance[-1] ** exponent), exponent, r_squared)


def build_profiles(question: CascadeInput, settings: DepthSettings) -> Profiles:
    """Profiles of every market. A market with no price, or neither book, volume nor open interest, has no depth."""
    markets = question.snapshot.markets
    count = len(markets)
    profile = np.zeros((count, 2, LEVELS, Depth.WIDTH))
    state = np.zeros((count, ProfileState.WIDTH))
    middle, one_percent = question.snapshot.mark.copy(), np.zeros((count, 2))
    interest = open_interest_of(question)
    real, by_volume, by_interest, none = [], 0, 0, []
    for row, market in enumerate(markets.rows):
        lots = 10.0**market.size_decimals
        book = question.books[row]
        mark = float(question.snapshot.mark[row])
        if book is not None and mark > 0.0:
            bid, ask = float(book.bids[0, 0]), float(book.asks[0, 0])
            middle[row] = 0.5 * (bid + ask)
            for side in (BID, ASK):
                law = _fill_recorded(profile[row, side], book, side, float(middle[row]), lots, settings)
                one_percent[row, side] = law.within(ONE_PERCENT) * settings.scale
            real.append(_note_of(market.coin, book, float(middle[row]), one_percent[row]))
        elif mark > 0.0:
            volume = float(question.day_volume[row])
            if volume > 0.0:
                usd, by_volume = volume * settings.share_of_volume, by_volume + 1
            elif interest[row] > 0.0:
                usd, by_interest = float(interest[row]) * mark * settings.share_of_open_interest, by_interest + 1
            else:
                none.append(market.coin)
                continue
            exponent = EXPONENT_OF.get(market.coin, settings.exponent)
            law = PowerLaw(usd / mark / ONE_PERCENT**exponent, exponent, math.nan)
            for side in (BID, ASK):
                _fill_cells(profile[row, side], 0, law, 0.0, lots, settings)
                one_percent[row, side] = law.within(ONE_PERCENT) * settings.scale
        if mark > 0.0:
            volatility = float(question.day_volatility[row])
            _fill_state(state[row], market.size_decimals, float(middle[row]), volatility, settings)
            state[row, ProfileState.DEPTH_BID : ProfileState.DEPTH_ASK + 1] = one_percent[row] * lots
    share = settings.start_withdrawal
    profile[..., Depth.LOTS] = profile[..., Depth.TARGET] * share
    notes = list(real)
    if by_volume or by_interest:
        notes.append(
            f"no order book known for {by_volume + by_interest} markets: parametric depth, within 1 % "
            f"{100 * settings.share_of_volume:g} % of the day's volume ({by_volume} markets) or "
            f"{100 * settings.share_of_open_interest:g} % of open interest ({by_interest} markets), exponent "
            f"{settings.exponent:g} (BTC, ETH, SOL, DOGE their own), nothing beyond {100 * settings.reach:g} %"
        )
    if none:
        notes.append(f"no depth at all in {len(none)} markets with neither book, volume nor open interest")
    return Profiles(profile=profile, state=state, middle=middle, one_percent=one_percent, notes=tuple(notes))


def quiet_profiles(question: CascadeInput, settings: DepthSettings) -> Profiles:
    """Profiles at a scale of 1 with nothing withdrawn, for `drawn_profiles`."""
    return build_profiles(question, replace(settings, scale=1.0, start_withdrawal=1.0))


def drawn_profiles(question: CascadeInput, quiet: Profiles, settings: DepthSettings) -> Profiles:
    """Profiles of these settings, which differ from those of `quiet` in scale and W at the start alone.

    To the bit as `build_profiles` has them: both come last in every product, and a product with 1 is what it was. 250
    markets take 1 ms in place of 20. Notes are those of `quiet`.
    """
    profile, state, one_percent = quiet.profile.copy(), quiet.state.copy(), quiet.one_percent * settings.scale
    profile[..., Depth.TARGET] *= settings.scale
    profile[..., Depth.LOTS] = profile[..., Depth.TARGET] * settings.start_withdrawal
    known = state[:, ProfileState.TICKS_PER_USD] > 0.0
    start = max(math.log(settings.start_withdrawal), math.log(settings.min_withdrawal))
    state[known, ProfileState.LOG_WITHDRAWAL_BID] = state[known, ProfileState.LOG_WITHDRAWAL_ASK] = start
    depth = slice(ProfileState.DEPTH_BID, ProfileState.DEPTH_ASK + 1)
    state[known, depth] = (one_percent * question.snapshot.markets.lots_per_coin[:, None])[known]
    return replace(quiet, profile=profile, state=state, one_percent=one_percent)


def open_interest_of(question: CascadeInput) -> Float64Array:
    """(M,) coins on one side: the venue's figure, else the larger side of the accounts given."""
    accounts, count = question.accounts, len(question.snapshot.markets)
    longs = np.bincount(accounts.market_index, np.maximum(accounts.size, 0.0), count)
    shorts = np.bincount(accounts.market_index, np.maximum(-accounts.size, 0.0), count)
    seen = np.maximum(longs, shorts)
    known = question.snapshot.open_interest
    return np.where(known > 0.0, known, seen)


def day_volume_of(question: CascadeInput, settings: DepthSettings) -> Float64Array:
    """(M,) day's volume here, USD; where it is not known, the volume at which both depth rules agree; 0 for nothing."""
    by_interest = np.nan_to_num(open_interest_of(question) * question.snapshot.mark)
    by_interest = by_interest * settings.share_of_open_interest / settings.share_of_volume
    return np.where(question.day_volume > 0.0, question.day_volume, by_interest)


def _fill_recorded(
    levels: Float64Array, book: RealBook, side: int, middle: float, lots: float, settings: DepthSettings
) -> PowerLaw:
    rows = book.bids if side == BID else book.asks
    distance = np.abs(rows[:, 0] / middle - 1.0)
    size = rows[:, 1].astype(np.float64).copy()
    law = fit_power_law(distance, np.cumsum(size))
    last = float(distance[-1])
    if len(rows) > MAX_RECORDED:
        size[MAX_RECORDED - 1] = size[MAX_RECORDED - 1 :].sum()
        distance, size = distance[:MAX_RECORDED], size[:MAX_RECORDED]
    count = len(size)
    levels[:count, Depth.DISTANCE] = distance
    levels[:count, Depth.TARGET] = size * lots * settings.scale
    levels[:count, Depth.RATE] = [refill_rate(float(at), settings) for at in distance]
    _fill_cells(levels, count, law, last, lots, settings)
    return law


def _fill_cells(
    levels: Float64Array, first: int, law: PowerLaw, start: float, lots: float, settings: DepthSettings
) -> None:
    """Cells of the power law from relative distance `start` to the reach, into rows from `first` on."""
    share, mean, rate = _cells(start, law.exponent, settings)
    rows = slice(first, first + len(share))
    levels[rows, Depth.DISTANCE] = mean
    levels[rows, Depth.TARGET] = law.scale * share * lots * settings.scale
    levels[rows, Depth.RATE] = rate


@lru_cache(maxsize=256)
def _cells(start: float, k: float, settings: DepthSettings) -> tuple[Float64Array, Float64Array, Float64Array]:
    """(coins of a law of scale 1, mean distance, refill rate) of cells from `start` on; most markets share theirs."""
    low = max(start, FIRST_EDGE)
    if low >= settings.reach:
        none = np.zeros(0)
        return none, none, none
    edges = np.geomspace(low, settings.reach, CELLS if start < FIRST_EDGE else CELLS + 1)
    if start < FIRST_EDGE:
        edges = np.concatenate(([start], edges))
    inner, outer = edges[:-1], edges[1:]
    share = outer**k - inner**k
    mean = k / (k + 1.0) * (outer ** (k + 1.0) - inner ** (k + 1.0)) / share
    return share, mean, np.array([refill_rate(float(at), settings) for at in mean])


def refill_rate(distance: float, settings: DepthSettings) -> float:
    """Speed of return, 1 / ms: half-life near the touch up to 0.1 %, far from 2 % on, geometric in steps between."""
    share = math.log(min(max(distance, NEAR), FAR) / NEAR) / math.log(FAR / NEAR)
    share = round(share * RATE_STEPS) / RATE_STEPS
    half_life = settings.near_half_life_ms * (settings.far_half_life_ms / settings.near_half_life_ms) ** share
    return float(math.log(2.0) / half_life)


def _fill_state(
    row: Float64Array, size_decimals: int, middle: float, day_volatility: float, settings: DepthSettings
) -> None:
    scale = price_scale(size_decimals)
    volatility = day_volatility if day_volatility > 0.0 else settings.day_volatility
    row[ProfileState.ANCHOR] = middle * scale
    row[ProfileState.AVERAGE_LOG] = math.log(middle * scale)
    start = max(math.log(settings.start_withdrawal), math.log(settings.min_withdrawal))
    row[ProfileState.LOG_WITHDRAWAL_BID] = row[ProfileState.LOG_WITHDRAWAL_ASK] = start
    row[ProfileState.NORMAL_MOVE] = volatility * math.sqrt(0.5 * settings.volatility_window_ms / DAY_MS)
    row[ProfileState.MOVE_WITHDRAWAL] = settings.move_withdrawal / 1_000.0
    row[ProfileState.CONSUMPTION_WITHDRAWAL] = settings.consumption_withdrawal
    row[ProfileState.MIN_LOG_WITHDRAWAL] = math.log(settings.min_withdrawal)
    row[ProfileState.TICKS_PER_USD] = scale


def _note_of(coin: str, book: RealBook, middle: float, one_percent: Float64Array) -> str:
    reach = BASIS_POINTS * max(abs(float(book.bids[-1, 0]) / middle - 1.0), abs(float(book.asks[-1, 0]) / middle - 1.0))
    low, high = sorted(float(coins) * middle / 1e6 for coins in one_percent)
    return (
        f"{coin}: recorded book of {len(book.bids)} bids and {len(book.asks)} asks reaches {reach:.1f} bp; power law "
        f"beyond it, {low:.3g} to {high:.3g} million USD a side within 1 %"
    )

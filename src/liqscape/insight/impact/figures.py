"""What price did after a burst of forced orders, from the path of mids (docs/clusters.md, "Liquidation events").

    impact_h = direction * (mid(last fill + h) / mid before the first fill - 1)      in bp

direction is that of the forced flow, -1 sold, +1 bought: positive figures say that price went with it. The mid before
is at most h older than the first fill, the one after is the nearest to its time and at most h / 2 off; else the figure
is NaN, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from math import nan

import numpy as np

from liqscape.units import BASIS_POINTS, MINUTE_MS, Float64Array, Int64Array

HORIZONS_MS = (1_000, 10_000, 60_000)
SLIPPAGE_AGE_MS = 10_000
"""A mid older than this says more of the seconds since than of what the order cost."""
EXCURSION_MS = 60_000
"""The largest excursion is that of the first minute: later ones are rather the market's own."""
RECOVERY_MS = 10 * MINUTE_MS
SETTLED_MS = 90_000
"""After the last fill: the mid nearest to +60 s may be that of +90 s."""
UNKNOWN_MS = -1


class Unknown(IntFlag):
    """Why figures of an event are null, as bits."""

    NO_PRICES = 1
    NO_MID_BEFORE = 2
    SLIPPAGE = 4
    IMPACT_1S = 8
    IMPACT_10S = 16
    IMPACT_60S = 32
    NO_EXCURSION = 64
    NOT_RECOVERED = 128
    PATH_BROKEN = 256
    NO_DEPTH = 512
    FEW_BASELINES = 1024


WORDS = {
    Unknown.NO_PRICES: "no mids of this coin are known",
    Unknown.NO_MID_BEFORE: "no mid of the minute before the first fill",
    Unknown.SLIPPAGE: "slippage: the mid before is older than 10 s",
    Unknown.IMPACT_1S: "impact_1s: mids are further apart than 1 s",
    Unknown.IMPACT_10S: "impact_10s: mids are further apart than 10 s",
    Unknown.IMPACT_60S: "impact_60s: mids are further apart than 60 s",
    Unknown.NO_EXCURSION: "recovery: price did not go with the flow",
    Unknown.NOT_RECOVERED: "recovery: not within 10 min",
    Unknown.PATH_BROKEN: "recovery: mids are further apart than 60 s",
    Unknown.NO_DEPTH: "depth_share: no order book of the minute before",
    Unknown.FEW_BASELINES: "baseline: fewer than 50 comparable times in the 24 h before",
}
OF_HORIZON = (Unknown.IMPACT_1S, Unknown.IMPACT_10S, Unknown.IMPACT_60S)


def unknown_words(reasons: int) -> str:
    """The reasons in words, joined by semicolons; empty where all is known."""
    return "; ".join(text for reason, text in WORDS.items() if reasons & reason)


@dataclass(frozen=True, kw_only=True)
class BurstFigures:
    """Figures of one burst; NaN (recovery_ms: -1) where `unknown` says why.

    pre_mid      USD, last mid before the first fill.
    impact_bp    at each of HORIZONS_MS after the last fill.
    recovery_ms  from the largest excursion of the first minute to half of it.
    is_settled   nothing that comes later changes a figure.
    """

    pre_mid: float
    impact_bp: tuple[float, ...]
    recovery_ms: int
    unknown: int
    is_settled: bool


def measure_burst(
    time_ms: Int64Array, mid: Float64Array, first_ms: int, last_ms: int, direction: int, now_ms: int
) -> BurstFigures:
    """Figures of a burst from first_ms to last_ms, as known at now_ms.

    time_ms, mid (n,): the path, times rising; a NaN says that the mid is unknown from there on. A mid of the very
    millisecond of a fill counts as after it: both are of one block, and mids are those of its end.
    """
    over = now_ms >= last_ms + RECOVERY_MS
    if not len(time_ms):
        return _nothing(Unknown.NO_PRICES, is_settled=now_ms >= last_ms + SETTLED_MS)
    pre, age_ms = mid_before(time_ms, mid, first_ms)
    if np.isnan(pre):
        return _nothing(Unknown.NO_MID_BEFORE, is_settled=now_ms >= last_ms + SETTLED_MS)
    unknown = Unknown(0)
    impacts = []
    for horizon_ms, reason in zip(HORIZONS_MS, OF_HORIZON, strict=True):
        after = _mid_near(time_ms, mid, last_ms, horizon_ms)
        impact = direction * (after / pre - 1.0) * BASIS_POINTS if age_ms <= horizon_ms else nan
        impacts.append(impact)
        unknown |= reason if np.isnan(impact) else Unknown(0)
    before = int(np.searchsorted(time_ms, first_ms)) - 1
    recovery_ms, reason, is_recovered = _recovery(time_ms, mid, before, last_ms, direction, is_over=over)
    return BurstFigures(
        pre_mid=pre,
        impact_bp=tuple(impacts),
        recovery_ms=recovery_ms,
        unknown=int(unknown | reason),
        is_settled=over or (is_recovered and now_ms >= last_ms + SETTLED_MS),
    )


def mid_before(time_ms: Int64Array, mid: Float64Array, first_ms: int) -> tuple[float, int]:
    """(USD, how much older in ms) of the last mid before a fill; (NaN, -1) where none of the minute before is known."""
    at = int(np.searchsorted(time_ms, first_ms)) - 1
    if at < 0 or np.isnan(mid[at]) or first_ms - int(time_ms[at]) > HORIZONS_MS[-1]:
        return nan, UNKNOWN_MS
    return float(mid[at]), first_ms - int(time_ms[at])


def _mid_near(time_ms: Int64Array, mid: Float64Array, last_ms: int, horizon_ms: int) -> float:
    """The mid nearest to last fill + horizon, of those within half the horizon; NaN where there is none."""
    wanted_ms = last_ms + horizon_ms
    at = int(np.searchsorted(time_ms, wanted_ms, "right"))
    near = [each for each in (at - 1, at) if 0 <= each < len(time_ms)]
    nearest = min(near, key=lambda each: abs(int(time_ms[each]) - wanted_ms))
    return float(mid[nearest]) if 2 * abs(int(time_ms[nearest]) - wanted_ms) <= horizon_ms else nan


def _recovery(
    time_ms: Int64Array, mid: Float64Array, before: int, last_ms: int, direction: int, *, is_over: bool
) -> tuple[int, Unknown, bool]:
    """(recovery_ms, reason where unknown, whether it is decided before the ten minutes are over).

    before: row of the mid before the first fill.
    """
    end = int(np.searchsorted(time_ms, last_ms + RECOVERY_MS, "right"))
    times, excursion = time_ms[before:end], direction * (mid[before:end] / mid[before] - 1.0)
    near = int(np.searchsorted(times, last_ms + EXCURSION_MS, "right"))
    first = excursion[:near]
    if np.isnan(first).any() or _is_broken(times[:near], last_ms + EXCURSION_MS):
        return UNKNOWN_MS, Unknown.PATH_BROKEN, True
    extreme = int(first.argmax())
    if not first[extreme] > 0.0:
        return UNKNOWN_MS, Unknown.NO_EXCURSION, True
    rest = excursion[extreme:]
    is_back, is_lost = rest <= 0.5 * first[extreme], np.isnan(rest)
    is_lost[1:] |= np.diff(times[extreme:]) > MINUTE_MS
    back = int(is_back.argmax()) if is_back.any() else len(rest)
    if is_lost[: back + 1].any():
        return UNKNOWN_MS, Unknown.PATH_BROKEN, True
    if back < len(rest):
        return int(times[extreme + back] - times[extreme]), Unknown(0), True
    is_broken = is_over and _is_broken(times[extreme:], last_ms + RECOVERY_MS)
    return UNKNOWN_MS, Unknown.PATH_BROKEN if is_broken else Unknown.NOT_RECOVERED, False


def _is_broken(times: Int64Array, until_ms: int) -> bool:
    """Whether two mids, or the last one and the end, are further apart than a minute."""
    return bool((np.diff(times) > MINUTE_MS).any()) or until_ms - int(times[-1]) > MINUTE_MS


def _nothing(reason: Unknown, *, is_settled: bool) -> BurstFigures:
    return BurstFigures(
        pre_mid=nan,
        impact_bp=(nan, nan, nan),
        recovery_ms=UNKNOWN_MS,
        unknown=int(reason),
        is_settled=is_settled,
    )

"""What is to be studied of a day: which coins from where on, and how that is split among workers.

A coin of a part is as it should be where it goes on from the part of the stored day before, up to the last wanted
frame. Where it ends sooner it goes on from its own state; where the day before was studied later, or from an earlier
beginning, it is studied again, for ages and ids rest on what was before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from liqscape.service.studying.span import SpanTask
from liqscape.store.studies import CoinSpan, StudyPart
from liqscape.units import DAY_MS


@dataclass(frozen=True, kw_only=True)
class DayFrames:
    """Stored frames of one UTC day that are to be studied. before_ms: the stored frame before the first, if any."""

    day: int
    first_ms: int
    last_ms: int
    before_ms: int | None


@dataclass(frozen=True)
class CoinPlan:
    """From where on one coin is studied: its own rows of the day are added to, or replaced."""

    coin: str
    start_ms: int
    state: bytes | None
    goes_on: bool


def plan_day(
    frames: DayFrames, coins: Sequence[str], before: StudyPart | None, there: StudyPart | None
) -> list[CoinPlan]:
    """The coins of a day that need work.

    before  the part of the stored day before; there: the part of this day.
    """
    held: Mapping[str, CoinSpan] = {} if there is None else there.coins
    ends = {} if before is None else {c: s for c, s in before.coins.items() if s.last_ms == frames.before_ms}
    plans: list[CoinPlan] = []
    states_before: dict[str, bytes] | None = None
    states_there: dict[str, bytes] | None = None
    for coin in sorted(coins):
        own, former = held.get(coin), ends.get(coin)
        is_tied = own is not None and (former is None or own.since_ms == former.since_ms)
        if own is not None and is_tied and own.last_ms >= frames.last_ms:
            continue
        if own is not None and there is not None and is_tied:
            states_there = there.states() if states_there is None else states_there
            plans.append(CoinPlan(coin, own.last_ms + 1, states_there[coin], goes_on=True))
        elif former is not None and before is not None:
            states_before = before.states() if states_before is None else states_before
            plans.append(CoinPlan(coin, frames.first_ms, states_before[coin], goes_on=False))
        else:
            plans.append(CoinPlan(coin, frames.first_ms, None, goes_on=False))
    return plans


def split_plans(
    data: Path, frames: DayFrames, plans: Sequence[CoinPlan], weight: Mapping[str, float], workers: int
) -> list[SpanTask]:
    """Tasks of about equal work, at most one a worker for coins that begin at the same frame.

    weight  work a coin makes, in any unit; coins that are not in it make little.
    """
    return [
        SpanTask(
            data=data,
            start_ms=start_ms,
            end_ms=frames.last_ms + 1,
            coins=tuple(plan.coin for plan in share),
            states={plan.coin: plan.state for plan in share if plan.state is not None},
            going_on=frozenset(plan.coin for plan in share if plan.goes_on),
        )
        for start_ms in sorted({plan.start_ms for plan in plans})
        for share in _shares([plan for plan in plans if plan.start_ms == start_ms], weight, workers)
    ]


def day_of(time_ms: int) -> int:
    """UTC day, days since 1970."""
    return time_ms // DAY_MS


def _shares(plans: Sequence[CoinPlan], weight: Mapping[str, float], workers: int) -> list[list[CoinPlan]]:
    """The heaviest first, each to whom has least so far."""
    shares: list[list[CoinPlan]] = [[] for _ in range(min(workers, len(plans)))]
    load = [0.0] * len(shares)
    for plan in sorted(plans, key=lambda plan: (-weight.get(plan.coin, 0.0), plan.coin)):
        least = load.index(min(load))
        shares[least].append(plan)
        load[least] += weight.get(plan.coin, 0.0) + 1.0
    return [sorted(share, key=lambda plan: plan.coin) for share in shares]

"""Rules about figures that pass a limit: asymmetry, funding, open interest, coverage, and silence of the map.

excess = max(figure - above, below - figure),   of a change: |change| - percent,   of silence: minutes - limit
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from liqscape.insight.alerts.columns import EVERY, RuleColumns
from liqscape.insight.alerts.earlier import known_at, oldest_needed_ms
from liqscape.insight.alerts.gate import Gate, Passing, RowMemory
from liqscape.insight.alerts.inputs import FrameFacts
from liqscape.insight.alerts.kinds import DISTANCES
from liqscape.units import MINUTE_MS, Float64Array, Int64Array


class GaugePassing(NamedTuple):
    """A rule whose figure passed its limit. coin: None of a rule about the whole map."""

    rule: int
    coin: str | None
    passing: Passing
    figure: float


class LimitRows:
    """Rules with `above` or `below` about a figure of each coin, or of the whole map where has_whole and no coin."""

    def __init__(
        self, columns: RuleColumns, coins: tuple[str, ...], memory: RowMemory, *, has_whole: bool = False
    ) -> None:
        self.columns = columns
        self._names: list[str] = [*coins, "all"]
        self._whole = len(coins)
        rule, market = columns.with_coins(len(coins))
        if has_whole:
            every = np.flatnonzero(columns.market == EVERY)
            own = columns.market[rule] >= 0
            rule = np.concatenate((rule[own], every))
            market = np.concatenate((market[own], np.full(len(every), self._whole)))
        self._market = market
        self._gate = Gate(rule, market, columns.hysteresis[rule], columns.rule_ids, self._names, memory)
        self._above, self._below = columns.above[rule], columns.below[rule]

    def see(self, time_ms: int, figure: Float64Array) -> list[GaugePassing]:
        """Rows that fire at these figures, (M + 1,): of each coin, and of the whole map."""
        if not len(self._gate):
            return []
        return self._step(time_ms, figure[self._market])

    def see_of_rules(self, time_ms: int, figures: Float64Array) -> list[GaugePassing]:
        """The same of figures that differ by rule: (K, M + 1)."""
        if not len(self._gate):
            return []
        return self._step(time_ms, figures[self._gate.rule, self._market])

    def _step(self, time_ms: int, figure: Float64Array) -> list[GaugePassing]:
        excess = np.fmax(figure - self._above, self._below - figure)
        return [
            GaugePassing(int(self._gate.rule[each.row]), self._coin(each.row), each, float(figure[each.row]))
            for each in self._gate.step(time_ms, excess)
        ]

    def _coin(self, row: int) -> str | None:
        market = int(self._market[row])
        return None if market == self._whole else self._names[market]


class AsymmetryRows:
    """Rules about asymmetry; figures come coin by coin, at each distance."""

    def __init__(self, columns: RuleColumns, coins: tuple[str, ...], memory: RowMemory) -> None:
        self.columns = columns
        self._limits = LimitRows(columns, coins, memory)
        self._place: Int64Array = np.array([DISTANCES.index(each) for each in columns.distance.tolist()], np.int64)

    def see(self, time_ms: int, imbalance: Float64Array) -> list[GaugePassing]:
        """imbalance: (M, 4) at each of DISTANCES."""
        whole = np.vstack((imbalance, np.full((1, len(DISTANCES)), np.nan)))
        return self._limits.see_of_rules(time_ms, whole.T[self._place]) if len(self.columns) else []


class InterestRows:
    """Rules about changes of open interest."""

    def __init__(self, columns: RuleColumns, coins: tuple[str, ...], memory: RowMemory) -> None:
        self.columns = columns
        self._coins = coins
        rule, self._market = columns.with_coins(len(coins))
        self._gate = Gate(rule, self._market, columns.hysteresis[rule], columns.rule_ids, coins, memory)
        self._percent = columns.percent[rule]
        self._held: list[tuple[int, Float64Array]] = []

    def see(self, facts: FrameFacts) -> list[GaugePassing]:
        """Rows that fire at a frame; one frame a minute is kept to compare with."""
        if not len(self._gate):
            return []
        now_ms = facts.time_ms
        minutes = self.columns.minutes[self._gate.rule]
        change = np.full(len(self._gate), np.nan)
        for each in np.unique(minutes).tolist():
            before = known_at(self._held, now_ms - int(each * MINUTE_MS))
            if before is not None:
                own = np.flatnonzero(minutes == each)
                market = self._market[own]
                then = np.where(before[market] > 0.0, before[market], np.nan)
                change[own] = 100.0 * (facts.open_interest[market] / then - 1.0)
        if not self._held or now_ms // MINUTE_MS != self._held[-1][0] // MINUTE_MS:
            oldest_ms = oldest_needed_ms(now_ms, minutes)
            self._held = [each for each in self._held if each[0] >= oldest_ms]
            self._held.append((now_ms, facts.open_interest))
        fired = self._gate.step(now_ms, np.abs(change) - self._percent)
        return [
            GaugePassing(
                int(self._gate.rule[each.row]),
                self._coins[int(self._market[each.row])],
                each,
                float(change[each.row]),
            )
            for each in fired
        ]

    def take_over(self, before: InterestRows | None, places: Mapping[int, int]) -> None:
        """Go on with what another held, whose coins stand in other places: new place by old."""
        if before is None:
            return
        count = len(self._coins)
        for at_ms, values in before._held:
            moved = np.full(count, np.nan)
            for old, new in places.items():
                moved[new] = values[old]
            self._held.append((at_ms, moved))


class SilenceRows:
    """Rules about a map that shows nothing new."""

    def __init__(self, columns: RuleColumns, memory: RowMemory) -> None:
        self.columns = columns
        rule = np.arange(len(columns))
        self._gate = Gate(
            rule, np.zeros(len(columns), np.int64), np.zeros(len(columns)), columns.rule_ids, ["map"], memory
        )

    def see(self, now_ms: int, silent_ms: int) -> list[GaugePassing]:
        """Rows that fire after so long a silence."""
        if not len(self._gate):
            return []
        minutes = silent_ms / MINUTE_MS
        fired = self._gate.step(now_ms, minutes - self.columns.minutes)
        return [GaugePassing(int(self._gate.rule[each.row]), None, each, minutes) for each in fired]

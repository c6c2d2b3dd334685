"""Studies of several coins advanced together: what a worker does with a span, and a live map with each new minute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from liqscape.insight.minute import Minute
from liqscape.insight.minute_pair import MinutePair
from liqscape.insight.study import CoinStudy
from liqscape.insight.study_rows import StudyRows
from liqscape.store.studies.writer import StudiedCoin
from liqscape.units import DAY_MS


class CoinStudies:
    """Studies by coin; rows are collected until somebody takes them.

    coins   to be studied; None: all that are listed, from the minute they are on.
    states  of studies that go on.
    """

    def __init__(self, coins: Iterable[str] | None, states: Mapping[str, bytes]) -> None:
        self._wanted = None if coins is None else tuple(coins)
        self.studies = {coin: CoinStudy.from_state(coin, state) for coin, state in states.items()}
        self.newest: dict[str, StudyRows] = {}
        """Rows of the last minute, by coin."""
        self._rows: dict[str, list[StudyRows]] = {}

    def advance(self, before: Minute | None, now: Minute) -> MinutePair:
        """Study one more minute; rows of it are `newest`."""
        listed = now.snapshot.markets.coins
        if self._wanted is None and before is not None and before.time_ms // DAY_MS != now.time_ms // DAY_MS:
            # A part has the coins that were listed on its day.
            self.studies = {coin: study for coin, study in self.studies.items() if coin in listed}
        for coin in listed if self._wanted is None else self._wanted:
            if coin not in self.studies and now.snapshot.markets.find(coin) is not None:
                self.studies[coin] = CoinStudy(coin)
        pair = MinutePair(before, now)
        self.newest = {coin: study.advance(pair) for coin, study in self.studies.items()}
        for coin, rows in self.newest.items():
            self._rows.setdefault(coin, []).append(rows)
        return pair

    def rows(self) -> StudyRows:
        """Rows since they were last forgotten, by coin, then as they came about."""
        collected = StudyRows()
        for _, minutes in sorted(self._rows.items()):
            for rows in tuple(minutes):
                collected.extend(rows)
        return collected

    def forget_rows(self) -> None:
        """They are in a part."""
        self._rows = {}

    def standing(self, going_on: Iterable[str]) -> list[StudiedCoin]:
        """How each coin stands, for the part of a day; `going_on`: coins that part has already."""
        known = set(going_on)
        return [
            StudiedCoin(
                coin=coin,
                since_ms=study.since_ms,
                last_ms=study.last_ms,
                state=study.state(),
                goes_on=coin in known,
            )
            for coin, study in sorted(self.studies.items())
            if study.since_ms is not None and study.last_ms is not None
        ]

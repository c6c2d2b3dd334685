"""Risks of deleveraging that were worked out, by coin: what the list of clusters and the board show beside the rest.

A walk takes a second, a list a millisecond. So lists never wait for one: they show the last that was made, with the
time it is of, or null.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from liqscape.service.answers.deleveraging import DeleveragingAnswer
from liqscape.units import HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.service.answers.board import BoardAnswer, BoardRow
    from liqscape.service.answers.clusters import ClusterAnswer, ClustersAnswer

FRESH_MS = 5 * MINUTE_MS
"""A question about a coin is answered with what is kept for so long: the map moves slower than that."""
MAX_AGE_MS = 2 * HOUR_MS
"""Older than this, lists say null: a round over all coins takes less."""


class KeptCluster(NamedTuple):
    """A cluster with its figures; its span is that of the frame it was worked out on."""

    side: int
    price_low: float
    price_high: float
    usd: float
    risk: float


class KeptRisks:
    """The last answer of each coin. Used by any thread: what is kept is replaced as a whole."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, DeleveragingAnswer] = {}
        self.version = 0
        """Grows with every answer that is kept: lists made before are out of date."""

    def keep(self, answer: DeleveragingAnswer) -> None:
        """In place of the coin's last one, unless that is newer."""
        with self._lock:
            last = self._answers.get(answer.coin)
            if last is None or last.as_of_ms <= answer.as_of_ms:
                self._answers = {**self._answers, answer.coin: answer}
                self.version += 1

    def of_coin(self, coin: str, at_ms: int, max_age_ms: int = MAX_AGE_MS) -> DeleveragingAnswer | None:
        """The last answer, if it is of a frame at or before a time, and not too old."""
        answer = self._answers.get(coin)
        if answer is None or not 0 <= at_ms - answer.as_of_ms <= max_age_ms:
            return None
        return answer

    def kept_ms(self, coin: str) -> int | None:
        """Time of the frame the coin's last answer is of."""
        answer = self._answers.get(coin)
        return None if answer is None else answer.as_of_ms

    def with_clusters(self, answer: ClustersAnswer) -> ClustersAnswer:
        """The clusters of a frame with their figures: of the kept cluster of the same side that holds their peak."""
        kept = self.of_coin(answer.coin, answer.as_of_ms)
        if kept is None or answer.joint is not None:
            return answer
        known = _known(kept)

        def with_risk(row: ClusterAnswer | None) -> ClusterAnswer | None:
            return None if row is None else _cluster_with(row, known, kept.as_of_ms)

        nearest, largest = (
            msgspec.structs.replace(pair, long=with_risk(pair.long), short=with_risk(pair.short))
            for pair in (answer.nearest, answer.largest)
        )
        rows = [_cluster_with(row, known, kept.as_of_ms) for row in answer.clusters]
        return msgspec.structs.replace(answer, clusters=rows, nearest=nearest, largest=largest)

    def with_board(self, answer: BoardAnswer) -> BoardAnswer:
        """Every coin with the risk of its nearest large cluster."""
        return msgspec.structs.replace(answer, rows=[self._row_with(row, answer.as_of_ms) for row in answer.rows])

    def _row_with(self, row: BoardRow, as_of_ms: int) -> BoardRow:
        kept = self.of_coin(row.coin, as_of_ms)
        if kept is None:
            return row
        near = row.nearest_large
        found = None if near is None else _holding(_known(kept), near.side, near.price)
        return msgspec.structs.replace(
            row,
            deleveraging_risk=None if found is None else found.risk,
            deleveraging_usd=None if found is None else found.usd,
            deleveraging_as_of_ms=kept.as_of_ms,
        )


def _known(answer: DeleveragingAnswer) -> list[KeptCluster]:
    return [
        KeptCluster(row.side, row.price_low, row.price_high, row.deleveraged_usd, row.deleveraging_risk)
        for row in answer.clusters
        if row.deleveraged_usd is not None and row.deleveraging_risk is not None
    ]


def _cluster_with(row: ClusterAnswer, known: Iterable[KeptCluster], as_of_ms: int) -> ClusterAnswer:
    found = _holding(known, row.side, row.price_peak)
    if found is None:
        return row
    return msgspec.structs.replace(
        row, deleveraging_usd=found.usd, deleveraging_risk=found.risk, deleveraging_as_of_ms=as_of_ms
    )


def _holding(known: Iterable[KeptCluster], side: int, price: float) -> KeptCluster | None:
    """The cluster of a side that a price lies in."""
    return next((each for each in known if each.side == side and each.price_low <= price < each.price_high), None)

"""From minutes of notes and stored frames to the columns of a score: marks, spans watched, moves of accounts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from liqscape.insight.score.columns import AccountMoves, merged_spans
from liqscape.model.minute_notes import Columns, MinuteKind
from liqscape.units import AnyArray, Float64Array, Int64Array

POINTS = ("mark_first", "mark_low", "mark_high", "mark_last")
FORCED_KINDS = (MinuteKind.LIQUIDATED_BOOK, MinuteKind.LIQUIDATED_BACKSTOP, MinuteKind.DELEVERAGED)


class MarkPoints:
    """Known marks of all coins, and when each was watched; coins are numbers of a list of whoever made these."""

    def __init__(self) -> None:
        self._parts: list[tuple[Int64Array, Int64Array, Float64Array]] = []
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._sorted: tuple[Int64Array, Int64Array, Float64Array] | None = None

    def add_frame(self, number: Int64Array, time_ms: int, mark: Float64Array) -> None:
        """Marks of a stored frame."""
        self._add(number, np.full(len(number), time_ms, np.int64), mark)

    def add_minutes(self, coins: Columns, path: Columns, number: Int64Array) -> None:
        """Notes of some minutes (model/minute_notes.py). number: of each market of theirs."""
        market = number[coins["market_index"]]
        for name in POINTS:
            self._add(market, coins[f"{name}_ms"], coins[name])
        self._add(number[path["market_index"]], path["at_ms"], path["mark"])
        spans = zip(market.tolist(), coins["since_ms"].tolist(), coins["known_at_ms"].tolist(), strict=True)
        for each, since_ms, until_ms in spans:
            held = self._spans.setdefault(each, [])
            if held and held[-1][1] == since_ms:
                held[-1] = held[-1][0], until_ms
            else:
                held.append((since_ms, until_ms))

    def of_coin(self, number: int, start_ms: int, end_ms: int) -> tuple[Int64Array, Float64Array]:
        """Times and marks of one coin in [start, end), by time."""
        market, at_ms, mark = self._in_order()
        rows = slice(*np.searchsorted(market, (number, number + 1)).tolist())
        times = at_ms[rows]
        inside = slice(*np.searchsorted(times, (start_ms, end_ms)).tolist())
        return np.ascontiguousarray(times[inside]), np.ascontiguousarray(mark[rows][inside])

    def watched(self, number: int) -> Int64Array:
        """(K, 2) spans without a break."""
        return merged_spans(self._spans.get(number, []))

    def forget_before(self, time_ms: int) -> None:
        """Let go of marks before a time."""
        market, at_ms, mark = self._in_order()
        kept = at_ms >= time_ms
        self._parts, self._sorted = [(market[kept], at_ms[kept], mark[kept])], None

    def _add(self, number: Int64Array, at_ms: AnyArray, mark: AnyArray) -> None:
        known = (mark > 0.0) & (at_ms >= 0)
        self._parts.append((number[known], at_ms[known].astype(np.int64), mark[known].astype(np.float64)))
        self._sorted = None

    def _in_order(self) -> tuple[Int64Array, Int64Array, Float64Array]:
        if self._sorted is None:
            columns = tuple(np.concatenate(each) for each in zip(*self._parts, strict=True)) if self._parts else None
            market, at_ms, mark = columns or (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
            order = np.lexsort((mark, at_ms, market))
            self._sorted = market[order], at_ms[order], mark[order]
            self._parts = [self._sorted]
        return self._sorted


def moves_of_minutes(rows: Columns, key: Int64Array, number: Int64Array) -> dict[str, AnyArray]:
    """Columns of `AccountMoves` of notes with the time of the frame that closed each minute, time_ms.

    key of each address; number (M + 1,) of each market, the last one for cash.
    """
    return {
        "key": key[rows["address_row"]],
        "time_ms": rows["time_ms"],
        "first_ms": rows["first_ms"],
        "last_ms": rows["last_ms"],
        "kind": rows["kind"].astype(np.uint8),
        "market": number[rows["market_index"]],
        "size": rows["size"].astype(np.float64),
        "usd": rows["usd"].astype(np.float64),
        "is_inferred": np.zeros(len(rows["kind"]), np.bool_),
    }


class ReportedLiquidation:
    """A stored liquidation as far as it corrects what was written down when it happened."""

    __slots__ = ("evidence", "first_ms", "key", "last_ms", "market", "size")

    def __init__(self, key: int, market: int, first_ms: int, last_ms: int, size: float, evidence: str) -> None:
        self.key, self.market, self.first_ms, self.last_ms = key, market, first_ms, last_ms
        self.size, self.evidence = size, evidence


def corrected(moves: AccountMoves, reported: Iterable[ReportedLiquidation]) -> AccountMoves:
    """Moves as they are known by now.

    Notes are of what was known when their minute closed: a liquidation confirmed later stands there as a trade, and one
    that was inferred and refuted later as forced. size: signed coins that a liquidation moved the position by.
    """
    kind, is_inferred = moves.kind.copy(), moves.is_inferred.copy()
    for each in reported:
        rows = np.arange(*np.searchsorted(moves.key, (each.key, each.key + 1)).tolist())
        rows = rows[
            (moves.market[rows] == each.market)
            & (moves.first_ms[rows] <= each.last_ms)
            & (moves.last_ms[rows] >= each.first_ms)
        ]
        forced = rows[np.isin(kind[rows], FORCED_KINDS)]
        if each.evidence == "refuted":
            kind[forced] = MinuteKind.TRADE
            continue
        is_inferred[forced] = each.evidence == "inferred"
        missing = abs(each.size) - float(np.abs(moves.size[forced]).sum())
        for row in rows[kind[rows] == MinuteKind.TRADE].tolist():
            # A trade of the same minute that is no larger than what is missing of the liquidation is it.
            if moves.size[row] * each.size > 0.0 and abs(moves.size[row]) <= missing * (1.0 + 1e-9):
                kind[row], is_inferred[row] = MinuteKind.LIQUIDATED_BOOK, each.evidence == "inferred"
                missing -= abs(moves.size[row])
    return AccountMoves(
        **{
            name: getattr(moves, name)
            for name in AccountMoves.__dataclass_fields__
            if name not in ("kind", "is_inferred")
        },
        kind=kind,
        is_inferred=is_inferred,
    )

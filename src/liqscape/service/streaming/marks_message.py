"""Marks of coins as the stream tells them: all of them first, then those that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.parts import ProvenanceAnswer, TimeMs, known, provenance_answer


class MarksMessage(msgspec.Struct, frozen=True, kw_only=True, tag="marks", tag_field="type"):
    """Push message: marks of a frame, USD for one coin; null is unknown."""

    sequence: int
    since: Annotated[
        int | None, msgspec.Meta(description="Sequence of the message it follows; null: it replaces everything.")
    ]
    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    marks: Annotated[
        dict[str, float | None],
        msgspec.Meta(description="By coin; after the first message those that moved, others keep theirs."),
    ]
    gone: Annotated[list[str], msgspec.Meta(description="Coins that are not listed any more.")] = []
    in_doubt: Annotated[
        list[str], msgspec.Meta(description="Coins among all those watched that keep an older mark: figures in doubt.")
    ] = []

    @classmethod
    def whole(cls, frame: MarketFrame, sequence: int, held: Mapping[str, float | None]) -> MarksMessage:
        """Everything that is held of a frame."""
        return cls(sequence=sequence, since=None, marks=dict(held), **_of_frame(frame, held))

    @classmethod
    def between(
        cls,
        frame: MarketFrame,
        sequence: int,
        since: int,
        before: Mapping[str, float | None],
        held: Mapping[str, float | None],
    ) -> MarksMessage:
        """What leads from the marks of message `since` to those of a frame."""
        moved = {coin: mark for coin, mark in held.items() if coin not in before or before[coin] != mark}
        gone = [coin for coin in before if coin not in held]
        return cls(sequence=sequence, since=since, marks=moved, gone=gone, **_of_frame(frame, held))


def marks_of(frame: MarketFrame, coins: Sequence[str] | None) -> dict[str, float | None]:
    """Marks by coin; of those asked for, the ones that are listed."""
    markets, marks = frame.snapshot.markets, frame.snapshot.mark.tolist()
    if coins is None:
        return {coin: known(mark) for coin, mark in zip(markets.coins, marks, strict=True)}
    rows = ((coin, markets.find(coin)) for coin in coins)
    return {coin: known(marks[row]) for coin, row in rows if row is not None}


def _of_frame(frame: MarketFrame, held: Mapping[str, float | None]) -> dict[str, Any]:
    coins = frame.snapshot.markets.coins
    doubted = (coins[row] for row in frame.snapshot.in_doubt.tolist())
    return {
        "provenance": provenance_answer(frame.provenance),
        "as_of_ms": frame.time_ms,
        "in_doubt": [coin for coin in doubted if coin in held],
    }

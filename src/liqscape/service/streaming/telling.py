"""Build the message that leads a view from what it got last to a newer frame. Runs in threads, keeps nothing.

A view that was told nothing yet starts with everything; after that come changes against what was told last, whatever
lies between. Readers of whole frames count them one by one, so a frame that is missing starts them anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.changes import FrameMessage, frame_changes
from liqscape.service.answers.frame import FrameAnswer, frame_answer
from liqscape.service.answers.in_view import (
    BandsInView,
    ChangesMessage,
    ViewColumns,
    ViewFrame,
    ViewMessage,
    changed_rows,
    coin_frame,
    merge_sides,
)
from liqscape.service.answers.status import StatusAnswer
from liqscape.service.compressing import level_of
from liqscape.service.standing import Standing
from liqscape.service.streaming.looks import Look, MarksView
from liqscape.service.streaming.marks_message import MarksMessage, marks_of
from liqscape.service.streaming.packet import Packet
from liqscape.service.streaming.stream_view import Encoding, StreamView

MAX_SPARE_BYTES = 1_000_000
"""Of a buffer that is kept: changes of one coin fit in, everything of it does not."""
_ENCODER = msgspec.json.Encoder()
_spare: list[bytearray] = []
"""Buffers nobody encodes to: fresh pages cost more than the text. One is taken out and put back."""


class SnapshotMessage(msgspec.Struct, frozen=True, tag="snapshot", tag_field="type"):
    """Push message: everything of one coin, from which changes start."""

    sequence: int
    status: StatusAnswer
    frame: FrameAnswer


@dataclass(frozen=True, kw_only=True)
class HeldView:
    """What readers of a view hold.

    standing  when the message was begun: what it tells is that or newer.
    frame     of a whole view, the frame; else None, for a frame is many MB.
    bands     of a merged view, the rows in view.
    marks     of a view of marks, by coin.
    whole     makes the message that tells everything of it.
    """

    sequence: int
    standing: Standing | None
    frame: MarketFrame | None
    bands: BandsInView | None
    marks: Mapping[str, float | None] | None = None
    whole: Callable[[], msgspec.Struct]


class Frames:
    """One frame as views see it: each coin is merged to a level once, however many spans of prices are looked at."""

    def __init__(
        self,
        frame: MarketFrame,
        sequence: int,
        status: StatusAnswer,
        standing: Standing | None,
        *,
        is_stored: bool = False,
    ) -> None:
        self.frame = frame
        self.sequence = sequence
        self.status = status
        self.standing = standing
        self.is_stored = is_stored
        self._merged: dict[tuple[int, int], BandsInView] = {}
        self._coins: dict[int, ViewFrame] = {}

    def prepare(self, views: Iterable[Look]) -> None:
        """Make the bands of all coins that are looked at together."""
        find = self.frame.snapshot.markets.find
        rows = [find(view.coin) for view in views if isinstance(view, StreamView)]
        self.frame.make_bands(row for row in rows if row is not None)

    def bands_in(self, view: StreamView, row: int) -> BandsInView:
        """The rows in view."""
        assert view.level is not None
        at = row, view.level
        if at not in self._merged:
            self._merged[at] = merge_sides(self.frame.bands_of(row), view.level)
        return self._merged[at].between(view.first_band, view.end_band, view.side)

    def begin(self, view: Look) -> HeldView | None:
        """Begin a view with everything of this frame; None where its coin is not listed."""
        if isinstance(view, MarksView):
            return self._marks(marks_of(self.frame, view.coins))
        row = self.frame.snapshot.markets.find(view.coin)
        return None if row is None else self._begin_coin(view, row)

    def _begin_coin(self, view: StreamView, row: int) -> HeldView:
        if view.level is None:
            return HeldView(
                sequence=self.sequence,
                standing=self.standing,
                frame=self.frame,
                bands=None,
                whole=lambda: self._snapshot(row),
            )
        bands = self.bands_in(view, row)
        return self._reported(view, row, bands)

    def follow(self, view: Look, reported: HeldView, *, is_stored: bool) -> tuple[HeldView, Packet] | None:
        """What a view holds after `reported`, and the message that leads there; None where it has to start anew.

        is_stored  a frame was stored since then.
        """
        if isinstance(view, MarksView):
            return self._follow_marks(view, reported)
        row = self.frame.snapshot.markets.find(view.coin)
        if row is None:
            return None
        if view.level is None:
            before = reported.frame
            if (
                before is None
                or self.sequence != reported.sequence + 1
                or before.snapshot.markets.find(view.coin) != row
            ):
                return None
            changes = frame_changes(before, self.frame, row)
            message: msgspec.Struct = FrameMessage(self.sequence, self.is_stored, self.status, changes)
            return self._begin_coin(view, row), encode_as(message, view.encoding)
        assert reported.bands is not None
        bands = self.bands_in(view, row)
        changed = changed_rows(reported.bands, bands).columns()
        frame = self._view_frame(view, row, None, changed)
        message = ChangesMessage(
            sequence=self.sequence, since=reported.sequence, is_stored=is_stored, status=self.status, frame=frame
        )
        return self._reported(view, row, bands, frame), encode_as(message, view.encoding)

    def _reported(self, view: StreamView, row: int, bands: BandsInView, frame: ViewFrame | None = None) -> HeldView:
        if frame is None:
            frame = self._view_frame(view, row, None, None)
        return HeldView(
            sequence=self.sequence,
            standing=self.standing,
            frame=None,
            bands=bands,
            whole=_Whole(self.sequence, self.status, frame, bands),
        )

    def _view_frame(
        self, view: StreamView, row: int, bands: ViewColumns | None, changes: ViewColumns | None
    ) -> ViewFrame:
        assert view.level is not None
        if row not in self._coins:
            self._coins[row] = coin_frame(self.frame, row)
        return msgspec.structs.replace(
            self._coins[row],
            level=view.level,
            first_band=view.first_band,
            end_band=view.end_band,
            side=view.side,
            bands=bands,
            changes=changes,
        )

    def _marks(self, held: Mapping[str, float | None]) -> HeldView:
        frame, sequence = self.frame, self.sequence
        whole = MarksMessage.whole(frame, sequence, held)
        return HeldView(
            sequence=sequence, standing=self.standing, frame=None, bands=None, marks=held, whole=lambda: whole
        )

    def _follow_marks(self, view: MarksView, reported: HeldView) -> tuple[HeldView, Packet]:
        assert reported.marks is not None
        held = marks_of(self.frame, view.coins)
        message = MarksMessage.between(self.frame, self.sequence, reported.sequence, reported.marks, held)
        return self._marks(held), encode_as(message, view.encoding)

    def _snapshot(self, row: int) -> SnapshotMessage:
        return SnapshotMessage(self.sequence, self.status, frame_answer(self.frame, row, 0, self.sequence))


@dataclass(frozen=True)
class _Whole:
    """Everything in view as a message; holds the rows, not the frame they are of."""

    sequence: int
    status: StatusAnswer
    frame: ViewFrame
    bands: BandsInView

    def __call__(self) -> ViewMessage:
        frame = msgspec.structs.replace(self.frame, bands=self.bands.columns(), changes=None)
        return ViewMessage(self.sequence, self.status, frame)


def encode_as(message: Any, encoding: Encoding) -> Packet:
    """A message in the bytes its readers asked for."""
    content = _spare.pop() if _spare else bytearray()
    _ENCODER.encode_into(message, content)
    packet = Packet(content.decode() if encoding == "text" else zlib.compress(content, level_of(len(content))))
    if len(content) <= MAX_SPARE_BYTES:
        _spare.append(content)
    return packet

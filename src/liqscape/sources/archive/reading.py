"""Lines of an archive to events, minute by minute, and how much of each file could be read."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from liqscape.model.events import Event, GapDetected
from liqscape.sources.archive.hours import MISC, TRADING, Hours, Item, Lane, Lost
from liqscape.sources.node.decode import NodeDecoder
from liqscape.sources.node.lines import NodeLine
from liqscape.wire.node.misc_events import MISC_EVENTS

MAX_BATCH_LINES = 50_000
"""Lines held before they become an event: a busy minute has about 850 blocks, or some ten thousand single fills."""
MAX_UNREADABLE_SHARE = 0.01
MIN_UNREADABLE = 10
"""Fewer than these are damage, however short the file is; more of them may be another format."""


@dataclass(kw_only=True)
class FileTally:
    """What was read of the file of an hour. lost: lines, and events in lines that could be read, that could not.

    first: what is wrong with the first of them.
    """

    path: str
    hour_ms: int
    lines: int = 0
    lost_lines: int = 0
    events: int = 0
    lost_events: int = 0
    first: str = ""

    def refusal(self, max_share: float) -> str | None:
        """One sentence where too much of the file cannot be read; None where it may be used."""
        for noun, lost, count in (
            ("lines", self.lost_lines, self.lines),
            ("events", self.lost_events, self.events + self.lost_events),
        ):
            if lost >= MIN_UNREADABLE and lost > max_share * count:
                return f"{lost:,} of {count:,} {noun} cannot be read, more than {100 * max_share:g} %; {self.first}"
        return None


class LineReader:
    """`until` in order of time. decoder: its market_of may be replaced between two calls."""

    def __init__(self, hours: Hours, decoder: NodeDecoder) -> None:
        self._hours = hours
        self._decoder = decoder
        self._trading = Lane(hours.items(TRADING, is_needed=True))
        self._misc = Lane(hours.items(MISC, is_needed=False))
        self._tallies: dict[str, FileTally] = {}

    def take_tallies(self, before_ms: int) -> list[FileTally]:
        """Of the files of hours before a time, which have to be read to their ends."""
        taken = [tally for tally in self._tallies.values() if tally.hour_ms < before_ms]
        for tally in taken:
            del self._tallies[tally.path]
        return taken

    def until(self, time_ms: int) -> Iterator[Event]:
        """Events of the lines that come next and are not after a time.

        Of one file at once, the file first that begins first. Funding is paid by what was held then, and what is lost
        is unsure from then on: these come in their place.
        """
        trading, misc = self._trading.take(time_ms), self._misc.take(time_ms)
        if not _is_in_parts(trading, misc):
            yield from self._decode(_by_subject(trading, misc))
            return
        held: dict[str, list[NodeLine]] = {}
        for item in heapq.merge(trading, misc, key=_time_of):
            line = item.line
            if isinstance(line, Lost):
                yield from self._decode(held)
                # What is lost comes after its beginning, which may be the very time of the base.
                yield GapDetected(
                    time_ms=item.time_ms + 1, received_ns=0, from_ms=line.from_ms, market_index=None, reason=line.reason
                )
                continue
            is_payment = _is_payment(item)
            if is_payment or len(held.get(line.subject, ())) >= MAX_BATCH_LINES:
                yield from self._decode(held)
            held.setdefault(line.subject, []).append(line)
            if is_payment:
                yield from self._decode(held)
        yield from self._decode(held)

    def _decode(self, held: dict[str, list[NodeLine]]) -> Iterator[Event]:
        for subject, lines in held.items():
            before = self._decoder.figures()
            events = self._decoder.decode_lines(subject, lines)
            self._count(subject, lines, before.lost_lines, before.malformed, before.events)
            yield from events
        held.clear()

    def _count(self, subject: str, lines: list[NodeLine], lost_lines: int, malformed: int, events: int) -> None:
        now, first = self._decoder.figures(), self._decoder.take_first_remark()
        path, hour_ms = self._hours.file_of(subject)
        tally = self._tallies.setdefault(path, FileTally(path=path, hour_ms=hour_ms))
        tally.lines += len(lines)
        tally.lost_lines += now.lost_lines - lost_lines
        tally.events += now.events - events
        tally.lost_events += now.malformed - malformed - (now.lost_lines - lost_lines)
        tally.first = tally.first or (first or "").removeprefix(f"{subject}: ")


def _is_in_parts(trading: list[Item], misc: list[Item]) -> bool:
    """Whether lines of a minute must not be decoded at once."""
    if len(trading) > MAX_BATCH_LINES or len(misc) > MAX_BATCH_LINES:
        return True
    return any(isinstance(item.line, Lost) for item in trading) or any(
        isinstance(item.line, Lost) or _is_payment(item) for item in misc
    )


def _is_payment(item: Item) -> bool:
    return item.table == MISC_EVENTS and isinstance(item.line, NodeLine) and b'"Funding"' in item.line.content


def _by_subject(trading: list[Item], misc: list[Item]) -> dict[str, list[NodeLine]]:
    """Lines of each file, files in order of their first line; of equal times trading comes first."""
    begun: list[tuple[int, str]] = []
    held: dict[str, list[NodeLine]] = {}
    for item in chain(trading, misc):
        line = item.line
        assert isinstance(line, NodeLine)
        lines = held.get(line.subject)
        if lines is None:
            begun.append((item.time_ms, line.subject))
            lines = held[line.subject] = []
        lines.append(line)
    begun.sort(key=lambda each: each[0])
    return {subject: held[subject] for _, subject in begun}


def _time_of(item: Item) -> int:
    return item.time_ms

"""The outbox: alerts that wait for their destinations, and what became of earlier ones.

An alert is durable when `put` returns, and waits until it was delivered or is given up: a kill at any moment loses
none, and may let one be delivered twice, under the same id. Everything is bounded: MAX_WAITING deliveries a
destination, KEPT_ALERTS finished alerts for the list and for knowing an alert that is put again.

A disk that does not take the journal is said (`not_stored_since_ms`): alerts are delivered from memory meanwhile, and
written once it takes them again; only a kill in that time loses those that still wait.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

import msgspec

from liqscape.store.outbox import DeliveryEnd, Journal, OutboxLine, OutboxMessage, Outcome

MAX_WAITING = 1_000
"""Deliveries a destination; of more the oldest are given up."""
KEPT_ALERTS = 5_000
"""Finished alerts that are known by their id."""
MAX_TEXT = 4_000
"""Characters of a text: what most chats take."""
REWRITE_BYTES = 4 * 1024 * 1024
"""A journal below this is not rewritten, one above when it is twice what it was after the last time."""
OVERFLOW = f"more than {MAX_WAITING:,} alerts waited for this destination"

log = logging.getLogger("liqscape.alerts")


class Deliverable(Protocol):
    """What the outbox reads of an alert (insight/alerts/records.py)."""

    @property
    def alert_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def destinations(self) -> Sequence[str]: ...


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message at one destination: waiting where `outcome` is None."""

    message: OutboxMessage
    destination: str
    outcome: Outcome | None
    attempts: int
    settled_ms: int | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class QueueFigures:
    """Deliveries of one destination; `delivered` and `failed` count since this process began."""

    destination: str
    waiting: int = 0
    delivered: int = 0
    failed: int = 0
    oldest_put_ms: int | None = None
    last_reason: str | None = None

    def oldest_age_ms(self, now_ms: int) -> int | None:
        """How long its oldest message has waited; None where none waits."""
        return None if self.oldest_put_ms is None else max(now_ms - self.oldest_put_ms, 0)


@dataclass(kw_only=True)
class _DestinationQueue:
    waiting: deque[str] = field(default_factory=deque)
    attempts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    delivered: int = 0
    failed: int = 0
    last_reason: str | None = None


@dataclass(kw_only=True)
class _KnownMessage:
    message: OutboxMessage
    open: set[str]
    settled: list[DeliveryEnd] = field(default_factory=list)


class Outbox:
    """One outbox a folder. Every method may be called from any thread; those that write wait for the disk.

    on_waiting  is called with the names of destinations for which something was put.
    """

    def __init__(self, folder: Path, now_ms: Callable[[], int]) -> None:
        """Open it with what waited when it was last open. Raises StoreError."""
        self.not_stored_since_ms: int | None = None
        self.not_stored_reason: str | None = None
        self.on_waiting: Callable[[Iterable[str]], None] = lambda _: None
        self._now_ms = now_ms
        self._disk, self._memory = Lock(), Lock()
        self._held: dict[str, _KnownMessage] = {}
        self._finished: OrderedDict[str, _KnownMessage] = OrderedDict()
        self._queues: dict[str, _DestinationQueue] = {}
        self._journal = Journal(folder)
        for line in self._journal.lines:
            self._take(line)
        self._journal.lines = []
        self._rewritten_bytes = self._journal.size
        self._is_closed = False

    def close(self) -> None:
        """Let another process have the folder; nothing is put or settled any more."""
        with self._disk:
            if not self._is_closed:
                self._is_closed = True
                self._journal.close()

    def put(self, alerts: Sequence[Deliverable]) -> None:
        """Take alerts; durable when it returns, but see `not_stored_since_ms`.

        An alert whose id is known, waiting or finished, is passed over, as is one without destinations.
        """
        now_ms = self._now_ms()
        with self._disk:
            with self._memory:
                fresh: dict[str, OutboxMessage] = {}
                for alert in alerts:
                    if alert.destinations and not self._knows(alert.alert_id):
                        fresh.setdefault(alert.alert_id, _message(alert, now_ms))
            if not fresh or self._is_closed:
                return
            lines: list[OutboxLine] = list(fresh.values())
            with self._memory:
                lines += self._overflow(fresh.values(), now_ms)
            self._store(lines)
        self.on_waiting({name for message in fresh.values() for name in message.destinations})

    def next_for(self, destination: str) -> tuple[OutboxMessage, int] | None:
        """The message that waited longest since it was last tried, and how often it was tried; None: none waits."""
        with self._memory:
            queue = self._queues.get(destination)
            if queue is None or not queue.waiting:
                return None
            message_id = queue.waiting[0]
            return self._held[message_id].message, queue.attempts.get(message_id, 0)

    def put_before(self, destination: str, time_ms: int) -> list[str]:
        """Ids of the messages for it that were put before a time."""
        with self._memory:
            queue = self._queues.get(destination)
            if queue is None:
                return []
            return [each for each in queue.waiting if self._held[each].message.put_ms < time_ms]

    def last_reason(self, destination: str, message_id: str) -> str | None:
        """Why the last attempt at a message that waits failed."""
        with self._memory:
            return self._queues[destination].reasons.get(message_id)

    def failed_once(self, destination: str, message_id: str, reason: str) -> None:
        """Note an attempt that failed; others of this destination come before the next one."""
        with self._memory:
            queue = self._queues[destination]
            queue.attempts[message_id] = queue.attempts.get(message_id, 0) + 1
            queue.reasons[message_id] = queue.last_reason = reason
            queue.waiting.remove(message_id)
            queue.waiting.append(message_id)

    def settle(self, destination: str, message_id: str, outcome: Outcome, reason: str | None = None) -> None:
        """End a delivery; durable when it returns, else it is made once more after a restart."""
        with self._disk:
            with self._memory:
                queue = self._queues[destination]
                is_delivered = outcome == "delivered"
                line = DeliveryEnd(
                    message_id=message_id,
                    destination=destination,
                    outcome=outcome,
                    at_ms=self._now_ms(),
                    attempts=queue.attempts.get(message_id, 0) + is_delivered,
                    reason=reason or queue.reasons.get(message_id),
                )
                if is_delivered:
                    queue.last_reason = None
            self._store([line])

    def retry_disk(self) -> None:
        """Write everything once more where the disk did not take it."""
        with self._disk:
            if self.not_stored_since_ms is not None and not self._is_closed:
                self._store([])

    def waiting_destinations(self) -> list[str]:
        """Names of destinations for which something waits."""
        with self._memory:
            return [name for name, queue in self._queues.items() if queue.waiting]

    def figures(self) -> list[QueueFigures]:
        """Figures of every destination that was met, by name."""
        with self._memory:
            return [
                QueueFigures(
                    destination=name,
                    waiting=len(queue.waiting),
                    delivered=queue.delivered,
                    failed=queue.failed,
                    oldest_put_ms=min((self._held[each].message.put_ms for each in queue.waiting), default=None),
                    last_reason=queue.last_reason,
                )
                for name, queue in sorted(self._queues.items())
            ]

    def deliveries(self) -> list[Delivery]:
        """Every delivery that is known, of the newest messages first."""
        with self._memory:
            held = [*self._held.values(), *self._finished.values()]
            rows = [row for each in held for row in self._rows(each)]
        return sorted(rows, key=lambda row: (-row.message.put_ms, row.message.message_id, row.destination))

    def _rows(self, held: _KnownMessage) -> Iterator[Delivery]:
        done = {line.destination: line for line in held.settled}
        for name in held.message.destinations:
            line, queue = done.get(name), self._queues[name]
            message_id = held.message.message_id
            yield Delivery(
                message=held.message,
                destination=name,
                outcome=None if line is None else line.outcome,
                attempts=queue.attempts.get(message_id, 0) if line is None else line.attempts,
                settled_ms=None if line is None else line.at_ms,
                reason=queue.reasons.get(message_id) if line is None else line.reason,
            )

    def _knows(self, message_id: str) -> bool:
        return message_id in self._held or message_id in self._finished

    def _overflow(self, fresh: Iterable[OutboxMessage], now_ms: int) -> list[DeliveryEnd]:
        """The end of the oldest deliveries for which there is no room beside fresh ones."""
        waiting: dict[str, list[str]] = {}
        for message in fresh:
            for name in message.destinations:
                if name not in waiting:
                    queue = self._queues.get(name)
                    held = [] if queue is None else list(queue.waiting)
                    waiting[name] = sorted(held, key=lambda each: self._held[each].message.put_ms)
                waiting[name].append(message.message_id)
        return [
            DeliveryEnd(
                message_id=message_id,
                destination=name,
                outcome="given_up",
                at_ms=now_ms,
                attempts=0 if name not in self._queues else self._queues[name].attempts.get(message_id, 0),
                reason=OVERFLOW,
            )
            for name, ids in waiting.items()
            for message_id in ids[:-MAX_WAITING]
        ]

    def _store(self, lines: Sequence[OutboxLine]) -> None:
        """Write lines and take them; those that the disk does not take are written with all others later.

        A message is taken before it is written only where that fails, so none is sent that is not durable, unless the
        disk takes nothing.
        """
        try:
            if self.not_stored_since_ms is None:
                self._journal.append(lines)
                self._take_all(lines)
            else:
                self._take_all(lines)
                self._rewrite()
        except OSError as error:
            if self.not_stored_since_ms is None:
                self._take_all(lines)
                self.not_stored_since_ms = self._now_ms()
                log.warning("alerts are not stored: %s", error.strerror or error)
            self.not_stored_reason = error.strerror or str(error)
            return
        if self.not_stored_since_ms is not None:
            self.not_stored_since_ms = self.not_stored_reason = None
            log.warning("alerts are stored again")
        if self._journal.size > max(REWRITE_BYTES, 2 * self._rewritten_bytes):
            try:
                self._rewrite()
            except OSError as error:  # it holds what it held; only its room is not given back
                log.warning("the outbox cannot be made smaller: %s", error.strerror or error)
                self._rewritten_bytes = self._journal.size

    def _rewrite(self) -> None:
        with self._memory:
            lines: list[OutboxLine] = []
            for each in self._finished.values():
                lines += [_without_text(each.message), *each.settled]
            for each in self._held.values():
                lines += [each.message, *each.settled]
        self._journal.rewrite(lines)
        self._rewritten_bytes = self._journal.size

    def _take_all(self, lines: Iterable[OutboxLine]) -> None:
        with self._memory:
            for line in lines:
                self._take(line, is_new=True)

    def _take(self, line: OutboxLine, *, is_new: bool = False) -> None:
        """Bring memory to what a line says."""
        if isinstance(line, OutboxMessage):
            if self._knows(line.message_id):
                return
            self._held[line.message_id] = _KnownMessage(message=line, open=set(line.destinations))
            for name in line.destinations:
                self._queues.setdefault(name, _DestinationQueue()).waiting.append(line.message_id)
            return
        held = self._held.get(line.message_id)
        if held is None or line.destination not in held.open:
            return
        held.open.discard(line.destination)
        held.settled.append(line)
        queue = self._queues[line.destination]
        queue.waiting.remove(line.message_id)
        queue.attempts.pop(line.message_id, None)
        queue.reasons.pop(line.message_id, None)
        if is_new and line.outcome == "delivered":
            queue.delivered += 1
        elif is_new:
            queue.failed += 1
            if str(queue.failed).rstrip("0") == "1":  # the first, the tenth, the hundredth ...
                log.warning("%d alerts for %s given up, the last: %s", queue.failed, line.destination, line.reason)
        if not held.open:
            del self._held[line.message_id]
            held.message = _without_text(held.message)
            self._finished[line.message_id] = held
            while len(self._finished) > KEPT_ALERTS:
                self._finished.popitem(last=False)


def _message(alert: Deliverable, now_ms: int) -> OutboxMessage:
    return OutboxMessage(
        message_id=alert.alert_id,
        put_ms=now_ms,
        destinations=tuple(dict.fromkeys(alert.destinations)),
        title=alert.title[:MAX_TEXT],
        text=alert.text[:MAX_TEXT],
        body=msgspec.json.encode(alert).decode(),
    )


def _without_text(message: OutboxMessage) -> OutboxMessage:
    """What is kept of a finished one."""
    return msgspec.structs.replace(message, text="", body="")

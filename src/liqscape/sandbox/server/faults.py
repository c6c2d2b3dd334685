"""Faults on request: what goes wrong, where, how often, when (docs/sandbox.md, "Faults").

A file holds a JSON list of objects; each is one rule. Which messages are hit is decided by a generator of the rule's
own seed, so the same traffic meets the same faults.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from liqscape.errors import InputError
from liqscape.sandbox.answers import REQUESTS
from liqscape.sandbox.answers.channels.channel import CHANNELS
from liqscape.wire.user_text import as_utf8

Name = Literal[
    "drop",
    "delay",
    "duplicate",
    "reorder",
    "truncate",
    "429",
    "500",
    "502",
    "missing_fields",
    "silent_socket",
    "clock_skew",
    "restart",
]
ONLY_INFO = {"429", "500", "502"}
ONLY_SOCKET = {"duplicate", "reorder", "silent_socket"}
MATCHES = {
    "info": frozenset(REQUESTS),
    "ws": frozenset(each.channel() for each in CHANNELS) | {"subscriptionResponse", "pong", "post", "error"},
}
"""What a rule may match: request types, and channels of messages."""
MAX_MS = 600_000
LARGEST_SKEW_MS = 366 * 86_400_000
TIME_FIELDS = {"time", "t", "T", "timestamp", "statusTimestamp", "serverTime"}
"""Of answers, candles, orders and user states."""


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule.

    fault        what goes wrong.
    where        `info` (POST /info) or `ws` (messages to subscribers).
    match        a request type or channel; every one where absent.
    probability  share of the messages that are hit; or
    every        each n-th of them.
    after, until seconds since the server started in which the rule holds.
    seed         of the draws.
    milliseconds of `delay`, `clock_skew` (may be negative) and of the pause of `restart`.
    fields       names that `missing_fields` takes out; those of margins where absent.
    """

    fault: Name
    where: Literal["info", "ws"]
    match: str | None = None
    probability: float | None = None
    every: int | None = None
    after: float = 0.0
    until: float | None = None
    seed: int = 0
    milliseconds: int = 1_000
    fields: tuple[str, ...] = ("marginSummary", "crossMarginSummary", "assetPositions", "levels", "px")


def read_faults(path: Path) -> tuple[FaultRule, ...]:
    """The rules of a file. Raises InputError naming the file, the entry and the field."""
    try:
        rows = msgspec.json.decode(as_utf8(path.read_bytes(), str(path)))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    if not isinstance(rows, list):
        raise InputError(f"{path}: a list of faults is needed, this is {type(rows).__name__}")
    return tuple(_read_fault(row, f"{path}: fault {number}") for number, row in enumerate(rows))


def _read_fault(row: object, where: str) -> FaultRule:
    try:
        fault = msgspec.convert(row, FaultRule)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {error}") from None
    if fault.probability is not None and fault.every is not None:
        raise InputError(f"{where}: give probability or every, not both")
    for name, value, low, high in (
        ("probability", fault.probability, 0.0, 1.0),
        ("every", fault.every, 1, 1_000_000),
        ("after", fault.after, 0.0, 1e9),
        ("until", fault.until, fault.after, 1e9),
    ):
        if value is not None and not low <= value <= high:
            raise InputError(f"{where}: {name} {value:g} is outside {low:g}..{high:g}")
    most = LARGEST_SKEW_MS if fault.fault == "clock_skew" else MAX_MS
    least = -most if fault.fault == "clock_skew" else 0
    if not least <= fault.milliseconds <= most:
        raise InputError(f"{where}: milliseconds {fault.milliseconds} is outside {least}..{most}")
    if fault.where == "ws" and fault.fault in ONLY_INFO:
        raise InputError(f"{where}: {fault.fault} is an HTTP status, it needs where = info")
    if fault.where == "info" and fault.fault in ONLY_SOCKET:
        raise InputError(f"{where}: {fault.fault} needs where = ws")
    if fault.match is not None and fault.match not in MATCHES[fault.where]:
        what = "request type" if fault.where == "info" else "channel"
        raise InputError(f"{where}: match {fault.match!r} is no {what} that is served")
    return fault


class FaultPlan:
    """The rules at work: asked once for every message."""

    def __init__(self, faults: tuple[FaultRule, ...] = ()) -> None:
        self.faults = faults
        self._random = [random.Random(fault.seed) for fault in faults]
        self._seen = [0] * len(faults)
        self.count = 0
        """Faults that happened."""

    def hits(self, where: str, kind: str, seconds: float) -> list[FaultRule]:
        """The faults that befall one message, in the order of the file."""
        found = []
        for place, fault in enumerate(self.faults):
            if fault.where != where or (fault.match is not None and fault.match != kind):
                continue
            if seconds < fault.after or (fault.until is not None and seconds >= fault.until):
                continue
            self._seen[place] += 1
            if fault.every is not None:
                is_hit = self._seen[place] % fault.every == 0
            else:
                is_hit = fault.probability is None or self._random[place].random() < fault.probability
            if is_hit:
                found.append(fault)
        self.count += len(found)
        return found


def spoiled(answer: Any, faults: list[FaultRule]) -> Any:
    """The answer with fields taken out and clocks moved."""
    for fault in faults:
        if fault.fault == "missing_fields":
            answer = without_fields(answer, fault.fields)
        elif fault.fault == "clock_skew":
            answer = skewed(answer, fault.milliseconds)
    return answer


def without_fields(answer: Any, names: tuple[str, ...]) -> Any:
    """The answer without the named fields, at any depth: HTTP 200 that says less than it must."""
    if isinstance(answer, Mapping):
        return {name: without_fields(inner, names) for name, inner in answer.items() if name not in names}
    if isinstance(answer, list | tuple):
        return [without_fields(inner, names) for inner in answer]
    return answer


def skewed(answer: Any, milliseconds: int) -> Any:
    """The answer with every time stamp (TIME_FIELDS) moved."""
    if isinstance(answer, Mapping):
        return {
            name: inner + milliseconds
            if name in TIME_FIELDS and isinstance(inner, int) and not isinstance(inner, bool)
            else skewed(inner, milliseconds)
            for name, inner in answer.items()
        }
    if isinstance(answer, list | tuple):
        return [skewed(inner, milliseconds) for inner in answer]
    return answer

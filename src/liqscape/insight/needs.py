"""What each figure of a study needs, and since when it counts: a first day is short of some, and says which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from msgspec import MsgspecError, Struct, msgpack

from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS


class OnRecord(Enum):
    """What has to be written down for a figure."""

    FRAMES = "stored frames"
    PATH = "the mark's path between frames"
    ACCOUNTS = "causes of change, by account and minute"
    MIDS = "mid prices"
    DEPTH = "order book depth"
    EVENTS = "liquidations with what price did after them"


class Need(Struct, frozen=True, kw_only=True):
    """One figure: what it needs, in a sentence, and since when it counts.

    since_ms  None: it does not count, for what it needs is not there. A later time than now: it will from then on, if
              the record goes on.
    """

    figure: str
    needs: str
    since_ms: int | None


@dataclass(frozen=True)
class _Rule:
    records: tuple[OnRecord, ...]
    after_ms: int
    needs: str


_RULES: dict[str, _Rule] = {
    "cluster_id": _Rule((OnRecord.FRAMES,), 0, "a stored frame a minute"),
    "age": _Rule((OnRecord.FRAMES,), 0, "stored frames since the birth; `at least` where they begin later"),
    "weighted_age": _Rule((OnRecord.FRAMES,), 0, "stored frames since levels came; `at least` where they begin later"),
    "persistence_1h": _Rule((OnRecord.FRAMES,), HOUR_MS, "an hour of stored frames"),
    "persistence_4h": _Rule((OnRecord.FRAMES,), 4 * HOUR_MS, "4 hours of stored frames"),
    "persistence_1d": _Rule((OnRecord.FRAMES,), DAY_MS, "a day of stored frames"),
    "persistence_3d": _Rule((OnRecord.FRAMES,), 3 * DAY_MS, "3 days of stored frames"),
    "reasons": _Rule(
        (OnRecord.FRAMES, OnRecord.ACCOUNTS),
        MINUTE_MS,
        "two frames, and the causes written down between them; without those: `not_reported`",
    ),
    "sweeps": _Rule((OnRecord.FRAMES, OnRecord.PATH), MINUTE_MS, "two frames, and the mark's path between them"),
    "overshoot_sigma": _Rule((OnRecord.FRAMES, OnRecord.PATH), HOUR_MS, "an hour of the mark's path before the entry"),
    "impact": _Rule((OnRecord.EVENTS, OnRecord.MIDS), 0, "mids before and after a liquidation, close enough together"),
    "impact_baseline": _Rule((OnRecord.EVENTS, OnRecord.MIDS), DAY_MS, "mids of the 24 hours before a liquidation"),
    "depth_share": _Rule((OnRecord.EVENTS, OnRecord.DEPTH), 0, "an order book of the coin"),
    "cascades": _Rule((OnRecord.FRAMES, OnRecord.ACCOUNTS), 0, "liquidations by minute"),
    "cascade_threshold": _Rule(
        (OnRecord.FRAMES, OnRecord.ACCOUNTS), DAY_MS, "24 hours of the coin's own minutes; until then that of its class"
    ),
    "asymmetry": _Rule((OnRecord.FRAMES,), 0, "a stored frame"),
}

FIGURES = tuple(_RULES)


class _Records(Struct, frozen=True):
    records: dict[str, int]


def needs_of_state(state: bytes) -> tuple[Need, ...] | None:
    """The same of a coin whose study ended in this state (`CoinStudy.state`); None where it says nothing of records."""
    try:
        held = msgpack.decode(state, type=_Records)
        return needs_of({OnRecord[name]: since_ms for name, since_ms in held.records.items()})
    except (MsgspecError, KeyError):
        return None


def needs_of(since_ms: Mapping[OnRecord, int]) -> tuple[Need, ...]:
    """For each figure what it needs and since when it counts.

    since_ms  since when each record is there; one that is not there is missing.
    """
    found = []
    for figure, rule in _RULES.items():
        times = [since_ms.get(record) for record in rule.records]
        known = [each for each in times if each is not None]
        is_there = len(known) == len(times)
        found.append(Need(figure=figure, needs=rule.needs, since_ms=max(known) + rule.after_ms if is_there else None))
    return tuple(found)

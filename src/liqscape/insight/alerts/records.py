"""What a rule asks for, and what is told when it fires (docs/alerts.md).

A rule is flat, as it stands in a file: fields that its kind does not use are None. An alert carries all that is needed
to send it, to show it and to know it again.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

SideWord = Literal["long", "short"]
Approach = Literal["from_below", "from_above"]
FigureSource = Literal["measured", "simulated", "unknown"]


class AlertKind(StrEnum):
    """What a rule watches."""

    NEAR_CLUSTER = "near_cluster"
    NEAR_LEVEL = "near_level"
    LEVEL_TOUCHED = "level_touched"
    CLUSTER_BORN = "cluster_born"
    CLUSTER_GROWN = "cluster_grown"
    CLUSTER_DISSOLVED = "cluster_dissolved"
    CLUSTER_SWEPT = "cluster_swept"
    ACCOUNT_NEAR = "account_near"
    MARGIN_ADDED = "margin_added"
    LIQUIDATION = "liquidation"
    CASCADE_STATE = "cascade_state"
    ASYMMETRY = "asymmetry"
    FUNDING = "funding"
    OPEN_INTEREST = "open_interest"
    COVERAGE = "coverage"
    STALE = "stale"
    NEAR_STOPS = "near_stops"


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. Which fields a kind needs and may have: insight/alerts/kinds.py.

    coin              None: every coin.
    on                False: kept, but never fires.
    once              it fires once and never again, until it is changed.
    destinations      names under which messages are sent; none: shown on the page only.
    cool_down_minutes after it fired for a coin it keeps silent about that coin for so long.
    quiet_hours       "22:00-07:00" or "22:00-07:00+02:00": shown then, but not sent and without sound.
    hysteresis        how far beyond its limit a figure must go back before the rule may fire again; in the unit of the
                      limit. None: the default of the kind.
    percent           of the mark (near_*), of the size or open interest before (cluster_grown, open_interest).
    price             USD for one coin. min_usd: USD. minutes: of time over which a change is counted, or of silence.
    distance          percent of the mark within which asymmetry is counted: 1, 2, 5 or 10.
    above, below      limits of a figure: imbalance -1 to 1, percent per 8 hours, share 0 to 1.
    """

    rule_id: str
    kind: AlertKind
    name: str = ""
    coin: str | None = None
    on: bool = True
    once: bool = False
    sound: bool = False
    destinations: tuple[str, ...] = ()
    cool_down_minutes: float = 0.0
    quiet_hours: str | None = None
    hysteresis: float | None = None
    side: SideWord | None = None
    percent: float | None = None
    price: float | None = None
    approach: Approach | None = None
    min_usd: float | None = None
    cluster_id: str | None = None
    address: str | None = None
    minutes: float | None = None
    state: str | None = None
    distance: float | None = None
    above: float | None = None
    below: float | None = None


class AlertFigure(Struct, frozen=True, gc=False):
    """One figure of a message; value None is unknown. unit: USD, %, coins, ms, share, accounts or bp."""

    name: str
    value: float | None
    unit: str
    source: FigureSource


class AlertProvenance(Struct, frozen=True, kw_only=True, gc=False):
    """Where the figures of a message come from.

    as_of_ms        time of the frame or studied minute they are of.
    age_ms          between that and the event; None where nothing says how old they are.
    account_age_ms  median age of the account states in the newest frame.
    coverage        share of the open interest of the coin (of all coins without one) that the map holds.
    """

    kind: str
    name: str
    is_simulated: bool
    note: str
    as_of_ms: int
    age_ms: int | None
    account_age_ms: int | None
    coverage: float | None


class Alert(Struct, frozen=True, kw_only=True):
    """A rule that fired: one message.

    alert_id     rule and event, the same after a restart: whoever gets it twice can know it.
    at_ms        venue time of the event.
    price        where it is on the map: level, peak of the cluster, level of the account; None where it is nowhere.
    destinations where it is sent; none in quiet hours.
    is_late      it happened while this program was down, and is told after the start.
    """

    alert_id: str
    rule_id: str
    rule_name: str
    kind: AlertKind
    coin: str | None
    at_ms: int
    title: str
    text: str
    figures: tuple[AlertFigure, ...]
    provenance: AlertProvenance
    destinations: tuple[str, ...] = ()
    side: SideWord | None = None
    price: float | None = None
    mark: float | None = None
    cluster_id: str | None = None
    address: str | None = None
    is_quiet: bool = False
    is_late: bool = False
    has_sound: bool = False

"""Which fields a rule of each kind needs and may have, and between which limits a number makes sense.

Limits are those beyond which a rule could never fire, or would never be silent.
"""

from __future__ import annotations

from typing import NamedTuple

from liqscape.insight.alerts.records import AlertKind

COMMON_FIELDS = (
    "rule_id",
    "kind",
    "name",
    "on",
    "once",
    "sound",
    "destinations",
    "cool_down_minutes",
    "quiet_hours",
)
MAX_PERCENT = 50.0
"""Of the mark: further away than that everything is near."""
MAX_MINUTES = 1_440.0
MAX_USD = 1e12
MAX_PRICE = 1e9


class Bounds(NamedTuple):
    """A number is in [low, high]; not low itself where is_above."""

    low: float
    high: float
    is_above: bool = True


class KindFields(NamedTuple):
    """Fields of a kind.

    text      what it watches, a sentence without subject: shown where a kind is chosen.
    needs     fields it cannot do without. one_of: at least one of these too.
    may       fields it may have.
    bounds    of its numbers, where they differ from NUMBERS.
    unit      of hysteresis; empty: it has none.
    hysteresis  default, as a share of the limit where is_share, else in that unit.
    """

    text: str
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    bounds: dict[str, Bounds] = {}  # noqa: RUF012
    unit: str = ""
    hysteresis: float = 0.0
    is_share: bool = False


NUMBERS: dict[str, Bounds] = {
    "percent": Bounds(0.0, MAX_PERCENT),
    "price": Bounds(0.0, MAX_PRICE),
    "min_usd": Bounds(0.0, MAX_USD, is_above=False),
    "minutes": Bounds(0.0, MAX_MINUTES),
    "hysteresis": Bounds(0.0, MAX_PERCENT, is_above=False),
    "cool_down_minutes": Bounds(0.0, 7 * MAX_MINUTES, is_above=False),
}
IMBALANCE = Bounds(-1.0, 1.0, is_above=False)
FUNDING = Bounds(-32.0, 32.0, is_above=False)
"""Percent per 8 hours: the exchange caps funding at 4 % an hour (HL.DOC.FUNDING)."""
SHARE = Bounds(0.0, 1.0)
CHANGE = Bounds(0.0, 1_000.0)
DISTANCES = (1.0, 2.0, 5.0, 10.0)
CLUSTERS = ("coin", "side", "min_usd")

KINDS: dict[AlertKind, KindFields] = {
    AlertKind.NEAR_CLUSTER: KindFields(
        "the mark comes within percent of a cluster's span",
        ("percent",),
        (*CLUSTERS, "cluster_id", "hysteresis"),
        unit="%",
        hysteresis=0.2,
        is_share=True,
    ),
    AlertKind.NEAR_LEVEL: KindFields(
        "the mark comes within percent of a price",
        ("coin", "price", "percent"),
        ("hysteresis",),
        unit="%",
        hysteresis=0.2,
        is_share=True,
    ),
    AlertKind.LEVEL_TOUCHED: KindFields(
        "the mark reaches a price, or passes it between two updates",
        ("coin", "price"),
        ("approach", "hysteresis"),
        unit="%",
        hysteresis=0.2,
    ),
    AlertKind.CLUSTER_BORN: KindFields("levels have come together to a new cluster", (), CLUSTERS),
    AlertKind.CLUSTER_GROWN: KindFields(
        "a cluster holds percent more coins than minutes ago",
        ("percent", "minutes"),
        (*CLUSTERS, "cluster_id", "hysteresis"),
        bounds={"percent": CHANGE},
        unit="%",
        hysteresis=0.5,
        is_share=True,
    ),
    AlertKind.CLUSTER_DISSOLVED: KindFields("a cluster has ended without merging into another", (), CLUSTERS),
    AlertKind.CLUSTER_SWEPT: KindFields(
        "a sweep of a cluster is over: what was liquidated of what stood there, and what is left", (), CLUSTERS
    ),
    AlertKind.ACCOUNT_NEAR: KindFields(
        "the mark comes within percent of the liquidation level of an account",
        ("address", "percent"),
        ("coin", "hysteresis"),
        unit="%",
        hysteresis=0.2,
        is_share=True,
    ),
    AlertKind.MARGIN_ADDED: KindFields(
        "an account received cash by deposit or transfer in a stored minute", ("address",), ("min_usd",)
    ),
    AlertKind.LIQUIDATION: KindFields("a liquidation of min_usd or more", ("min_usd",), ("coin", "side", "address")),
    AlertKind.CASCADE_STATE: KindFields("a run of liquidations comes to a state", ("state",), ("coin", "side")),
    AlertKind.ASYMMETRY: KindFields(
        "(shorts above - longs below) / (both) within distance of the mark passes a limit",
        ("coin", "distance"),
        ("above", "below", "hysteresis"),
        one_of=("above", "below"),
        bounds={"above": IMBALANCE, "below": IMBALANCE, "hysteresis": Bounds(0.0, 2.0, is_above=False)},
        unit="share",
        hysteresis=0.05,
    ),
    AlertKind.FUNDING: KindFields(
        "the funding paid last, in percent per 8 hours, passes a limit",
        (),
        ("coin", "above", "below", "hysteresis"),
        one_of=("above", "below"),
        bounds={"above": FUNDING, "below": FUNDING, "hysteresis": Bounds(0.0, 32.0, is_above=False)},
        unit="%",
        hysteresis=0.0,
    ),
    AlertKind.OPEN_INTEREST: KindFields(
        "open interest in coins has changed by percent against minutes ago",
        ("percent", "minutes"),
        ("coin", "hysteresis"),
        bounds={"percent": CHANGE},
        unit="%",
        hysteresis=0.5,
        is_share=True,
    ),
    AlertKind.COVERAGE: KindFields(
        "the share of open interest that the map holds falls below a limit; without coin that of all coins",
        ("below",),
        ("coin", "hysteresis"),
        bounds={"below": SHARE, "hysteresis": Bounds(0.0, 1.0, is_above=False)},
        unit="share",
        hysteresis=0.01,
    ),
    AlertKind.STALE: KindFields("no new frame came for minutes", ("minutes",)),
    AlertKind.NEAR_STOPS: KindFields(
        "the mark comes within percent of a cluster of known stops; side: of the positions they close",
        ("percent",),
        (*CLUSTERS, "hysteresis"),
        unit="%",
        hysteresis=0.2,
        is_share=True,
    ),
}

NEEDS_EACH_MINUTE = frozenset({AlertKind.NEAR_CLUSTER, AlertKind.CLUSTER_GROWN, AlertKind.ASYMMETRY})
"""Kinds for which what stands must be known each minute: stored rows tell it each quarter of an hour."""
OF_STUDY = NEEDS_EACH_MINUTE | {
    AlertKind.CLUSTER_BORN,
    AlertKind.CLUSTER_DISSOLVED,
    AlertKind.CLUSTER_SWEPT,
    AlertKind.CASCADE_STATE,
}
"""Kinds that what is studied decides."""


def fields_of(kind: AlertKind) -> tuple[str, ...]:
    """Every field a rule of a kind may have."""
    own = KINDS[kind]
    return (*COMMON_FIELDS, *own.needs, *own.may)


def bounds_of(kind: AlertKind, field: str) -> Bounds | None:
    """Limits of a number of a kind; None where the field is none."""
    return KINDS[kind].bounds.get(field) or NUMBERS.get(field)

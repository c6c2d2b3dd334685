"""From what a user names to an engine that watches: the file of rules, and what is kept beside the history."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.service.alerting.engine import AlertEngine, AlertSink
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import RuleStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liqscape.service.executors import Executors
    from liqscape.service.view import MapView


@dataclass(frozen=True, kw_only=True)
class AlertPlace:
    """Where rules are, and what they remember.

    file         alerts.toml; None: rules live in memory alone and cannot be added.
    data         folder of the history, where what they remember is kept; None: it is not kept.
    is_writable  rules may be added and removed.
    """

    file: Path | None
    data: Path | None
    is_writable: bool = True


NOWHERE = AlertPlace(file=None, data=None, is_writable=False)


def open_alerts(
    view: MapView,
    place: AlertPlace = NOWHERE,
    *,
    sinks: Sequence[AlertSink] = (),
    liquidations: Path | None = None,
    executors: Executors | None = None,
) -> AlertEngine:
    """The engine of a map; `run` begins. liquidations: folder of stored ones."""
    return AlertEngine(
        view,
        RuleStore(place.file, is_writable=place.is_writable),
        KeptAlerts(place.data),
        sinks,
        liquidations=liquidations,
        executor=None if executors is None else executors.alerts,
    )

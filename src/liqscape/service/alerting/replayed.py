"""Rules held against a raw log as it is replayed: what would have fired. Nothing is kept, sent or shown on a page.

The engine is the one of a live map, fed with the same events, frames and liquidations that the same records gave then;
its clock is the time at which each record was received. Every alert says in its provenance that it is of a replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from liqscape.errors import SettingsError
from liqscape.insight.alerts import Alert
from liqscape.insight.alerts.kinds import OF_STUDY
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.kept import KeptAlerts
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.live import LiveState
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.feed.records import Record
    from liqscape.model.liquidations import Liquidation
    from liqscape.service.collecting.core import Fed

LABEL = "replay of a raw log: it would have fired, and was neither delivered nor kept"


class ReplayedAlerts:
    """Rules of a file. `see` each record; `fired` is what they gave, in order."""

    label = LABEL

    def __init__(self, file: Path) -> None:
        """Raises SettingsError for a file without a rule that can be used."""
        rules = RuleStore(file, is_writable=False)
        held = rules.held
        if held.trouble is not None:
            raise SettingsError(held.trouble)
        if not held.rules:
            raise SettingsError(next(iter(held.troubles.values()), f"{file} holds no rules"))
        self.notes = [f"not used: {trouble}" for trouble in held.troubles.values()]
        blind = [rule.rule_id for rule in held.rules if rule.on and rule.kind in OF_STUDY]
        if blind:
            self.notes.append(
                f"not decided, for a raw log is not studied: {', '.join(blind)}; `liqscape alerts try` holds them "
                "against stored history"
            )
        self.fired: list[Alert] = []
        self._now_ms = 0
        self._live = LiveState()
        self._engine = AlertEngine(
            MapView(None, self._live), rules, KeptAlerts(None), [self], now_ms=lambda: self._now_ms
        )
        self._engine.begin()

    def put(self, alerts: Sequence[Alert]) -> None:
        """Take alerts in the place of an outbox."""
        for alert in alerts:
            note = f"{alert.provenance.note}; {LABEL}" if alert.provenance.note else LABEL
            self.fired.append(replace(alert, provenance=replace(alert.provenance, note=note)))

    def see(self, record: Record, fed: Fed, liquidations: Sequence[Liquidation], coins: Sequence[str]) -> None:
        """What one record led to."""
        self._now_ms = record.received_ns // 1_000_000
        self._live.observe(fed.events)
        if liquidations:
            self._live.liquidated(liquidations, coins)
        for moment in fed.moments:
            self._live.publish(moment)
        self._engine.work()

"""One path for all data: events -> ledger -> solve -> bands -> frame (docs/architecture.md).

Every source, recorded, generated or live, goes through here; nothing else cuts frames.
"""

from __future__ import annotations

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.plan import BandPlan, plan_bands
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.ledger import Ledger
from liqscape.model.accounts import Accounts
from liqscape.model.events import Event, FrameDue


class Pipeline:
    """Owns a ledger; `feed` returns a frame when one is due, else None."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance
        self.ledger = Ledger()
        self._workspace = BandWorkspace()
        self._planned: tuple[Accounts, int, BandPlan] | None = None

    def feed(self, event: Event) -> MarketFrame | None:
        """Apply one event. Raises ModelError for events that contradict the ledger."""
        self.ledger.apply(event)
        if not isinstance(event, FrameDue):
            return None
        ledger = self.ledger
        return build_frame(
            ledger.accounts, ledger.snapshot, ledger.tables, self.provenance, self._plan(), self._workspace
        )

    def _plan(self) -> BandPlan:
        """The plan of the present accounts; made again only when they change."""
        accounts, markets = self.ledger.accounts, len(self.ledger.markets)
        if self._planned is None or self._planned[0] is not accounts or self._planned[1] != markets:
            self._planned = (accounts, markets, plan_bands(accounts, markets))
        return self._planned[2]

"""One path for all data: events -> ledger -> solve -> bands -> frame (docs/architecture.md).

Every source, recorded, generated or live, goes through here; nothing else cuts frames.
"""

from __future__ import annotations

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.ledger import Ledger
from liqscape.model.events import Event, FrameDue


class Pipeline:
    """Owns a ledger; `feed` returns a frame when one is due, else None."""

    def __init__(self, provenance: Provenance) -> None:
        self.provenance = provenance
        self.ledger = Ledger()

    def feed(self, event: Event) -> MarketFrame | None:
        """Apply one event. Raises ModelError for events that contradict the ledger."""
        self.ledger.apply(event)
        if not isinstance(event, FrameDue):
            return None
        return build_frame(self.ledger.accounts, self.ledger.snapshot, self.ledger.tables, self.provenance)

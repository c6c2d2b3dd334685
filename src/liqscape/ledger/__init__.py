"""The ledger: what every account holds now, as columns, moved on by events. Pure; no source, no store."""

from liqscape.ledger.closings import Recognition
from liqscape.ledger.fees import FeeAssumption, without_fee_scale
from liqscape.ledger.figures import TrackingFigures
from liqscape.ledger.ledger import Ledger
from liqscape.ledger.reconcile import Differences, ReconcileFigures
from liqscape.ledger.watch import WatchColumns

__all__ = [
    "Differences",
    "FeeAssumption",
    "Ledger",
    "Recognition",
    "ReconcileFigures",
    "TrackingFigures",
    "WatchColumns",
    "without_fee_scale",
]

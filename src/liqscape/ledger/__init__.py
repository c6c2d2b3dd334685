"""The ledger: what every account holds now, as columns, moved on by events. Pure; no source, no store."""

from liqscape.ledger.ledger import Ledger

__all__ = ["Ledger"]

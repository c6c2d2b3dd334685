"""Bounded memory of what happened in the exchange, for requests about the past."""

from __future__ import annotations

from liqscape.sandbox.records.ledger import LedgerEntry, LedgerKind
from liqscape.sandbox.records.records import Records

__all__ = ["LedgerEntry", "LedgerKind", "Records"]

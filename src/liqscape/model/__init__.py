"""Markets, margin tables, accounts and events: the frozen data everything else computes with. Pure."""

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot

__all__ = [
    "Accounts",
    "MarginTable",
    "MarginTables",
    "MarginTier",
    "Market",
    "MarketSnapshot",
    "Markets",
    "PublishedState",
    "flat_table",
]

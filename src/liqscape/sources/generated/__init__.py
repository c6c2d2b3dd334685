"""A whole market made up from a seed: the source behind `liqscape demo` (docs/generated-market.md).

Nothing in it is real but the margin rules and the names of the coins. Everything it yields says so.
"""

from liqscape.sources.generated.liquidations import Liquidated
from liqscape.sources.generated.market import GeneratedMarket

__all__ = ["GeneratedMarket", "Liquidated"]

"""The exchange once more, slow and plain: objects, whole numbers, fractions, loops over everything.

Written from the rules (docs/exchange.md, Rules, the tables' columns), not from the kernels, so that the two can be
compared block by block. Nothing is indexed, cached or sorted ahead: every question is answered by looking at all.
"""

from exchange_reference.engine import ReferenceExchange
from exchange_reference.things import Fill

__all__ = ["Fill", "ReferenceExchange"]

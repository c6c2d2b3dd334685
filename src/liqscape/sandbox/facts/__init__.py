"""What stands beside the perpetuals of the sandbox: tokens, outcome markets, facts of coins and dexs, sub-accounts.

Everything here is a pure function of a seed, an address and a time, so that equal worlds tell the same and a restored
one goes on with it; nothing of it is kept in a checkpoint.
"""

from liqscape.sandbox.facts.coin_facts import CoinFacts
from liqscape.sandbox.facts.facts import Facts

__all__ = ["CoinFacts", "Facts"]

"""Arguments that several tools share."""

from __future__ import annotations

from dataclasses import replace

from liqscape.mcp.arguments import Argument

MAX_LIMIT, DEFAULT_LIMIT = 200, 25
"""Rows of a page. A row is some 500 bytes or 200 tokens: 25 leave an agent room to think."""

COIN = Argument(name="coin", description="Coin as the exchange spells it, such as BTC or kPEPE.", is_required=True)
ANY_COIN = replace(COIN, description="Only this coin, as the exchange spells it. Default: all.", is_required=False)
AT = Argument(
    name="at",
    description="Answer from the last frame at or before this time, ISO 8601 or milliseconds since 1970. "
    "Default: the newest.",
)
START = Argument(name="start", description="Start of the range, ISO 8601 or milliseconds since 1970, itself included.")
END = Argument(name="end", description="End of the range, itself not included.")
SIDE = Argument(name="side", description="Side of the positions. Default: both.", words=("long", "short"))
MODE = Argument(
    name="mode",
    description="solo: each coin moves alone. joint: all coins move with BTC by their betas.",
    words=("solo", "joint"),
)
CLUSTER = Argument(name="cluster_id", description="Only of this cluster, by its identity as answers give it.")
LIMIT = Argument(
    name="limit",
    description="Rows of a page; totals are of the whole list.",
    kind="integer",
    low=1,
    high=MAX_LIMIT,
    default=DEFAULT_LIMIT,
)
CURSOR = Argument(
    name="cursor", description="`next_cursor` of the page before, with the same question: what follows it."
)
PAGE = (LIMIT, CURSOR)
ADDRESS = Argument(name="address", description="Wallet, 0x and 40 hex digits.", is_required=True)

"""Columns of the ledger's tables (docs/tracking.md, "Tables"): a row an account, a pool, a position, a leg of a print.

An account is any address that was ever observed or seen trading. Prices and money in USD, sizes in coins, float64;
everything else int64, or 32 bits where rows of pools and positions
point at each other. Pools of an account and positions of a pool are doubly linked lists, so that nothing moves when
one goes.

What a print touches of an account, of a pool and of a position lies in one line of memory each (lines.py). Columns of
different kinds are views of the same rows, each counted in its own width.
"""

from __future__ import annotations

from enum import IntEnum

NO_ROW = -1
"""No account, pool, position."""
GONE_ROW = -2
"""In a slot: a position stood there, and the search for others goes on behind it."""
NEVER_MS = -1
"""No state, trade or gap so far."""
MARKET_BITS = 20
"""A key is account * 2**MARKET_BITS + market."""
MAX_DEX_BITS = 63
"""Bits of a signed 64-bit number that are not its sign: dexs beyond are not distinguished."""


class Count(IntEnum):
    """One row of counters over all tables."""

    ACCOUNTS = 0
    POOL_END = 1
    """First pool row never used."""
    POSITION_END = 2
    FREE_POOL = 3
    """Head of the chain of rows that were used and are free."""
    FREE_POSITION = 4
    KEYS = 5
    """Slots in use, also those whose position is gone."""
    LEG_END = 6
    """Number the next leg gets; numbers begin at 1."""
    LEG_START = 7
    """Lowest number still kept."""
    NEWEST_MS = 8
    """Newest time of any print or movement of cash so far."""
    DUE_MS = 9
    """Full hour whose funding was paid by rate last; NEVER_MS."""
    CHANGED = 10
    """Accounts whose pools, sizes or cash are not as they were last published."""
    HITS = 11
    """Rows of the hit tables filled by the present call."""
    APPLIED = 12
    """Legs that moved a known account, ever."""
    REPEATED = 13
    """Legs dropped because they were known, ever."""
    CORRECTED = 14
    """Fills whose start position was not what was held, ever."""
    UNKNOWN = 15
    """Legs of addresses that are not known, ever."""
    REPLAYED = 16
    """Legs and movements of cash applied again on top of a state that was older, ever."""
    CASH_MOVED = 17
    """Movements of cash that moved a known pool when they came, ever."""
    CASH_AMBIGUOUS = 18
    """Movements of cash of known accounts that left them unsure, ever."""
    FORGOTTEN_MS = 19
    """Newest time of any leg the ring has let go; NEVER_MS."""
    BEYOND = 20
    """Legs older than the memory of their coin that left a known account unsure, ever."""
    WIDTH = 21


class LedgerAccountColumn(IntEnum):
    """(N, ...): the first line of what any print asks for, the second of the rest."""

    FIRST_POOL = 0
    TRADE_MS = 1
    """Newest trade."""
    MOVED_MS = 2
    """Newest trade, funding, movement of cash or gap that concerns it."""
    STATE_MS = 3
    """Newest state of any dex."""
    LAST_LEG = 4
    """Number of its newest leg; 0 none."""
    FORCED_MS = 5
    """Time of its newest print taken for a liquidation."""
    IS_CHANGED = 6
    """It is among the changed ones."""
    LAST_POOL = 8
    KNOWN_ROW = 9
    """Row in Accounts.addresses; NO_ROW where no state is known."""
    UNSURE_MS = 10
    """What is known is in doubt up to this time."""
    IS_NAMED = 11
    """Scratch of a complete observation."""
    IS_EXEMPT = 12
    REPORTED_HOUR = 13
    """Last hour since 1970 of which a payment was reported."""
    SETTLED_USD = 14
    """Whole USD of positions that delistings took away since its newest state."""
    UNREAD_DEXS = 15
    """Bits of dexs in which it traded or held something, and of which no state has come that says what it holds."""


class AccountValueColumn(IntEnum):
    """(N, ...) of the same two lines."""

    TRADED = 7
    """USD traded, decayed to TRADE_MS."""


class LedgerPoolColumn(IntEnum):
    """(A, ...) of 32 bits: rows, numbers and flags; the first 48 bytes of a line."""

    ACCOUNT = 0
    DEX = 1
    MARGIN_SOURCE = 2
    MODE = 3
    IS_EXEMPT = 4
    FIRST = 5
    LAST = 6
    POSITIONS = 7
    PREVIOUS = 8
    NEXT = 9
    IS_SHOWN = 10
    """Published even without positions: it was observed so."""
    IS_MOVED = 11
    """Changed since it was observed: what the venue printed for its positions no longer holds."""


class PoolTimeColumn(IntEnum):
    """(A, ...) of 64 bits, of the same line."""

    OBSERVED_MS = 6
    """Venue time of the state behind the cash."""


class PoolValueColumn(IntEnum):
    """(A, ...) of 64 bits, of the same line."""

    CASH = 7
    """Raw USD."""


class LedgerPositionColumn(IntEnum):
    """(P, ...) of 32 bits, likewise; the first half of a line."""

    ACCOUNT = 0
    POOL = 1
    MARKET = 2
    TABLE = 3
    PUBLISHED = 4
    PREVIOUS = 5
    NEXT = 6
    FUNDED_HOUR = 7
    """Last hour since 1970 whose funding is in the cash; NO_ROW none."""


class PositionValueColumn(IntEnum):
    """(P, ...) of 64 bits, the second half of the line."""

    SIZE = 4
    ENTRY = 5
    LEVERAGE = 6
    FUNDED = 7
    """What was paid by rate for FUNDED_HOUR; NaN where it was reported or is in the state, so nothing is to correct."""


class StatedColumn(IntEnum):
    """(P, ...) what the state of a position said beside; no print asks for it."""

    OBSERVED_MARK = 0
    PUBLISHED_PRICE = 1
    WIDTH = 2


class LegColumn(IntEnum):
    """(R, ...) ring of recent legs of prints and fills, and of cash that moved; row = number modulo R."""

    TIME_MS = 0
    TRADE_ID = 1
    MARKET = 2
    """-1 - dex where cash moved without a trade."""
    ACCOUNT = 3
    STAMP_MS = 4
    """Newest time seen when it came: never falls along the ring."""
    BEFORE = 5
    """Number of the same account's leg before it."""
    LINK = 6
    """Number of the leg before it in its bucket."""
    IS_REPORTED = 7
    """1: a fill with its exact fee; 0: a print with an assumed one."""
    FORCED = 8
    """LiquidationMethod, where it closed this account's position by force."""
    WIDTH = 9


class LegValueColumn(IntEnum):
    """(R, ...)"""

    SIZE = 0
    """Signed: bought > 0. Of moved cash: CashMovements.amount."""
    PRICE = 1
    """Of moved cash: CashMovements.whole."""
    FEE = 2
    WIDTH = 3


class LedgerMarketColumn(IntEnum):
    """(M, ...)"""

    DEX = 0
    TABLE = 1
    IS_ISOLATED_ONLY = 2
    MISSED_MS = 3
    """Newest end of a gap of its prints; NEVER_MS."""
    WIDTH = 4


class MarketValueColumn(IntEnum):
    """(M, ...)"""

    SCALE = 0
    """10 ** size decimals."""
    LEVERAGE = 1
    """Setting of a user who never chose one."""
    TAKER = 2
    MAKER = 3
    """Assumed fee rates."""
    MARK = 4
    WIDTH = 5


class HitColumn(IntEnum):
    """(H, ...) a print or fill that closed part of a position by force."""

    ACCOUNT = 0
    MARKET = 1
    TIME_MS = 2
    TRADE_ID = 3
    SIDE = 4
    """1 a long was closed, -1 a short."""
    ROW = 5
    """Row of the fills; NO_ROW for prints."""
    WIDTH = 6


class HitValueColumn(IntEnum):
    """(H, ...)"""

    SIZE = 0
    PRICE = 1
    MARK = 2
    LEVEL = 3
    """Our level just before."""
    ACCOUNT_VALUE = 4
    """Left in the pool at the newest marks."""
    WIDTH = 5


class ComparedColumn(IntEnum):
    """(C, ...) one position held against a newer state."""

    ACCOUNT = 0
    MARKET = 1
    AGE_MS = 2
    IS_UNSURE = 3
    WIDTH = 4


class ComparedValueColumn(IntEnum):
    """(C, ...)"""

    TRACKED_SIZE = 0
    TRUE_SIZE = 1
    TRACKED_RAW_USD = 2
    TRUE_RAW_USD = 3
    WIDTH = 4

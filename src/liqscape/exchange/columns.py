"""Columns of the exchange's tables (docs/exchange.md, "State").

The whole state is a handful of int64 tables, one row an account, a margin pool, a position, an order, so that
kernels stay small, a checkpoint is a copy and a hash covers everything. These names are the column numbers.

Units: prices in ticks of 10^-(6 - size_decimals) USD, sizes in lots of 10^-size_decimals coin, money in micro-USD:
ticks * lots *is* micro-USD, without rounding. Rates are integers of RATE_UNIT.
"""

from __future__ import annotations

from enum import IntEnum

RATE_UNIT = 10_000_000
"""Fee rates count in 1e-7: 0.045 % = 4_500."""
FEE_UNIT = 1_000
"""MarketColumn.FEE_FACTOR counts in 1/1000 of the account's fee rate."""
FUNDING_UNIT = 1_000_000_000_000
"""Funding rates count in 1e-12 an hour."""
EXCURSION_UNIT = 1_000_000_000_000
"""ClockColumn.EXCURSION counts in 1e-12 of log-price."""
NO_ROW = -1
"""No account, pool, order, level."""
BID, ASK = 0, 1
"""Book sides. A buy takes asks and rests as a bid."""
VENUES = 5
"""Outside perpetual venues of the mark rule, in the order of Rules.venue_weights."""


class ClockColumn(IntEnum):
    """One row of counters."""

    TIME_MS = 0
    BLOCK = 1
    NEXT_ORDER_ID = 2
    NEXT_TRADE_ID = 3
    NEXT_TRANSACTION = 4
    ACCOUNT_COUNT = 5
    POOL_COUNT = 6
    POSITION_END = 7
    """First position row never used."""
    FREE_ORDER = 8
    """Head of the chain of free order slots."""
    FILL_COUNT = 9
    EVENT_COUNT = 10
    LAST_BACKSTOP_MS = 11
    LAST_MARK_MS = 12
    FUNDED_HOUR = 13
    """Hours since 1970 whose funding is paid."""
    MULTIPLIER = 14
    """Common multiple of all 2 * max_leverage: maintenance is counted in 1/MULTIPLIER micro-USD, exactly."""
    LAST_PREMIUM_MS = 15
    ADL_BATCH = 16
    ERROR = 17
    """0, or which table was full (Full); the call then raises and the state must be thrown away."""
    ORDER_END = 18
    """First order slot never used."""
    MAKER = 19
    """Account of role MAKER that stands for everybody not modelled; NO_ROW where there is none."""
    LIQUIDATOR_COUNT = 20
    """Accounts of role LIQUIDATOR, among the rows from FIRST_LIQUIDATOR on."""
    TAKEOVERS = 21
    """Pools taken over so far; the turn of ROUND_ROBIN."""
    FIRST_LIQUIDATOR = 22
    EXCURSION = 23
    """Sum over mark updates of the largest |log(mark / previous mark)| of any market, in EXCURSION_UNIT, rounded up."""
    DEX_COUNT = 24
    """Dexs among the markets, at least one."""
    HOLDING_COUNT = 25
    """Rows of Holding in use."""
    WIDTH = 26


class Full(IntEnum):
    """A table that was too small. Tables are made large at once: what is never touched takes no memory."""

    NONE = 0
    ORDERS = 1
    LEVELS = 2
    POSITIONS = 3
    FILLS = 4
    EVENTS = 5
    HOLDINGS = 6
    TRIGGERS = 7


class MarketColumn(IntEnum):
    """(M, ...) one row a market. Ticks; 0 where a price is not known."""

    SIZE_DECIMALS = 0
    MAX_LEVERAGE = 1
    TABLE = 2
    IS_ISOLATED_ONLY = 3
    """Also: no backstop, straight to ADL (rule has_backstop_on_isolated_only)."""
    BOOK_KIND = 4
    ORACLE = 5
    NEXT_ORACLE = 6
    """Oracle to be taken over at the next mark update; in mark mode GIVEN also see NEXT_MARK."""
    NEXT_MARK = 7
    MARK = 8
    PREVIOUS_MARK = 9
    LAST = 10
    OPEN_LOTS = 11
    """Open interest, lots, one side."""
    FUNDING_RATE = 12
    """Present hourly rate, FUNDING_UNIT."""
    BIDS = 13
    """Number of price levels of the bid side."""
    ASKS = 14
    IMPACT_NOTIONAL = 15
    """micro-USD walked for the funding premium: 20,000 USD for BTC and ETH, else 6,000."""
    PREVIOUS_ORACLE = 16
    DEX = 17
    """Index of its dex in Exchange.dexs: the first-party dex, then the others as they appear among the markets."""
    COLLATERAL = 18
    """Index of its dex's collateral token, in the order in which tokens appear among the markets."""
    ANY = 19
    """0 in every market: the group of accounts whose one cross pool backs all of them."""
    IS_DELISTED = 20
    """Settled: orders are refused and the mark stands still."""
    FEE_FACTOR = 21
    """Fees are the account's rate times this, in 1 / FEE_UNIT."""
    LIQUIDATORS = 22
    """Liquidators of its dex, solvent or not."""
    WIDTH = 23


class BookKind(IntEnum):
    """What a taker meets."""

    ORDERS = 0
    """Price-time priority order book."""
    AT_MARK = 1
    """Infinite depth at the mark, against the maker account: given-mark mode, no impact."""
    PROFILE = 2
    """Depth by distance from an anchor, against the maker account: fitted book of a what-if."""


class AverageColumn(IntEnum):
    """(M, ...) float64: moving averages of the mark rule and the funding hour."""

    SLOW_SUM = 0
    """Numerator of the 150 s average of mid - oracle, ticks."""
    SLOW_WEIGHT = 1
    FAST_SUM = 2
    """Numerator of the 30 s average of median(bid, ask, last), ticks."""
    FAST_WEIGHT = 3
    PREMIUM_SUM = 4
    PREMIUM_COUNT = 5
    WIDTH = 6


class AccountColumn(IntEnum):
    """(N, ...) one row an address."""

    ADDRESS_KEY = 0
    """First 62 bits of the address: ties are broken by address."""
    CROSS_POOL = 1
    """First of the chain of its cross pools (PoolColumn.NEXT), one a group (GROUPED_BY)."""
    FIRST_ISOLATED = 2
    """First of the chain of its isolated pools (PoolColumn.NEXT)."""
    ROLE = 3
    MODE = 4
    """PoolMode of the cross pools: CROSS, UNIFIED or PORTFOLIO; it says which markets share one (GROUPED_BY)."""
    FIRST_ORDER = 5
    """First of the chain of its resting orders (OrderColumn.NEXT_OF_ACCOUNT)."""
    COOLDOWN_UNTIL_MS = 6
    """While block time is before it, the user's liquidation orders are for the whole position."""
    TAKER_RATE = 7
    MAKER_RATE = 8
    """Negative is a rebate. RATE_UNIT."""
    ORDER_COUNT = 9
    VOLUME = 10
    """micro-USD ever traded."""
    GROUPED_BY = 11
    """Column of Market whose value is the group of the cross pool that backs a market: DEX of standard accounts,
    COLLATERAL of unified ones, ANY of portfolio margin."""
    DEX = 12
    """Of a liquidator: the dex whose pools it takes over."""
    WIDTH = 13


class Role(IntEnum):
    """What an account is for."""

    USER = 0
    LIQUIDATOR = 1
    """A vault with finite capital that takes over accounts at the backstop; not liquidated, but deleveraged."""
    MAKER = 2
    """Counterparty of PROFILE and AT_MARK books; outside of every margin rule."""
    VAULT = 3
    """A vault that trades like a user."""


class PoolColumn(IntEnum):
    """(A, ...) one row a margin pool."""

    ACCOUNT = 0
    ISOLATED_MARKET = 1
    """NO_ROW for the cross pool."""
    CASH = 2
    """Raw USD, micro-USD: account value minus the sum of lots * mark."""
    START = 3
    COUNT = 4
    CAPACITY = 5
    NEXT = 6
    """Next isolated pool of the account; of a cross pool, the next cross pool."""
    IS_OPEN = 7
    SAFE_UNTIL = 8
    """ClockColumn.EXCURSION below which the pool cannot be liquidatable: the index that spares most pools a check.
    0 after anything but a mark changed it."""
    GROUP = 9
    """Of a cross pool: it backs the markets whose column AccountColumn.GROUPED_BY holds this number."""
    HOLDING = 10
    """1 + row of the first of its chain of holdings; 0 none."""
    COLLATERAL = 11
    """Its holdings at the present marks, micro-USD: summed when marks or holdings change, so that reading a pool's
    margin costs two additions (a loop over holdings there made every pool three to eight times as slow)."""
    COLLATERAL_MAINTENANCE = 12
    """Maintenance of its holdings, micro-USD."""
    WIDTH = 13


class PositionColumn(IntEnum):
    """(P, ...) rows PoolColumn.START .. START + COUNT of a pool."""

    MARKET = 0
    LOTS = 1
    """Signed; never zero inside a pool's COUNT rows."""
    ENTRY = 2
    """Entry notional, micro-USD, unsigned; grows by fills that add, shrinks in proportion, starts anew at a flip."""
    TABLE = 3
    """Margin table of the position, which may be older than its market's."""
    LEVERAGE = 4
    """The user's setting when last touched."""
    FUNDING = 5
    """Funding paid (> 0) or received since it was opened, micro-USD."""
    WIDTH = 6


class HoldingColumn(IntEnum):
    """(H, ...) collateral that moves: coins of portfolio-margin accounts, worth the mark of their perpetual."""

    MARKET = 0
    LOTS = 1
    """>= 0."""
    RATE = 2
    """Share of its value that is maintenance, in 1 / RATE_UNIT: (1 - loan to value) / 2."""
    NEXT = 3
    """1 + row of the next holding of the pool; 0 none."""
    POOL = 4
    WIDTH = 5


class OrderColumn(IntEnum):
    """(O, ...) slots of resting orders."""

    ID = 0
    """0 marks a free slot."""
    ACCOUNT = 1
    MARKET = 2
    SIDE = 3
    """+1 buy, -1 sell."""
    PRICE = 4
    LOTS = 5
    """Left to fill."""
    ORIGINAL_LOTS = 6
    TIME_MS = 7
    FLAGS = 8
    NEXT = 9
    """Next in time at its price; of a free slot, the next free one."""
    PREVIOUS = 10
    NEXT_OF_ACCOUNT = 11
    PREVIOUS_OF_ACCOUNT = 12
    WIDTH = 13


class TriggerColumn(IntEnum):
    """(T, ...) slots of trigger orders: they wait off the book until the mark reaches them."""

    ID = 0
    """0 marks a free slot. The order keeps its number when it fires."""
    ACCOUNT = 1
    MARKET = 2
    SIDE = 3
    """+1 buy, -1 sell."""
    TRIGGER_PRICE = 4
    LIMIT_PRICE = 5
    """Of a market trigger the bound of its slippage."""
    LOTS = 6
    """0 for the whole position, whatever it is when the order fires."""
    FLAGS = 7
    TIME_MS = 8
    NEXT = 9
    """1 + slot of the next trigger of its market and direction, further from the mark; 0 none. Of a free slot, the
    next free one."""
    PREVIOUS = 10
    NEXT_OF_ACCOUNT = 11
    PREVIOUS_OF_ACCOUNT = 12
    WIDTH = 13


class TriggerCounter(IntEnum):
    """Counters of the trigger orders, apart from ClockColumn: without triggers a state has the digest it had before
    there were any."""

    COUNT = 0
    """Waiting now."""
    END = 1
    """First slot never used."""
    FREE = 2
    """1 + head of the chain of free slots; 0 none."""
    WIDTH = 3


FALL, RISE = 0, 1
"""Directions: a trigger of FALL fires when mark <= trigger price, one of RISE when mark >= trigger price."""


class TriggersOf(IntEnum):
    """(N, ...) trigger orders of an account."""

    FIRST = 0
    """1 + first slot of its chain; 0 none."""
    COUNT = 1
    WIDTH = 2


class LevelColumn(IntEnum):
    """(M, 2, L, ...) price levels of a book side, worst first, best last."""

    PRICE = 0
    LOTS = 1
    HEAD = 2
    TAIL = 3
    ORDERS = 4
    WIDTH = 5


class RequestColumn(IntEnum):
    """(n, ...) what callers send to `Exchange.submit`: one row a request."""

    ACTION = 0
    ACCOUNT = 1
    MARKET = 2
    SIDE = 3
    PRICE = 4
    """Ticks; 0 for a market order (IOC without limit)."""
    LOTS = 5
    """> 0."""
    FLAGS = 6
    ORDER_ID = 7
    """CANCEL: the order's id; PLACE: 0."""
    SLOT = 8
    """CANCEL: where the id was put (AnswerColumn.SLOT); a slot that holds another id by now cancels nothing."""
    TRIGGER_PRICE = 9
    """PLACE_TRIGGER: ticks of the mark that fires it; else 0."""
    WIDTH = 10


class Action(IntEnum):
    PLACE = 0
    CANCEL = 1
    CANCEL_MARKET = 2
    """All orders of the account in the market, triggers too."""
    CANCEL_ALL = 3
    """All orders of the account, triggers too."""
    PLACE_TRIGGER = 4
    """PRICE is the limit; of a market trigger the bound of its slippage, 0 for the rule's."""
    CANCEL_TRIGGER = 5
    """As CANCEL, of a trigger that waits."""


GOOD_TILL_CANCEL, IMMEDIATE, POST_ONLY, REDUCE_ONLY = 0, 1, 2, 4
"""Bits of RequestColumn.FLAGS and OrderColumn.FLAGS."""
TAKE_PROFIT, WHOLE_POSITION, MARKET_TRIGGER = 8, 16, 32
"""More bits of a trigger order; without TAKE_PROFIT it is a stop. WHOLE_POSITION is always reduce-only."""


class AnswerColumn(IntEnum):
    """(n, ...) answer to each request, in the order they were sent."""

    STATUS = 0
    ORDER_ID = 1
    SLOT = 2
    """Where it rests; NO_ROW if nothing rests."""
    FILLED = 3
    """Lots filled at once; of a cancel, orders cancelled."""
    WIDTH = 4


class Status(IntEnum):
    """What became of a request."""

    OK = 0
    FILLED = 1
    RESTING = 2
    """The rest, or all, rests in the book."""
    CANCELLED = 3
    """IOC remainder was cancelled; or a cancel that found its order."""
    WOULD_CROSS = 4
    """Post-only order that would have taken."""
    NO_MARGIN = 5
    BAD_PRICE = 6
    """Not positive, or breaks the tick rule: more than 5 significant figures and not a whole number of USD."""
    BAD_SIZE = 7
    NOT_REDUCING = 8
    NOT_FOUND = 9
    NO_BOOK = 10
    """Market order into an empty side."""
    TOO_MANY_ORDERS = 11
    DELISTED = 12
    BAD_TRIGGER = 13
    """The mark is at the trigger price already, or not known."""
    WAITING = 14
    """A trigger order that was taken."""


class Method(IntEnum):
    """How a fill came about."""

    TRADE = 0
    MARKET = 1
    """Stage 1 of a liquidation: an order in the book."""
    BACKSTOP = 2
    ADL = 3


class FillColumn(IntEnum):
    """(F, ...) log of fills since the last drain, one row for both sides."""

    TIME_MS = 0
    BLOCK = 1
    MARKET = 2
    PRICE = 3
    LOTS = 4
    """> 0."""
    BUYER = 5
    SELLER = 6
    BUYER_ORDER = 7
    SELLER_ORDER = 8
    IS_BUY_TAKER = 9
    """1 if the buyer was the aggressor. BACKSTOP and ADL: the side of the liquidated account counts as taker."""
    TRADE_ID = 10
    TRANSACTION = 11
    """Fills of one request, liquidation or takeover share it; becomes the hash."""
    METHOD = 12
    LIQUIDATED = 13
    """Account liquidated, NO_ROW for an ordinary trade."""
    MARK = 14
    BUYER_START = 15
    """Signed lots of the buyer before the fill."""
    SELLER_START = 16
    BUYER_PNL = 17
    """Closed PnL, micro-USD, without fee."""
    SELLER_PNL = 18
    BUYER_FEE = 19
    SELLER_FEE = 20
    IS_ISOLATED = 21
    """1 if the liquidated pool was isolated."""
    ADL_BATCH = 22
    SCORE_RANK = 23
    """ADL: place in the queue, from 0."""
    SCORE = 24
    """ADL: score of the winner in 1e-9, at most 2^62."""
    WIDTH = 25


class EventKind(IntEnum):
    """What an event row reports. Meaning of A, B, C in brackets."""

    FUNDING = 0
    """[lots, paid micro-USD, rate in FUNDING_UNIT] of one position."""
    LIQUIDATION_ORDER = 1
    """[lots sent, lots filled, 1 if a 20 % slice] order of stage 1 in MARKET. DETAIL: position lots before."""
    TAKEOVER = 2
    """[notional taken over, account value moved, liquidator account] once a dex; MARKET is NO_ROW for a cross pool.
    DETAIL: the dex."""
    DEFICIT = 3
    """[micro-USD that stays uncovered, 0, 0]: nobody was left to deleverage."""
    LIQUIDATION_STARTED = 4
    """[account value, maintenance x MULTIPLIER, pool] once a liquidated pool and mark update."""
    DEPOSIT = 5
    """[micro-USD, 0, 0]; negative is a withdrawal. DETAIL: the dex whose pool it moved."""
    MARGIN_MOVED = 6
    """[micro-USD into the isolated pool, 0, 0]"""
    ORDERS_CANCELLED = 7
    """[orders cancelled because of liquidation, 0, 0]"""
    SETTLEMENT = 8
    """[lots before, price in ticks, closed PnL micro-USD] a position of a market that was delisted; it has no fill."""
    TRANSFER = 9
    """[micro-USD, from dex, to dex] moved between two cross pools of the account."""
    COLLATERAL_TAKEN = 10
    """[lots, mark in ticks, liquidator account] of a holding sold to a liquidator at the mark. DETAIL: 1 if in part."""
    TRIGGER_FIRED = 11
    """[lots sent, lots filled at once, order id] of a trigger order the mark reached. DETAIL: its flags."""
    TRIGGER_CANCELLED = 12
    """[lots, TriggerEnd, order id] of a trigger order that went without a request. DETAIL: its flags."""


class TriggerEnd(IntEnum):
    """Why a trigger order was cancelled."""

    POSITION_CLOSED = 0
    """The position it would have reduced was closed, or turned."""
    NOT_REDUCING = 1
    """It fired and there was nothing to reduce."""
    NO_MARGIN = 2
    """It fired and what it would have opened found no margin."""
    LIQUIDATION = 3
    """The rule says that a liquidation cancels triggers."""
    DELISTED = 4


class EventColumn(IntEnum):
    """(E, ...) log of everything that is no fill, since the last drain."""

    TIME_MS = 0
    BLOCK = 1
    KIND = 2
    ACCOUNT = 3
    MARKET = 4
    A = 5
    B = 6
    C = 7
    DETAIL = 8
    TRANSACTION = 9
    IS_ISOLATED = 10
    WIDTH = 11


class FlowColumn(IntEnum):
    """Money that entered or left the pools, micro-USD, since the beginning: the declared flows.

    sum(PoolColumn.CASH) = DEPOSITED - FEES - FUNDING_ROUNDING, always, to the unit.
    """

    DEPOSITED = 0
    """Net of withdrawals."""
    FEES = 1
    FUNDING_ROUNDING = 2
    WIDTH = 3


# Kernels take these as plain integers: an enum member as an argument would compile one more version of the callee.
TRADE, MARKET_LIQUIDATION, BACKSTOP, ADL = (int(method) for method in Method)

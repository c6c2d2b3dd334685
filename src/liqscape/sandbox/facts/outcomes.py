"""Outcome markets (HIP-4): a yes-or-no question a day, who holds them, and the fills that brought and ended it.

Outcome n has two sides; side s is coin `#(10 n + s)`, its token `+(10 n + s)`; once settled a holder's row is `o n`.
No row names a token, and rows stay listed at total "0.0" for days after. Nothing here reaches the margin of a
perpetual: only standard accounts, whose spot money is apart, buy any; unified ones show old rows at zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from liqscape.sandbox.facts.chance import number_of, share_of
from liqscape.units import DAY_MS, HOUR_MS

SETTLES_AT_MS = 6 * HOUR_MS
"""After midnight UTC."""
FIRST_OUTCOME = 9_000
LISTED_DAYS = 4
"""Days a row stays listed after its outcome settled."""
HOLDING_SHARE, BUYING_SHARE = 0.15, 0.6
"""Of addresses that deal in outcomes, and how many of the days they do."""
SOLD_SHARE = 0.3
"""Of purchases sold again before the end."""
FIRST_DAY = 20_000
"""Days since 1970 (2024-10-04): outcome FIRST_OUTCOME is this day's."""


class Outcome(NamedTuple):
    """One question: open from opens_ms until settles_ms; side `winner` is then paid 1, the other 0."""

    number: int
    name: str
    opens_ms: int
    settles_ms: int
    winner: int


class OutcomeFill(NamedTuple):
    """One side's view. size tokens, price 0 .. 1 USD, start what was held before, profit USD closed."""

    time_ms: int
    coin: str
    is_buy: bool
    price: float
    size: float
    start: float
    profit: float
    direction: str
    identifier: int


class OutcomeRow(NamedTuple):
    """A row of the spot state: coin, tokens held, USD paid for them."""

    coin: str
    total: float
    paid: float


@dataclass(frozen=True)
class Outcomes:
    """All outcome markets of a world."""

    seed: int

    def of_day(self, day: int) -> Outcome:
        """The question that opens on a day (since 1970) and settles on the next."""
        opens_ms = day * DAY_MS + SETTLES_AT_MS
        threshold = 60_000 + 500 * (number_of(self.seed, "threshold", day) % 40)
        return Outcome(
            FIRST_OUTCOME + max(0, day - FIRST_DAY),
            f"BTC above {threshold} at 06:00 UTC",
            opens_ms,
            opens_ms + DAY_MS,
            number_of(self.seed, "winner", day) % 2,
        )

    def listed(self, time_ms: int) -> tuple[Outcome, ...]:
        """Outcomes not settled at a time: there is always one."""
        return (self.of_day(_day(time_ms)),)

    def fills_of(self, address: str, start_ms: int, end_ms: int) -> list[OutcomeFill]:
        """Fills of an address with start_ms <= time <= end_ms, oldest first."""
        if not self.deals(address):
            return []
        found: list[OutcomeFill] = []
        for day in range(_day(start_ms) - 1, _day(end_ms) + 1):
            found += self._fills_of_day(address, day)
        return [fill for fill in found if start_ms <= fill.time_ms <= end_ms]

    def rows_of(self, address: str, time_ms: int, *, has_money: bool) -> list[OutcomeRow]:
        """Rows of the spot state at a time; all at zero where the address has no spot money of its own."""
        if not self.deals(address):
            return []
        rows = []
        for day in range(_day(time_ms) - LISTED_DAYS, _day(time_ms) + 1):
            fills = [fill for fill in self._fills_of_day(address, day) if fill.time_ms <= time_ms]
            if not fills:
                continue
            outcome = self.of_day(day)
            held = sum(fill.size if fill.is_buy else -fill.size for fill in fills) if has_money else 0.0
            coin = f"o{outcome.number}" if time_ms >= outcome.settles_ms else f"+{fills[0].coin[1:]}"
            rows.append(OutcomeRow(coin, held, round(held * fills[0].price, 6)))
        if rows and share_of(self.seed, "sided", address) < 0.2:
            rows.append(OutcomeRow(f"#{10 * self.of_day(_day(time_ms)).number}", 0.0, 0.0))
        return rows

    def profit_of(self, address: str, time_ms: int) -> float:
        """USD that dealing in the listed days brought (or cost) so far: what the spot money has more or less."""
        if not self.deals(address):
            return 0.0
        total = 0.0
        for day in range(_day(time_ms) - LISTED_DAYS, _day(time_ms) + 1):
            for fill in self._fills_of_day(address, day):
                if fill.time_ms <= time_ms:
                    total += (-1.0 if fill.is_buy else 1.0) * fill.price * fill.size
        return round(total, 6)

    def deals(self, address: str) -> bool:
        """Whether an address deals in outcomes at all."""
        return share_of(self.seed, "outcomes", address) < HOLDING_SHARE

    def _fills_of_day(self, address: str, day: int) -> list[OutcomeFill]:
        """A purchase, and what ended it: a sale, or the settlement."""
        key = ("outcome", address, day)
        if share_of(self.seed, *key) >= BUYING_SHARE:
            return []
        outcome = self.of_day(day)
        side = number_of(self.seed, *key, "side") % 2
        coin = f"#{10 * outcome.number + side}"
        price = round(0.15 + 0.7 * share_of(self.seed, *key, "price"), 2)
        size = float(5 + number_of(self.seed, *key, "size") % 60)
        bought_ms = outcome.opens_ms + int(share_of(self.seed, *key, "time") * 0.8 * DAY_MS)
        identifier = number_of(self.seed, *key, "fill")
        bought = OutcomeFill(
            time_ms=bought_ms,
            coin=coin,
            is_buy=True,
            price=price,
            size=size,
            start=0.0,
            profit=0.0,
            direction="Buy",
            identifier=identifier,
        )
        if share_of(self.seed, *key, "sold") < SOLD_SHARE:
            ends_ms, end, word = bought_ms + (outcome.settles_ms - bought_ms) // 2, round(price * 0.9, 3), "Sell"
        else:
            ends_ms, end, word = outcome.settles_ms, float(side == outcome.winner), "Settlement"
        profit = round((end - price) * size, 6)
        ended = OutcomeFill(
            time_ms=ends_ms,
            coin=coin,
            is_buy=False,
            price=end,
            size=size,
            start=size,
            profit=profit,
            direction=word,
            identifier=identifier + 1,
        )
        return [bought, ended]


def _day(time_ms: int) -> int:
    """The day whose question is open at a time."""
    return (time_ms - SETTLES_AT_MS) // DAY_MS

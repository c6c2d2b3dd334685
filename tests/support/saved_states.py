"""Made-up account states as the venue would answer them, every published price worked out in exact fractions."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from reference import Holding, account_value, liquidation_price, pool_maintenance

TIERS: dict[str, tuple[tuple[Fraction, int], ...]] = {
    "10x 3M": ((Fraction(0), 10), (Fraction(3_000_000), 5)),
    "10x 20M": ((Fraction(0), 10), (Fraction(20_000_000), 5)),
    "40x 150M": ((Fraction(0), 40), (Fraction(150_000_000), 20)),
    "3x": ((Fraction(0), 3),),
    "5x": ((Fraction(0), 5),),
    "10x": ((Fraction(0), 10),),
    "50x": ((Fraction(0), 50),),
}

MIDSUMMER_2026_MS = 1_782_000_000_000


@dataclass
class Made:
    """One made-up position: decimal strings, so that every figure is exact. `raw_usd` given: an isolated pocket."""

    coin: str
    size: str
    mark: str
    table: str
    leverage: int = 3
    raw_usd: str | None = None

    @property
    def holding(self) -> Holding:
        return Holding(Fraction(self.size), Fraction(self.mark), TIERS[self.table])


@dataclass
class MadeAccount:
    """`raw_usd` backs the cross positions; `shown_raw_usd` is what the state says (less than backs a unified one)."""

    raw_usd: str
    positions: list[Made]
    shown_raw_usd: str | None = None
    time_ms: int = MIDSUMMER_2026_MS
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def cross(self) -> list[Made]:
        return [made for made in self.positions if made.raw_usd is None]

    def exact_price(self, coin: str) -> tuple[Fraction, int] | None:
        """(price, tier) of a position, None where no positive mark liquidates."""
        made = next(made for made in self.positions if made.coin == coin)
        if made.raw_usd is not None:
            return liquidation_price(Fraction(made.raw_usd), [made.holding], 0)
        holdings = [each.holding for each in self.cross]
        return liquidation_price(Fraction(self.raw_usd), holdings, self.cross.index(made))

    def free_margin(self) -> Fraction:
        holdings = [made.holding for made in self.cross]
        return account_value(Fraction(self.raw_usd), holdings) - pool_maintenance(holdings)

    def maintenance(self) -> Fraction:
        return pool_maintenance([made.holding for made in self.cross])

    def state(self) -> dict[str, Any]:
        """The venue's answer: decimals as strings, prices to ten places."""
        shown = Fraction(self.shown_raw_usd or self.raw_usd)
        holdings = [made.holding for made in self.cross]
        summary = {
            "accountValue": printed(account_value(shown, holdings)),
            "totalNtlPos": printed(sum((abs(h.size) * h.mark for h in holdings), Fraction(0))),
            "totalRawUsd": printed(shown),
            "totalMarginUsed": "0.0",
        }
        return {
            "marginSummary": summary,
            "crossMarginSummary": dict(summary),
            "crossMaintenanceMarginUsed": printed(pool_maintenance(holdings)),
            "withdrawable": "0.0",
            "assetPositions": [self._position(made) for made in self.positions],
            "time": self.time_ms,
            **self.extra,
        }

    def bytes(self) -> bytes:
        return json.dumps(self.state()).encode()

    def _position(self, made: Made) -> dict[str, Any]:
        size, mark = Fraction(made.size), Fraction(made.mark)
        exact = self.exact_price(made.coin)
        leverage: dict[str, Any] = {"type": "cross", "value": made.leverage}
        used = abs(size) * mark / made.leverage
        if made.raw_usd is not None:
            leverage = {"type": "isolated", "value": made.leverage, "rawUsd": made.raw_usd}
            used = Fraction(made.raw_usd) + size * mark
        return {
            "type": "oneWay",
            "position": {
                "coin": made.coin,
                "szi": made.size,
                "leverage": leverage,
                "entryPx": made.mark,
                "positionValue": printed(abs(size) * mark),
                "unrealizedPnl": "0.0",
                "liquidationPx": None if exact is None else printed(exact[0], 10),
                "marginUsed": printed(used),
                "maxLeverage": TIERS[made.table][0][1],
            },
        }


def printed(value: Fraction, places: int = 6) -> str:
    """Rounded to that many decimal places, half to even."""
    scaled = round(value * 10**places)
    sign, digits = "-" if scaled < 0 else "", str(abs(scaled)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def standard_account() -> MadeAccount:
    """Four cross positions: SUI in the upper tier of its table at its price, OP in the table it had before April
    2026, a long BTC hedge without a price; and an isolated short of DOGE."""
    return MadeAccount(
        "9500000",
        [
            Made("ATOM", "-40000.5", "2.5", "5x"),
            Made("BNB", "-2000", "610.25", "10x 3M"),
            Made("OP", "-150000", "0.5", "10x 3M"),
            Made("BTC", "3.25", "64000", "40x 150M"),
            Made("DOGE", "-10000", "0.125", "10x 20M", raw_usd="1600"),
        ],
    )


def unified_account() -> MadeAccount:
    """Three positions backed by 600,000 USD more than the state shows."""
    return MadeAccount(
        "4600000",
        [
            Made("BTC", "-50.25", "64000", "40x 150M"),
            Made("HYPE", "-600", "68.5", "10x 20M"),
            Made("PUMP", "-3900000", "0.0015", "10x 20M"),
        ],
        shown_raw_usd="4000000",
    )

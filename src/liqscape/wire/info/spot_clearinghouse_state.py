"""`{"type": "spotClearinghouseState", "user"}`: token balances, and what unified and portfolio accounts have free.

`tokenToAvailableAfterMaintenance` of the collateral token is the free margin of the pool that backs all cross
positions of dexs with that collateral (unified and portfolio margin accounts). `total` already holds the perp equity.
"""

from __future__ import annotations

import msgspec

from liqscape.wire.decode import convert_record, decode_record, finite, join_path, refuse

USDC = 0
"""Token index of the first dex's collateral."""


class Balance(msgspec.Struct, frozen=True, omit_defaults=True):
    """One token; total, hold, borrowed and supplied in tokens, `entryNtl` in USD, `ltv` a share."""

    coin: str
    token: int
    total: float
    hold: float = 0.0
    entryNtl: float | None = None
    ltv: float | None = None
    borrowed: float | None = None
    supplied: float | None = None


class SpotClearinghouseState(msgspec.Struct, frozen=True, omit_defaults=True):
    """Balances by token. The other fields are absent or empty for standard accounts."""

    balances: tuple[Balance, ...]
    portfolioMarginEnabled: bool | None = None
    tokenToAvailableAfterMaintenance: tuple[tuple[int, float], ...] | None = None
    portfolioMarginRatio: float | None = None

    def available_after_maintenance(self, token: int = USDC) -> float | None:
        """Free margin in tokens; None where the venue does not say."""
        return dict(self.tokenToAvailableAfterMaintenance or ()).get(token)

    def total(self, token: int = USDC) -> float | None:
        """Whole balance in tokens; None where the token is not listed."""
        return {balance.token: balance.total for balance in self.balances}.get(token)


def parse_spot_clearinghouse_state(content: bytes, source: str) -> SpotClearinghouseState:
    """One answer of the venue. Raises RemoteWireError naming source, field path, value and rule."""
    return check_spot_clearinghouse_state(decode_record(content, SpotClearinghouseState, source), source)


def convert_spot_clearinghouse_state(value: object, source: str, path: str) -> SpotClearinghouseState:
    """The same out of a decoded wrapper."""
    return check_spot_clearinghouse_state(convert_record(value, SpotClearinghouseState, source, path), source, path)


def check_spot_clearinghouse_state(
    state: SpotClearinghouseState, source: str, path: str = ""
) -> SpotClearinghouseState:
    """The state itself, if its figures are finite and name every token once."""
    seen: set[int] = set()
    for row, balance in enumerate(state.balances):
        place = join_path(path, f"balances[{row}]")
        if balance.token in seen:
            raise refuse(source, f"{place}.token", balance.token, "is listed twice")
        seen.add(balance.token)
        finite(balance.total, source, f"{place}.total")
        finite(balance.hold, source, f"{place}.hold")
    available = state.tokenToAvailableAfterMaintenance or ()
    for row, (token, amount) in enumerate(available):
        place = join_path(path, f"tokenToAvailableAfterMaintenance[{row}]")
        if [named for named, _ in available].index(token) != row:
            raise refuse(source, place, token, "is listed twice")
        finite(amount, source, place)
    return state

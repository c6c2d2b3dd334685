"""`{"type": "spotClearinghouseState", "user"}`: token balances, and what unified and portfolio accounts have free.

`tokenToAvailableAfterMaintenance` of the collateral token is the free margin of the pool that backs all cross
positions of dexs with that collateral (unified and portfolio margin accounts). `total` already holds the perp equity.
Outcome tokens (`+n`, `#n`, settled `on`: HIP-4) are listed without a `token`; they back nothing and are skipped.

A balance that cannot be read is left out: what needs it finds no balance, and nothing is computed without it.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import convert_record, decode_loosely, decode_record, finite, join_path, refuse
from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import MB
from liqscape.wire.info.weights import LIGHT_WEIGHT

USDC = 0
"""Token index of the first dex's collateral."""

_OUTCOME = re.compile(r"[+#o][0-9]+")
_ROWS = ("balances", "tokenToAvailableAfterMaintenance")


class Balance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One token; total, hold, borrowed and supplied in tokens, `entryNtl` in USD, `ltv` a share.

    `token` is absent for outcome tokens.
    """

    coin: str
    total: float
    token: int | None = None
    hold: float = 0.0
    entryNtl: float | None = None
    ltv: float | None = None
    borrowed: float | None = None
    supplied: float | None = None


class SpotClearinghouseState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Balances by token. The other fields are absent or empty for standard accounts."""

    balances: tuple[Balance, ...]
    portfolioMarginEnabled: bool | None = None
    tokenToAvailableAfterMaintenance: tuple[tuple[int, float], ...] | None = None
    portfolioMarginRatio: float | None = None
    tokenToPortfolioSupplyRatio: tuple[tuple[int, float], ...] | None = None

    @property
    def is_portfolio(self) -> bool:
        """A portfolio-margin account: it says so, or carries a field that no other account's answer has."""
        if self.portfolioMarginEnabled is not None:
            return self.portfolioMarginEnabled
        return self.tokenToPortfolioSupplyRatio is not None

    def available_after_maintenance(self, token: int = USDC) -> float | None:
        """Free margin in tokens; None where the venue does not say."""
        return dict(self.tokenToAvailableAfterMaintenance or ()).get(token)

    def total(self, token: int = USDC) -> float | None:
        """Whole balance in tokens; None where the token is not listed."""
        return {balance.token: balance.total for balance in self.balances}.get(token)


class PartialSpot(SpotClearinghouseState, frozen=True, kw_only=True):
    """A spot state of which something was left out; never built by a decoder.

    skipped_count  outcome tokens. faults: one sentence for each row that could not be read.
    """

    skipped_count: int = 0
    faults: tuple[str, ...] = ()


def parse_spot_clearinghouse_state(content: bytes, source: str) -> SpotClearinghouseState:
    """One answer of the venue, all of it. Raises RemoteWireError naming source, field path, value and rule."""
    state, errors = _judge(decode_record(content, SpotClearinghouseState, source), [], source, "")
    for error in errors:
        raise error
    return state


def read_spot_state(content: bytes, source: str) -> SpotClearinghouseState:
    """The same as far as it can be read. Raises RemoteWireError where there is no list of balances."""
    return read_spot_value(decode_loosely(content, source), source)


def read_spot_value(value: object, source: str, path: str = "") -> SpotClearinghouseState:
    """The same out of decoded JSON."""
    errors: list[RemoteWireError] = []
    try:
        state = convert_record(value, SpotClearinghouseState, source, path)
    except RemoteWireError:
        if not isinstance(value, dict) or not isinstance(value.get("balances"), list):
            raise
        state = _patched(value, source, path, errors)
    return _judge(state, errors, source, path)[0]


def is_outcome(balance: Balance) -> bool:
    """An outcome token: no collateral, whatever it is worth."""
    return balance.token is None and _OUTCOME.fullmatch(balance.coin) is not None


def _patched(value: dict[str, Any], source: str, path: str, errors: list[RemoteWireError]) -> SpotClearinghouseState:
    """What can be read of it. Balances do not count where the mode of the account cannot be read."""
    balances: list[Balance] = []
    for number, row in enumerate(value["balances"]):
        try:
            balances.append(convert_record(row, Balance, source, join_path(path, f"balances[{number}]")))
        except RemoteWireError as error:
            if isinstance(row, dict) and "token" not in row and _OUTCOME.fullmatch(str(row.get("coin"))):
                balances.append(Balance(coin=row["coin"], total=0.0))
            else:
                errors.append(error)
    available: list[tuple[int, float]] = []
    reported = value.get("tokenToAvailableAfterMaintenance")
    for number, row in enumerate(reported if isinstance(reported, list) else (reported,)):
        place = join_path(path, f"tokenToAvailableAfterMaintenance[{number}]")
        try:
            available += [] if row is None else [convert_record(row, tuple[int, float], source, place)]
        except RemoteWireError as error:
            errors.append(error)
    others = {name: inner for name, inner in value.items() if name not in _ROWS}
    try:
        rest = convert_record({**others, "balances": ()}, SpotClearinghouseState, source, path)
    except RemoteWireError as error:
        errors.append(error)
        return SpotClearinghouseState(balances=(), tokenToAvailableAfterMaintenance=tuple(available))
    return SpotClearinghouseState(
        balances=tuple(balances),
        portfolioMarginEnabled=rest.portfolioMarginEnabled,
        tokenToAvailableAfterMaintenance=tuple(available),
        portfolioMarginRatio=rest.portfolioMarginRatio,
        tokenToPortfolioSupplyRatio=rest.tokenToPortfolioSupplyRatio,
    )


def _judge(
    state: SpotClearinghouseState, errors: list[RemoteWireError], source: str, path: str
) -> tuple[SpotClearinghouseState, list[RemoteWireError]]:
    """The state itself where all of it counts; tokens listed twice count for nothing."""
    balances: dict[int, Balance] = {}
    doubles: set[int] = set()
    skipped = 0
    for row, balance in enumerate(state.balances):
        place = join_path(path, f"balances[{row}]")
        if is_outcome(balance):
            skipped += 1
            continue
        try:
            if balance.token is None:
                raise refuse(source, f"{place}.token", None, f"is missing, {balance.coin!r} is no outcome token")
            finite(balance.total, source, f"{place}.total")
            finite(balance.hold, source, f"{place}.hold")
            if balance.token in balances:
                doubles.add(balance.token)
                raise refuse(source, f"{place}.token", balance.token, "is listed twice")
            balances[balance.token] = balance
        except RemoteWireError as error:
            errors.append(error)
    available: dict[int, float] = {}
    twice: set[int] = set()
    for row, (token, amount) in enumerate(state.tokenToAvailableAfterMaintenance or ()):
        place = join_path(path, f"tokenToAvailableAfterMaintenance[{row}]")
        try:
            finite(amount, source, place)
            if token in available:
                twice.add(token)
                raise refuse(source, place, token, "is listed twice")
            available[token] = amount
        except RemoteWireError as error:
            errors.append(error)
    if not errors and not skipped:
        return state, errors
    reported = tuple((token, amount) for token, amount in available.items() if token not in twice)
    return PartialSpot(
        balances=tuple(balance for token, balance in balances.items() if token not in doubles),
        portfolioMarginEnabled=state.portfolioMarginEnabled,
        tokenToAvailableAfterMaintenance=None if state.tokenToAvailableAfterMaintenance is None else reported,
        portfolioMarginRatio=state.portfolioMarginRatio,
        tokenToPortfolioSupplyRatio=state.tokenToPortfolioSupplyRatio,
        skipped_count=skipped,
        faults=tuple(str(error) for error in errors),
    ), errors


class SpotClearinghouseStateRequest(InfoRequest[SpotClearinghouseState], frozen=True, tag="spotClearinghouseState"):
    """Balances of one account."""

    user: str

    weight: ClassVar = LIGHT_WEIGHT
    max_bytes: ClassVar = 1 * MB  # a balance 100 bytes, 500 tokens
    example: ClassVar = Example(
        '{"type": "spotClearinghouseState", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"balances": [{"coin": "USDC", "token": 0, "total": "1500.0", "hold": "0.0", "entryNtl": "0.0"}]}',
    )

"""Fills of outcome markets as userFills and the user channels report them; no counterparty is recorded."""

from __future__ import annotations

from liqscape.sandbox.answers.account_figures import mode_of
from liqscape.sandbox.answers.units import transaction_hash
from liqscape.sandbox.facts.outcomes import OutcomeFill
from liqscape.sandbox.state import SandboxState
from liqscape.units import PoolMode
from liqscape.wire.info.user_fills import Fill

NO_HASH = "0x" + "0" * 64
"""Of settlements, which no transaction brings."""


def outcome_fills(sandbox: SandboxState, account: int | None, start_ms: int, end_ms: int | None = None) -> list[Fill]:
    """Fills of an account within start_ms .. end_ms, both included, oldest first, as far back as the records reach."""
    outcomes = sandbox.facts.outcomes
    if outcomes is None or account is None or not has_spot_money(sandbox, account):
        return []
    end = sandbox.time_ms if end_ms is None else min(end_ms, sandbox.time_ms)
    start = max(start_ms, sandbox.records.start_ms)
    return [map_outcome_fill(fill) for fill in outcomes.fills_of(sandbox.exchange.addresses[account], start, end)]


def has_spot_money(sandbox: SandboxState, account: int) -> bool:
    """Spot money apart from the perpetuals: standard accounts alone."""
    return mode_of(sandbox.exchange, account) not in (PoolMode.UNIFIED, PoolMode.PORTFOLIO)


def map_outcome_fill(fill: OutcomeFill) -> Fill:
    """One fill; no fee is taken."""
    return Fill(
        coin=fill.coin,
        px=fill.price,
        sz=fill.size,
        side="B" if fill.is_buy else "A",
        time=fill.time_ms,
        startPosition=fill.start,
        dir=fill.direction,
        closedPnl=fill.profit,
        hash=NO_HASH if fill.direction == "Settlement" else transaction_hash(fill.identifier),
        oid=fill.identifier % 2**40,
        crossed=fill.direction != "Settlement",
        fee=0.0,
        tid=fill.identifier,
        feeToken="USDC",
        twapId=None,
    )

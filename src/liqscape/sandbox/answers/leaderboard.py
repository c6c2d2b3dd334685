"""GET /Mainnet/leaderboard: accounts by value; without liquidators and makers that stand outside the margin rules."""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import AccountColumn, PoolColumn, Role
from liqscape.sandbox.answers.results import WINDOWS_MS, all_results
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.state import SandboxState
from liqscape.units import Int64Array
from liqscape.wire.encode import to_wire
from liqscape.wire.info.leaderboard import Leaderboard, LeaderboardRow, Performance


def answer_leaderboard(sandbox: SandboxState) -> object:
    """`{"leaderboardRows": [...]}`, ready for a JSON encoder."""
    return to_wire(build_leaderboard(sandbox))


def build_leaderboard(sandbox: SandboxState) -> Leaderboard:
    """The record, richest first; roi is profit over the value before it."""
    exchange = sandbox.exchange
    count = len(exchange.addresses)
    values = account_values(sandbox)
    results = {
        name: all_results(sandbox.records, count, max(0, sandbox.time_ms - length))
        for name, length in WINDOWS_MS.items()
    }
    listed = np.isin(exchange.state.account[:count, AccountColumn.ROLE], (Role.USER, Role.VAULT))
    rows = []
    for account in np.argsort(-values, kind="stable").tolist():
        if not listed[account]:
            continue
        value = int(values[account])
        windows = []
        for name, (profits, volumes) in results.items():
            profit = int(profits[account])
            before = value - profit
            roi = round(profit / before, 10) if before > 0 else 0.0
            windows.append((name, Performance(usd(profit), roi, usd(int(volumes[account])))))
        address = exchange.addresses[account]
        rows.append(
            LeaderboardRow(
                ethAddress=address,
                accountValue=usd(value),
                windowPerformances=tuple(windows),
                prize=0,
                displayName=sandbox.names.get(address),
            )
        )
    return Leaderboard(tuple(rows))


def account_values(sandbox: SandboxState) -> Int64Array:
    """(N,) micro-USD of all pools of every account."""
    exchange = sandbox.exchange
    pool_value, _ = exchange.pool_margin()
    values = np.zeros(len(exchange.addresses), np.int64)
    pools = exchange.state.pool[: len(pool_value)]
    is_open = pools[:, PoolColumn.IS_OPEN] == 1
    np.add.at(values, pools[is_open, PoolColumn.ACCOUNT], pool_value[is_open])
    return values

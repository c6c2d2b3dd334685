"""Trigger orders by plain loops: what each sends, bands of them, levels with a stop before them, lines to a price.

Written from docs/triggers.md, sharing nothing with the kernels but the grid and the solved levels.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import NamedTuple

from liqscape.heatmap.coin_levels import CoinLevels
from liqscape.heatmap.grid import band_of_price
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge


class Sent(NamedTuple):
    """One order that waits: its row of the columns, coins it sends, coins of the position it closes."""

    row: int
    flow: str
    size: float
    closed: float


def flow_of(side: int, kind: int) -> str:
    """The word of an order's kind and side."""
    return f"{'stop' if kind == 0 else 'take_profit'}_{'buy' if side > 0 else 'sell'}"


def position_of(accounts: Accounts, account: int, market: int) -> float:
    """Signed coins of an address."""
    held = 0.0
    for pool in range(accounts.pool_count):
        if accounts.address_row[pool] == account:
            for row in range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1])):
                if accounts.market_index[row] == market:
                    held += float(accounts.size[row])
    return held


def send(
    triggers: TriggerColumns, accounts: Accounts, snapshot: MarketSnapshot, market: int
) -> tuple[list[Sent], dict[str, int]]:
    """Orders of a coin that wait, and how many are left out by reason."""
    mark, decimals = float(snapshot.mark[market]), snapshot.markets.rows[market].size_decimals
    left_out: dict[str, int] = defaultdict(int)
    waiting: dict[tuple[int, bool], list[int]] = defaultdict(list)
    sent = []
    for row in range(triggers.row_count):
        if triggers.market[row] != market:
            continue
        side, kind, price = int(triggers.side[row]), int(triggers.kind[row]), float(triggers.trigger_price[row])
        whole, size = bool(triggers.is_whole_position[row]), float(triggers.size[row])
        if not 0.0 < price <= 1e15 or not (whole or 0.0 < size < math.inf):
            left_out["unreadable"] += 1
            continue
        falls = flow_of(side, kind) in ("stop_sell", "take_profit_buy")
        if (falls and mark <= price) or (not falls and mark >= price):
            left_out["fired"] += 1
            continue
        account, reduces = int(triggers.account[row]), whole or bool(triggers.is_reduce_only[row])
        held = position_of(accounts, account, market) if account >= 0 else 0.0
        if reduces and account < 0:
            left_out["unknown_account"] += 1
        elif reduces and held == 0.0:
            left_out["no_position"] += 1
        elif reduces and (held > 0.0) == (side > 0):
            left_out["wrong_side"] += 1
        elif held != 0.0 and (held > 0.0) != (side > 0):
            waiting[account, falls].append(row)
        else:
            sent.append(Sent(row, flow_of(side, kind), size, 0.0))
    for (account, falls), rows in waiting.items():
        left = abs(position_of(accounts, account, market))
        sign = -1.0 if falls else 1.0
        for row in sorted(
            rows, key=lambda row: (sign * float(triggers.trigger_price[row]), int(triggers.order_id[row]))
        ):
            whole = bool(triggers.is_whole_position[row])
            takes = left if whole else min(left, float(triggers.size[row]))
            left = max(round(left - takes, decimals), 0.0)
            sends = takes if whole or triggers.is_reduce_only[row] else float(triggers.size[row])
            if sends > 0.0:
                word = flow_of(int(triggers.side[row]), int(triggers.kind[row]))
                sent.append(Sent(row, word, sends, takes))
            else:
                left_out["nothing_left"] += 1
    return sent, dict(left_out)


def bands_of(sent: list[Sent], triggers: TriggerColumns, level: int) -> dict[tuple[int, str], tuple[float, ...]]:
    """(coins, USD, limit USD, whole USD, orders, accounts) by (band, flow)."""
    found: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0, 0.0])
    holders: dict[tuple[int, str], set[int]] = defaultdict(set)
    for each in sent:
        price = float(triggers.trigger_price[each.row])
        key = (int(band_of_price(triggers.trigger_price[each.row : each.row + 1])[0]) >> level, each.flow)
        row = found[key]
        row[0] += each.size
        row[1] += each.size * price
        row[2] += 0.0 if triggers.is_market[each.row] else each.size * price
        row[3] += each.size * price if triggers.is_whole_position[each.row] else 0.0
        row[4] += 1
        if triggers.account[each.row] >= 0:
            holders[key].add(int(triggers.account[each.row]))
    return {key: (*row, float(len(holders[key]))) for key, row in found.items()}


def stopped_of(
    levels: CoinLevels, sent: list[Sent], triggers: TriggerColumns, knowledge: TriggerKnowledge, level: int
) -> dict[tuple[int, int], tuple[float, float, float, float]]:
    """(coins, known coins, coins behind market stops, coins behind limit stops) by (band, side)."""
    found: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * 4)
    for position in range(len(levels.size)):
        size, price, account = (float(each[position]) for each in (levels.size, levels.price, levels.account))
        row = found[int(levels.band[position]) >> level, 1 if size > 0 else -1]
        row[0] += abs(size)
        row[1] += abs(size) if knowledge.known_ms[int(account)] >= 0 else 0.0
        for is_market, place in ((True, 2), (False, 3)):
            closed = 0.0
            for each in sent:
                own = triggers.account[each.row] == account and each.flow.startswith("stop") and each.closed > 0.0
                trigger = float(triggers.trigger_price[each.row])
                is_before = trigger > price if size > 0 else trigger < price
                if own and is_before and bool(triggers.is_market[each.row]) == is_market:
                    closed += each.closed
            row[place] += min(closed, abs(size))
    return {key: (row[0], row[1], row[2], row[3]) for key, row in found.items()}


def lines_to(
    price: float, mark: float, levels: CoinLevels, sent: list[Sent], triggers: TriggerColumns
) -> tuple[float, float]:
    """(liquidations, stops), USD from the mark to a price."""
    low, high, falls = min(price, mark), max(price, mark), price < mark
    liquidations = 0.0
    for size, level in zip(levels.size.tolist(), levels.price.tolist(), strict=True):
        if (size > 0.0) == falls and low <= level <= high and level != mark:
            liquidations += abs(size) * level
    stops = 0.0
    for each in sent:
        trigger = float(triggers.trigger_price[each.row])
        if each.flow == ("stop_sell" if falls else "stop_buy") and low <= trigger <= high:
            stops += each.size * trigger
    return liquidations, stops

"""What every account holds now: the moving part of the generated market, and its margin.

Sizes are whole lots, so the sum over all accounts of a coin is zero exactly; cash is float USD. Trades are made
against the vaults: what an account gains in lots and pays in cash, the vaults lose and receive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.errors import InputError
from liqscape.sources.generated.coins import CoinSet
from liqscape.sources.generated.population import VAULTS, Population
from liqscape.units import Float64Array, Int64Array

FIRST_VAULT_SHARE = 0.6
"""Part of every trade the first vault takes; the second takes the rest, and all backstop transfers."""
FEE_RATE = 0.00045
"""Taker fee on notional (HL.DOC.FEES); it leaves the market."""


@dataclass(frozen=True)
class Margins:
    """Of A pools, USD: as risk/margin.py has it (a test compares them), over slots instead of positions."""

    account_value: Float64Array
    maintenance: Float64Array
    notional: Float64Array


class Holdings:
    """lots (S,) int64 signed, entry (S,) USD, setting (S,) leverage shown, cash (A,) raw USD, changed_ms (N,) venue
    time of the last change, -1 for an address not seen yet.

    `size` (S,) is lots in coins and kept in step with them.
    """

    def __init__(self, population: Population, coins: CoinSet) -> None:
        self.population = population
        self.coins = coins
        slots = population.slot_count
        self.lots: Int64Array = np.zeros(slots, np.int64)
        self.size: Float64Array = np.zeros(slots)
        self.entry: Float64Array = np.full(slots, np.nan)
        self.setting: Float64Array = np.full(slots, np.nan)
        self.cash: Float64Array = np.zeros(population.pool_count)
        self.changed_ms: Int64Array = np.full(len(population.addresses), -1, np.int64)
        self._per_coin = coins.lots_per_coin[population.slot_market]
        self._rate = coins.tables.rate.T[:, population.slot_table].copy()  # (K, S)
        self._deduction = coins.tables.deduction.T[:, population.slot_table].copy()
        self._starts = population.pool_slot[:-1]
        self.cash[:VAULTS] = population.capital[:VAULTS]

    def put_back(
        self, lots: Int64Array, entry: Float64Array, setting: Float64Array, cash: Float64Array, changed_ms: Int64Array
    ) -> None:
        """Take over saved arrays. Raises InputError if one does not fit the population."""
        for name, array in (
            ("lots", lots),
            ("entry", entry),
            ("setting", setting),
            ("cash", cash),
            ("changed_ms", changed_ms),
        ):
            length = len(getattr(self, name))
            if len(array) != length:
                raise InputError(f"generated market: saved {name} has {len(array)} rows, this population has {length}")
            setattr(self, name, array.copy())
        self.size = self.lots / self._per_coin

    def margins(self, marks: Float64Array) -> Margins:
        """Account value, maintenance and notional of every pool at the marks."""
        exposure = self.size * marks[self.population.slot_market]
        notional = np.abs(exposure)
        maintenance = self.maintenance_of(notional, slice(None))
        return Margins(
            self.cash + np.add.reduceat(exposure, self._starts),
            np.add.reduceat(maintenance, self._starts),
            np.add.reduceat(notional, self._starts),
        )

    def maintenance_of(self, notional: Float64Array, slots: Int64Array | slice) -> Float64Array:
        """Maintenance margin of the notional of each of the slots."""
        highest = notional * self._rate[0, slots]
        for rate, deduction in zip(self._rate[1:], self._deduction[1:], strict=True):
            np.maximum(highest, notional * rate[slots] - deduction[slots], out=highest)
        return highest

    def open_interest(self) -> Float64Array:
        """(M,) coins, one side, of all accounts, hidden ones too."""
        longs = np.maximum(self.lots, 0)
        count = self.coins.count
        return np.bincount(self.population.slot_market, longs, count) / self.coins.lots_per_coin

    def whole_lots(self, signed_notional: Float64Array, slots: Int64Array, marks: Float64Array) -> Int64Array:
        """Lots nearest to a signed notional at the marks of the slots."""
        price = marks[self.population.slot_market[slots]]
        return np.rint(signed_notional / price * self._per_coin[slots]).astype(np.int64)

    def trade(self, slots: Int64Array, new_lots: Int64Array, price: Float64Array) -> Int64Array:
        """Bring slots (each once) to `new_lots` at the prices; vaults take the other side. Returns traded slots.

        Entry averages on adding, stays on reducing, restarts on a flip.
        """
        old = self.lots[slots]
        is_traded = new_lots != old
        if not is_traded.any():
            return slots[:0]
        slots, new_lots, old, price = slots[is_traded], new_lots[is_traded], old[is_traded], price[is_traded]
        delta = new_lots - old
        per_coin = self._per_coin[slots]
        value = delta / per_coin * price
        pools = self.population.slot_pool[slots]
        np.subtract.at(self.cash, pools, value + FEE_RATE * np.abs(value))
        is_same_side = (old > 0) == (new_lots > 0)
        is_adding = is_same_side & (np.abs(new_lots) > np.abs(old)) & (old != 0)
        is_fresh = ~is_same_side | (old == 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            average = (old * self.entry[slots] + delta * price) / new_lots
        entry = np.where(is_adding, average, np.where(is_fresh, price, self.entry[slots]))
        self.entry[slots] = np.where(new_lots == 0, np.nan, entry)
        self.lots[slots] = new_lots
        self.size[slots] = new_lots / per_coin
        self._settle(self.population.slot_market[slots].astype(np.int64), delta, price)
        return slots

    def hand_over(self, pools: Int64Array, slots: Int64Array, marks: Float64Array) -> None:
        """Backstop: every position of the slots and all cash of the pools move to the second vault at the mark."""
        market = self.population.slot_market[slots].astype(np.int64)
        lots = self.lots[slots]
        self._move_vault(1, market, lots, marks[market])
        self.cash[1] += self.cash[pools].sum() + float(np.sum(lots / self._per_coin[slots] * marks[market]))
        self.cash[pools] = 0.0
        self.lots[slots] = 0
        self.size[slots] = 0.0
        self.entry[slots] = np.nan

    def _settle(self, market: Int64Array, delta: Int64Array, price: Float64Array) -> None:
        """The vaults take -delta at price, in whole lots: the first its share, the second the rest."""
        first = np.rint(FIRST_VAULT_SHARE * delta).astype(np.int64)
        self._move_vault(0, market, -first, price)
        self._move_vault(1, market, first - delta, price)

    def _move_vault(self, vault: int, market: Int64Array, delta: Int64Array, price: Float64Array) -> None:
        first_slot = vault * self.coins.count
        slots = slice(first_slot, first_slot + self.coins.count)
        change = np.zeros(self.coins.count, np.int64)
        np.add.at(change, market, delta)
        per_coin = self.coins.lots_per_coin
        self.cash[vault] -= float(np.sum(delta / per_coin[market] * price))
        touched = change != 0
        self.lots[slots] += change
        self.size[slots] = self.lots[slots] / per_coin
        # A vault's entry is not followed: it is display only, and a market maker's means nothing.
        last = np.full(self.coins.count, np.nan)
        last[market] = price
        entry = np.where(touched, last, self.entry[slots])
        self.entry[slots] = np.where(self.lots[slots] == 0, np.nan, entry)

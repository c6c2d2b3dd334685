"""Life in the dexs of builders (HIP-3): prices, traders, money and vaults, beside the first dex.

Some addresses of the world trade there too: with money of their own in each dex where they are standard, with their
pool of the dex's collateral where they are unified. Prices follow the first dex or walk alone:

    p' = p exp(beta m + noise sqrt(t) z)      m the move of the followed coin, z normal; rounded at random, so unbiased

The state of the walk is the oracle kept by the exchange, so a checkpoint needs nothing more.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import VENUES, MarketColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD, to_uusd
from liqscape.sandbox.facts.chance import number_of, share_of
from liqscape.sandbox.world.builder_coins import BUILDER_COINS, BUILDER_DEXS, fee_permille, vault_address
from liqscape.sandbox.world.builder_orders import BuilderOrders, BuilderSlots
from liqscape.sandbox.world.holdings import look_at
from liqscape.sandbox.world.population import Population, TraderKind
from liqscape.units import Float64Array, Int64Array, PoolMode

TRADING_SHARE, MIN_TRADERS, MIN_UNIFIED = 0.08, 4, 4
"""Of traders that also trade in a dex, for each dex."""
POCKET_SHARE = 0.25
"""Of coins that allow cross margin and are traded isolated all the same."""
CAPITAL_SHARE, MIN_CAPITAL, MAX_CAPITAL = 0.3, 100.0, 50_000.0
"""Of what an address brings to the first dex; USD, as all money here."""
MAKER_CAPITAL, VAULT_CAPITAL = 1_500.0, 25.0
"""For each address of the world. A vault gets whole thousands of its quote token (HL.DOC.HIP3)."""
LEVERAGES = (2, 3, 5, 10, 20, 25)
MAKER_LEVERAGE = 3
"""In isolated markets: far from any liquidation."""
POOR, RICH = 0.6, 1.8
"""Parts of its capital below and above which a maker's money moves."""
VENUE_NOISE = 0.00003
TRADING_KINDS = (TraderKind.TREND_FOLLOWER, TraderKind.MEAN_REVERTER, TraderKind.NOISE, TraderKind.GAMBLER)


class BuilderDexs:
    """The markets from row `first` on; `open_accounts` once, then `prices` and `requests` for each block."""

    def __init__(self, seed: int, population: Population, first: int, exchange: Exchange, start_ms: int) -> None:
        self._seed, self._population, self._exchange, self._start_ms = seed, population, exchange, start_ms
        self._markets = first + np.arange(len(BUILDER_COINS))
        self._noise = np.array([coin.noise for coin in BUILDER_COINS])
        self._follows = np.array(
            [-1 if coin.follows is None else exchange.markets.find(coin.follows) or 0 for coin in BUILDER_COINS]
        )
        self._makers = population.of_kind(TraderKind.MARKET_MAKER)
        slots = self._choose_slots()
        self._orders = BuilderOrders(exchange, slots, self._markets, self._makers, len(population.addresses))
        self._slots = slots

    def open_accounts(self) -> None:
        """Money and settings of those who trade, fees of the coins, and the vaults; after all other accounts."""
        exchange, most = self._exchange, self._exchange.state.market[:, MarketColumn.MAX_LEVERAGE]
        for coin, market in zip(BUILDER_COINS, self._markets.tolist(), strict=True):
            exchange.set_fee_factor(market, fee_permille(coin.facts))
        for maker in self._makers.tolist():
            for dex in range(1, len(exchange.dexs)):
                self._pay(maker, dex, self._maker_capital)
            for coin, market in zip(BUILDER_COINS, self._markets.tolist(), strict=True):
                is_isolated = coin.facts.is_isolated_only
                leverage = MAKER_LEVERAGE if is_isolated else int(most[market])
                exchange.set_leverage(maker, market, leverage, is_isolated=is_isolated)
        slots = self._slots
        for account, coin_row in zip(slots.account.tolist(), slots.coin.tolist(), strict=True):
            key = (self._population.addresses[account], BUILDER_COINS[coin_row].name)
            market = int(self._markets[coin_row])
            wanted = LEVERAGES[number_of(self._seed, "leverage", *key) % len(LEVERAGES)]
            is_pocket = share_of(self._seed, "pocket", *key) < POCKET_SHARE
            exchange.set_leverage(
                account,
                market,
                min(wanted, int(most[market])),
                is_isolated=is_pocket or BUILDER_COINS[coin_row].facts.is_isolated_only,
            )
        for place, _ in enumerate(BUILDER_DEXS):
            capital = 1_000.0 * max(1, round(VAULT_CAPITAL * len(self._population.addresses) / 1_000.0))
            exchange.open_account(vault_address(place + 1), to_uusd(capital), Role.LIQUIDATOR, dex=place + 1)

    def prices(self, moves: Float64Array, minutes: float, draws: np.random.Generator) -> tuple[Int64Array, Int64Array]:
        """(B,) next oracle and (B, VENUES) outside prices in ticks; moves (M,) log moves of the first dex's coins."""
        old = self._exchange.state.market[self._markets, MarketColumn.NEXT_ORACLE].astype(np.float64)
        own = self._noise * np.sqrt(minutes) * draws.normal(size=len(old))
        followed = np.where(self._follows >= 0, moves[np.maximum(self._follows, 0)], 0.0)
        new = np.floor(old * np.exp(followed + own) + draws.random(len(old)))
        oracle: Int64Array = np.where(self._is_delisted(), old, np.maximum(new, 1.0)).astype(np.int64)
        venues = oracle[:, None] * (1.0 + VENUE_NOISE * draws.normal(size=(len(old), VENUES)))
        return oracle, np.maximum(np.rint(venues), 1.0).astype(np.int64)

    def delist_due(self, time_ms: int) -> None:
        """End the markets whose time has come: positions are settled at the mark, nobody prints a trade."""
        for coin, market in zip(BUILDER_COINS, self._markets.tolist(), strict=True):
            is_due = coin.delisted_at_ms is not None and time_ms >= self._start_ms + coin.delisted_at_ms
            if is_due and not self._exchange.markets.rows[market].is_delisted:
                self._exchange.delist(market)

    def requests(self, before_ms: int, time_ms: int, minutes: float, draws: np.random.Generator) -> Int64Array:
        """Quotes, orders of traders, and what the vaults sell."""
        listed = ~self._is_delisted()
        return np.concatenate(
            (
                self._orders.quotes(before_ms, time_ms, listed),
                self._orders.trades(minutes, listed, draws, self._bring_money),
                self._orders.unwinding(before_ms, time_ms, minutes),
            )
        )

    def settle(self) -> None:
        """The hourly round of money of the makers."""
        for maker in self._makers.tolist():
            for dex in range(1, len(self._exchange.dexs)):
                value = self._value(maker, dex)
                if not POOR * self._maker_capital < value < RICH * self._maker_capital:
                    self._pay(maker, dex, self._maker_capital - value)

    @property
    def _maker_capital(self) -> float:
        return MAKER_CAPITAL * len(self._population.addresses) / max(1, len(self._makers))

    def _is_delisted(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        is_delisted: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
            self._exchange.state.market[self._markets, MarketColumn.IS_DELISTED] != 0
        )
        return is_delisted

    def _choose_slots(self) -> BuilderSlots:
        """Who trades which coins: for each dex the addresses that the seed likes best, unified ones among them."""
        population = self._population
        traders = [row for row in population.of_kind(*TRADING_KINDS).tolist() if population.joins_ms[row] == 0]
        account, coin = [], []
        for dex in BUILDER_DEXS:
            likes = sorted(
                traders, key=lambda row: share_of(self._seed, "builder", dex.name, population.addresses[row])
            )
            chosen = likes[: max(MIN_TRADERS, round(TRADING_SHARE * len(likes)))]
            unified = [row for row in likes if population.mode[row] == PoolMode.UNIFIED][:MIN_UNIFIED]
            chosen += [row for row in unified if row not in chosen]
            coins = [at for at, each in enumerate(BUILDER_COINS) if each.dex == dex.name and each.delisted_at_ms != 0]
            for row in chosen:
                first = number_of(self._seed, "coin", dex.name, population.addresses[row]) % len(coins)
                both = {coins[first], coins[(first + row) % len(coins)]}
                account += [row] * len(both)
                coin += sorted(both)
        capital = np.clip(CAPITAL_SHARE * population.capital[account], MIN_CAPITAL, MAX_CAPITAL)
        return BuilderSlots(np.array(account, np.int64), np.array(coin, np.int64), np.round(capital, 2))

    def _bring_money(self, account: int, dex: int, wanted: float) -> None:
        """A trader whose pool of the dex holds too little pays in; who has one pool for all brings none here."""
        is_shared = self._exchange.cross_pool(account, dex) == self._exchange.cross_pool(account)
        if not is_shared:
            self._pay(account, dex, wanted - self._value(account, dex))

    def _value(self, account: int, dex: int) -> float:
        pool = np.array([self._exchange.cross_pool(account, dex)])
        return float(look_at(self._exchange.state, pool).value[0])

    def _pay(self, account: int, dex: int, usd: float) -> None:
        """Deposit, or withdraw what may be withdrawn, in whole cents."""
        uusd = round(usd * 100.0) * (UUSD // 100)
        if uusd < 0:
            uusd = -min(-uusd, self._exchange.withdrawable(account, dex))
        if uusd:
            self._exchange.deposit(account, uusd, dex)

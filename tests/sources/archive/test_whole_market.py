"""A living sandbox market replayed from its archive: what is exact, and the only reasons for what is not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from liqscape.exchange.to_model import to_accounts, to_snapshot
from liqscape.model.accounts import Accounts
from liqscape.sandbox.files import ArchiveFiles
from liqscape.sandbox.files.lines import misc_block
from liqscape.sandbox.files.node import HourlyFile
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.world import World, WorldSettings
from liqscape.sandbox.world.builder_coins import BUILDER_COINS
from liqscape.service.pipeline import Pipeline
from liqscape.sources.archive import ArchiveSource
from liqscape.sources.archive.base import read_base
from liqscape.sources.archive.store import LocalStore
from liqscape.sources.tables import write_positions
from liqscape.units import HOUR_MS, MINUTE_MS, PoolMode
from liqscape.wire.encode import encode_record
from liqscape.wire.node.misc_events import MISC_EVENTS_BY_BLOCK

START_MS = 1_780_012_800_000
HOURS, COINS = 3, 8


@dataclass(frozen=True)
class Compared:
    """Accounts at the base, as replayed, in truth; who moved cash meanwhile, who may have held isolated meanwhile;
    sums of all that was written down by the minute, by address and market."""

    base: Accounts
    replayed: Accounts
    truth: Accounts
    cash_movers: set[str]
    isolating: set[str]
    noted: dict[tuple[str, int], float]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    folder = tmp_path_factory.mktemp("market")
    world = World.new(WorldSettings(seed=5, accounts=300, coins=COINS, start_ms=START_MS))
    state, exchange = state_of(world), world.exchange
    for output in world.preroll(world.time_ms + HOURS * HOUR_MS, MINUTE_MS):
        state.observe(output)
    dump = folder / "base.parquet"
    write_positions(dump, to_accounts(exchange), to_snapshot(exchange), exchange.tables, is_simulated=True)
    packed = ArchiveFiles(folder, book_period_ms=HOUR_MS)
    events, movers = HourlyFile(folder, MISC_EVENTS_BY_BLOCK), set()
    moves = 0
    for output in world.preroll(world.time_ms + HOURS * HOUR_MS, MINUTE_MS):
        state.observe(output)
        packed.observe(state, output)
        block = misc_block(exchange, output)
        events.write(output.time_ms, [encode_record(block)])
        updates = [each.inner.LedgerUpdate for each in block.events if each.inner.LedgerUpdate is not None]
        moved = [update for update in updates if not update.delta.is_liquidation]
        moves += len(moved)
        movers |= {user for update in moved for user in update.users}
    packed.close()
    events.close()
    base = read_base(dump, None)
    source = ArchiveSource(LocalStore(folder), base, world.time_ms)
    pipeline = Pipeline(source.provenance)
    noted: dict[tuple[str, int], float] = {}
    for event in source.events():
        moment = pipeline.feed(event)
        if moment is None or not moment.is_stored:
            continue
        assert moment.notes is not None
        rows = moment.notes.accounts
        assert rows is not None
        names = [moment.accounts.addresses[row] for row in rows["address_row"].tolist()]
        for name, market, size in zip(names, rows["market_index"].tolist(), rows["size"].tolist(), strict=True):
            if not math.isnan(size):
                noted[name, market] = noted.get((name, market), 0.0) + size
    assert moves == source.figures().cash_moves > 0
    isolating = {exchange.addresses[row] for row in np.flatnonzero((exchange.state.setting < 0).any(axis=1)).tolist()}
    return Compared(base.accounts, pipeline.ledger.accounts, to_accounts(exchange), movers, isolating, noted)


def sizes(accounts: Accounts) -> dict[tuple[str, int], float]:
    """Signed coins by address and market, whatever margin backs them."""
    owner = accounts.address_row[accounts.pool_of_position()].tolist()
    market = accounts.market_index.tolist()
    named = ((accounts.addresses[row], coin) for row, coin in zip(owner, market, strict=True))
    return dict(zip(named, accounts.size.tolist(), strict=True))


def pools(accounts: Accounts) -> dict[str, list[tuple[int, float]]]:
    """(mode, raw USD) of the pools that hold something, by address."""
    found: dict[str, list[tuple[int, float]]] = {}
    for pool in range(accounts.pool_count):
        if accounts.offsets[pool] < accounts.offsets[pool + 1]:
            pool_row = (int(accounts.mode[pool]), float(accounts.raw_usd[pool]))
            found.setdefault(accounts.addresses[accounts.address_row[pool]], []).append(pool_row)
    return found


def dexs(accounts: Accounts, address: str) -> set[str]:
    """Dexs in which an address holds something."""
    is_own = np.array(accounts.addresses)[accounts.address_row][accounts.pool_of_position()] == address
    builders = {COINS + place: coin.dex for place, coin in enumerate(BUILDER_COINS)}
    return {builders.get(market, "") for market in accounts.market_index[is_own].tolist()}


def test_every_size_of_a_known_account_is_exact(compared: Compared) -> None:
    known = {address for address, _ in sizes(compared.base)}
    expected = {key: size for key, size in sizes(compared.truth).items() if key[0] in known}
    assert len(expected) > 250
    found = {key: size for key, size in sizes(compared.replayed).items() if key[0] in known}
    assert found == pytest.approx(expected, abs=1e-9)


def test_sums_by_the_minute_are_the_change_of_every_known_account(compared: Compared) -> None:
    before, after = sizes(compared.base), sizes(compared.truth)
    known = {address for address, _ in before}
    moved = 0
    for key in before.keys() | after.keys() | compared.noted.keys():
        if key[0] in known:
            change = after.get(key, 0.0) - before.get(key, 0.0)
            assert compared.noted.get(key, 0.0) == pytest.approx(change, abs=1e-9), key
            moved += change != 0.0
    assert moved > 100


def test_cash_is_exact_but_for_isolated_margin_also_of_those_who_moved_it(compared: Compared) -> None:
    before, found, expected = pools(compared.base), pools(compared.replayed), pools(compared.truth)

    def is_plain(address: str) -> bool:
        if not dexs(compared.truth, address) <= dexs(compared.base, address):
            return False  # cash in a dex in which it held nothing at the base is not known
        everywhere = [*before.get(address, []), *expected.get(address, [])]
        has_cross = any(mode != PoolMode.ISOLATED for mode, _ in before.get(address, []))
        if address in compared.isolating:  # the margin of a position that came and went is not told
            return False
        apart = (PoolMode.ISOLATED, PoolMode.PORTFOLIO)  # what collateral is worth is in no file
        return has_cross and all(mode not in apart for mode, _ in everywhere)

    plain = [address for address in found if is_plain(address)]
    assert len(plain) > 50
    assert len(compared.cash_movers.intersection(plain)) > 10
    for address in plain:
        assert [cash for _, cash in found[address]] == pytest.approx([cash for _, cash in expected[address]], abs=1e-6)

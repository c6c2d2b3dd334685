"""What the sandbox tells of fills, funding and cash explains every change of what its accounts hold, to the lot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from noted import notes_digest

from liqscape.exchange.columns import NO_ROW, EventColumn, EventKind, FillColumn, Method
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.scale import UUSD
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import Accounts
from liqscape.model.events import CashMoved, Event, FillsObserved, FundingPaid
from liqscape.model.minute_notes import NO_MARKET, Columns, MinuteKind
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.moved import moved_events
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import Float64Array

STEPS = 120
MOVES = (
    MinuteKind.TRADE,
    MinuteKind.LIQUIDATED_BOOK,
    MinuteKind.LIQUIDATED_BACKSTOP,
    MinuteKind.DELEVERAGED,
    MinuteKind.DELEVERAGED_AS_WINNER,
)


class Played:
    """A world that ran for hours, once in live blocks: events, blocks, stored moments."""

    def __init__(self) -> None:
        self.market = SandboxMarket.new(WorldSettings(seed=7, accounts=1_200, coins=8))
        self.blocks: list[BlockOutput] = []
        self.events: list[Event] = []
        self.moments: list[Moment] = []
        self.market.listeners.append(self.blocks.append)
        self._pipeline = Pipeline(self.market.provenance)
        self._feed(self.market.initial_events())
        for step in range(STEPS):
            if step == 3:
                self._feed(self.market.between(self.market.time_ms + 9_000))
            self._feed(self.market.step())

    def _feed(self, events: list[Event]) -> None:
        self.events += events
        for event in events:
            moment = self._pipeline.feed(event)
            if moment is not None and moment.is_stored:
                self.moments.append(moment)


@pytest.fixture(scope="module")
def played() -> Played:
    return Played()


def held(accounts: Accounts, rows: int, markets: int) -> Float64Array:
    """(rows, markets) size of each address in each market."""
    size = np.zeros((rows, markets))
    np.add.at(size, (accounts.address_row[accounts.pool_of_position()], accounts.market_index), accounts.size)
    return size


def notes_of(moment: Moment) -> Columns:
    assert moment.notes is not None
    assert moment.notes.accounts is not None
    return moment.notes.accounts


def test_sums_of_every_minute_are_the_change_of_every_position(played: Played) -> None:
    changes = 0
    for before, now in zip(played.moments[:-1], played.moments[1:], strict=True):
        shape = len(now.accounts.addresses), len(now.frame.snapshot.mark)
        rows, summed = notes_of(now), np.zeros(shape)
        kept = np.isin(rows["kind"], MOVES)
        np.add.at(summed, (rows["address_row"][kept], rows["market_index"][kept]), rows["size"][kept])
        change = held(now.accounts, *shape) - held(before.accounts, *shape)
        np.testing.assert_allclose(summed, change, rtol=0.0, atol=1e-9)
        changes += int(np.count_nonzero(change))
    assert changes > 300


def test_forced_fills_are_told_apart_as_the_engine_s_log_does(played: Played) -> None:
    is_hidden = played.market.world.population.is_hidden
    exchange = played.market.world.exchange
    addresses = np.array(exchange.addresses)
    wanted: dict[tuple[str, int, int], float] = {}
    kinds = {
        Method.MARKET: MinuteKind.LIQUIDATED_BOOK,
        Method.BACKSTOP: MinuteKind.LIQUIDATED_BACKSTOP,
        Method.ADL: MinuteKind.DELEVERAGED,
    }
    for fill in np.concatenate([block.fills for block in played.blocks]).tolist():
        victim, market = fill[FillColumn.LIQUIDATED], fill[FillColumn.MARKET]
        for account, sign in ((fill[FillColumn.BUYER], 1), (fill[FillColumn.SELLER], -1)):
            if is_hidden[account] or victim == NO_ROW:
                continue
            kind: MinuteKind | None = None
            if account == victim:
                kind = kinds[Method(fill[FillColumn.METHOD])]
            elif fill[FillColumn.METHOD] == Method.ADL:
                kind = MinuteKind.DELEVERAGED_AS_WINNER
            if kind is not None:
                key = (str(addresses[account]), market, int(kind))
                lots = sign * fill[FillColumn.LOTS]
                wanted[key] = wanted.get(key, 0.0) + lots / 10 ** exchange.markets.rows[market].size_decimals
    found: dict[tuple[str, int, int], float] = {}
    for moment in played.moments[1:]:
        rows = notes_of(moment)
        for row in np.flatnonzero(np.isin(rows["kind"], MOVES[1:])).tolist():
            name = moment.accounts.addresses[rows["address_row"][row]]
            key = (name, int(rows["market_index"][row]), int(rows["kind"][row]))
            found[key] = found.get(key, 0.0) + float(rows["size"][row])
    assert found.keys() == wanted.keys()
    assert {key[2] for key in wanted} >= {MinuteKind.LIQUIDATED_BOOK}
    for key, size in wanted.items():
        assert found[key] == pytest.approx(size, abs=1e-9)


def test_cash_and_funding_are_those_of_the_log(played: Played) -> None:
    is_hidden = played.market.world.population.is_hidden
    events = np.concatenate([block.events for block in played.blocks])
    events = events[~is_hidden[np.maximum(events[:, EventColumn.ACCOUNT], 0)]]
    deposits = events[events[:, EventColumn.KIND] == EventKind.DEPOSIT]
    paid = events[events[:, EventColumn.KIND] == EventKind.FUNDING]
    told = [event.payments for event in played.events if isinstance(event, FundingPaid)]
    assert sum(each.amount.sum() for each in told) == pytest.approx(-paid[:, EventColumn.B].sum() / UUSD)
    assert sum(len(each) for each in told) == len(paid) > 0
    moved = [event.movements for event in played.events if isinstance(event, CashMoved)]
    in_and_out = [
        each.whole[np.isin(each.kind, (MinuteKind.DEPOSIT, MinuteKind.WITHDRAWAL))]
        for each in moved
        if each.kind is not None
    ]
    assert sorted(np.concatenate(in_and_out)) == pytest.approx(sorted(deposits[:, EventColumn.A] / UUSD))
    rows = [notes_of(moment) for moment in played.moments[1:]]
    cash = [each["usd"][np.isin(each["kind"], (MinuteKind.DEPOSIT, MinuteKind.WITHDRAWAL))] for each in rows]
    assert np.concatenate(cash).size > 0
    for each in rows:
        assert set(each["market_index"][each["kind"] == MinuteKind.DEPOSIT].tolist()) <= {NO_MARKET}
        funding = each["kind"] == MinuteKind.FUNDING
        assert funding.any() == bool(len(each["known_at_ms"]) and each["known_at_ms"][0] % 3_600_000 == 0)


def test_what_is_read_back_is_what_the_running_map_had_to_the_bit(played: Played, tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, played.market.provenance) as writer:
        writer.append_many(played.moments[:90])
        for moment in played.moments[90:]:
            writer.append(moment)
    read = list(HistoryReader(tmp_path).minutes(0, 1 << 60))
    assert [notes_digest(each.notes) for each in read] == [notes_digest(moment.notes) for moment in played.moments]
    assert len({notes_digest(each.notes) for each in read}) == len(read)


def test_fills_start_where_the_map_stood(played: Played) -> None:
    """No fill finds another size than the one the ledger had: nothing was left out."""
    assert any(isinstance(event, FillsObserved) for event in played.events)
    assert played._pipeline.ledger.tracking_figures().corrected == 0


def test_the_vault_of_a_builders_dex_is_told_of_like_anybody(played: Played) -> None:
    exchange = played.market.world.exchange
    vault = len(exchange.addresses) - 1
    assert vault >= len(played.market.world.population.addresses)
    block = next(each for each in played.blocks if len(each.fills))
    fills = block.fills[:1].copy()
    fills[0, FillColumn.BUYER] = vault
    (event,) = moved_events(exchange, replace(block, fills=fills, events=block.events[:0]), played.market.is_hidden)
    assert isinstance(event, FillsObserved)
    assert exchange.addresses[vault] in event.fills.addresses

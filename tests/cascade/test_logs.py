"""Sums that a member makes of its logs are those of the items, and tables that are written over are as new ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import SHORT_RUN, crowd, with_stops

from liqscape.cascade import CascadeInput, CascadeSettings, Mode, Shock, of_vector
from liqscape.cascade.flows import Marks, by_second, closed_by_market
from liqscape.cascade.logs import ItemLog, SumLog, first_adl_ms
from liqscape.cascade.members import run_member
from liqscape.cascade.own_tables import own_table
from liqscape.cascade.prepare import load_market, prepare
from liqscape.cascade.simulating import DRAIN_ROWS, simulate, vaults_seen
from liqscape.units import Int64Array

POOR_VAULT = replace(SHORT_RUN, horizon_ms=60_000, block_ms=500, vault_equity=(5_000.0,))


class Both:
    """Reads the same drains into items and sums."""

    def __init__(self, items: ItemLog, sums: SumLog) -> None:
        self.items, self.sums, self.drains = items, sums, 0

    def read(self, fills: Int64Array, events: Int64Array, marks: Marks) -> None:
        self.items.read(fills, events, marks)
        self.sums.read(fills, events, marks)
        self.drains += 1


def falling(seed: int) -> tuple[CascadeInput, Shock]:
    question = crowd(seed, 200, leverage=(5.0, 9.0))
    return question, of_vector(question.snapshot, dict.fromkeys(question.snapshot.markets.coins, -0.2), 40_000)


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("drain_rows", [0, 30, DRAIN_ROWS])
def test_sums_of_the_logs_are_those_of_the_items_however_often_they_are_read(mode: Mode, drain_rows: int) -> None:
    question, shock = falling(22)
    settings = replace(POOR_VAULT, mode=mode)
    run = prepare(question, shock, settings)
    start_ms, markets, seen = question.snapshot.time_ms, len(question.snapshot.markets), vaults_seen(run)
    both = Both(ItemLog(start_ms, seen), SumLog(start_ms, seen, markets))
    simulate(question, settings, run, both, drain_rows=drain_rows)
    items, sums = both.items.items(), both.sums
    assert sums.totals() == both.items.totals(by_second(items, markets))
    closed, closed_signed = closed_by_market(items, markets)
    assert sums.closed.tolist() == closed.tolist()
    assert sums.closed_signed.tolist() == closed_signed.tolist()
    assert sums.first_adl_ms == first_adl_ms(items)
    assert sums.totals().accounts == len(np.unique(items.account[~seen[items.account]])) > 50
    assert sums.totals().adl_fills > 0
    assert (both.drains > 1) == (drain_rows < DRAIN_ROWS)


@pytest.mark.parametrize("has_stops", [True, False])
@pytest.mark.parametrize("mode", [Mode.GIVEN, Mode.COUPLED])
def test_a_market_in_the_tables_of_a_run_that_is_over_is_as_one_in_new_tables(mode: Mode, has_stops: bool) -> None:
    question, shock = falling(23)
    question = with_stops(question) if has_stops else question
    settings = replace(POOR_VAULT, mode=mode)
    market = load_market(question, shock, settings)

    def run(used: CascadeSettings | None = None) -> tuple[str, str]:
        """Digests of the market as it is copied, and of a run in it; into tables of a run with other settings."""
        before = None
        if used is not None:
            before = market.copied(used)
            run_member(question, shock, used, prepare(question, shock, used, before))
        own = market.copied(settings, before)
        if before is not None:
            for name in ("pool", "position", "account", "fill"):
                assert getattr(own.exchange.state, name) is getattr(before.exchange.state, name)
            assert own.holders.lots is before.holders.lots
            assert own.index.due is before.index.due
        started = own.exchange.digest()
        return started, run_member(question, shock, settings, prepare(question, shock, settings, own)).digest

    assert run(replace(settings, rules=replace(settings.rules, vault_choice=0))) == run()
    assert market.exchange.digest() == market.copied(settings).exchange.digest()


def test_a_table_of_another_shape_is_not_written_over() -> None:
    table, small = np.arange(6), np.zeros(3, np.int64)
    assert own_table(table, small) is not small
    assert own_table(table, table) is not table
    other = np.zeros(6, np.int64)
    assert own_table(table, other) is other
    assert other.tolist() == table.tolist()

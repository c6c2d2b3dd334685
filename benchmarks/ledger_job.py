"""The ledger: prints a second by size of batch, states that replace what was tracked, and a frame after trades."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import msgspec
import numpy as np
from figures import Section
from live_path import Made
from population import Population, make_population

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import Provenance
from liqscape.ledger import Ledger
from liqscape.model.events import (
    AccountsObserved,
    Event,
    FrameDue,
    FundingDue,
    MarketDefined,
    MarksUpdated,
    TradesPrinted,
)
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.model.trades import Trades
from liqscape.service.pipeline import Pipeline

ACCOUNTS = 100_000
TRADES = 200_000
BATCHES = (1, 20, 200, 1_000)
SPACED, SPACED_MS = 6_000, 250
"""Batches, and how far apart: 25 minutes of prints, of which ten are remembered."""
FRAMES = 40
STRETCHES = 9
STATES = 500
NOTED_PRINTS, NOTED_MINUTES = 6_000, 7


def ledger(seed: int) -> Section:
    """100,000 addresses in 250 coins; every print has two of them as users."""
    section = Section(
        "Ledger",
        f"{ACCOUNTS:,} addresses in 250 coins. Prints are among known addresses, few of them very active (a share of "
        "their rank to the power 1/6), in coins one of the two holds; positions open, grow, flip, close. Every print "
        "is held against the recent ones, moves size and cash of two addresses, and is judged as a liquidation.",
    )
    population = make_population(seed, ACCOUNTS)
    random = np.random.default_rng(seed)
    for batch in BATCHES:
        held = _opened(population, Ledger().apply)
        count = min(TRADES, 20_000 * batch)
        events = [_prints(population, random, batch, number) for number in range(count // batch)]
        section.add(
            f"print applied, batches of {batch}",
            _seconds(held, events) / count * 1e6,
            "us",
            target=2.0,
        )
    held = _opened(population, Ledger().apply)
    events = [_prints(population, random, 20, SPACED_MS * number) for number in range(SPACED)]
    _seconds(held, events[: SPACED // 2])
    section.add(
        "print applied, batches of 20, while the memory lets older ones go",
        _seconds(held, events[SPACED // 2 :]) / (20 * (SPACED - SPACED // 2)) * 1e6,
        "us",
        target=2.0,
    )
    for batch in BATCHES[1:]:
        rate = _decoded_and_applied(population, random, seed, batch)
        section.add(
            f"prints decoded and applied, messages of {batch}", rate, "prints/s", target=150_000.0, wanted="at least"
        )
    held = _opened(population, Ledger().apply)
    events = [_states(population, random, number) for number in range(20)]
    section.add(f"state applied, batches of {STATES}", _seconds(held, events) / (20 * STATES) * 1e6, "us")
    due = FundingDue(population.snapshot.time_ms + 3_600_000, 0, np.full(250, 1e-5), population.snapshot.mark)
    section.add("funding of everybody", _seconds(held, [due]) * 1e3, "ms")
    closed, summed = _noted(population, random)
    section.add(f"minute of {NOTED_PRINTS:,} prints closed for its notes", closed, "ms")
    section.add("its sums by account, coin and kind, beside the loop", summed, "ms")
    for name, prints in (("mark batch to frame", 0), ("mark batch to frame, 200 prints before", 200)):
        times = _frame_times(population, random, prints)
        section.add(f"{name}, median", float(np.median(times)), "ms", target=20.0)
        section.add(f"{name}, 99 %", float(np.quantile(times, 0.99)), "ms")
    return section


def _opened(population: Population, apply: Callable[[Event], object]) -> Callable[[Event], object]:
    snapshot = population.snapshot
    apply(MarketDefined(snapshot.time_ms, 0, snapshot.markets, population.tables))
    apply(MarksUpdated(snapshot.time_ms, 0, snapshot))
    apply(AccountsObserved(time_ms=snapshot.time_ms, received_ns=0, accounts=population.accounts, is_complete=True))
    apply(_prints(population, np.random.default_rng(0), 1, -1))
    return apply


def _prints(population: Population, random: np.random.Generator, count: int, number: int) -> TradesPrinted:
    """`count` prints of one second."""
    accounts, snapshot = population.accounts, population.snapshot
    users = (len(accounts.addresses) * random.random((count, 2)) ** 6).astype(np.int64)
    listed, rows = np.unique(users, return_inverse=True)
    rows = rows.reshape(users.shape).astype(np.int32)
    holder = accounts.address_row[accounts.pool_of_position()]
    first, last = np.searchsorted(holder, users[:, 0]), np.searchsorted(holder, users[:, 0], side="right")
    market = accounts.market_index[first + (random.random(count) * (last - first)).astype(np.int64)]
    time_ms = snapshot.time_ms + 2_000 + number
    trades = Trades(
        addresses=tuple(accounts.addresses[row] for row in listed.tolist()),
        buyer=rows[:, 0],
        seller=rows[:, 1],
        market_index=market,
        price=snapshot.mark[market] * random.uniform(0.999, 1.001, count),
        size=np.maximum(1.0, np.rint(np.exp(random.normal(5.0, 1.5, count)) / snapshot.mark[market] * 1_000.0))
        / 1_000.0,
        is_buyer_taker=random.random(count) < 0.5,
        time_ms=np.full(count, time_ms),
        trade_id=np.sort(random.integers(1 << 50, size=count)),
    )
    return TradesPrinted(time_ms, 0, trades)


def _states(population: Population, random: np.random.Generator, number: int) -> AccountsObserved:
    """States of some addresses as they were at the start, read again."""
    accounts, time_ms = population.accounts, population.snapshot.time_ms + 1_000_000 + number
    chosen = np.sort(random.choice(len(accounts.addresses), STATES, replace=False))
    pools = np.flatnonzero(np.isin(accounts.address_row, chosen))
    part = accounts.take(pools)
    rows = np.searchsorted(chosen, part.address_row).astype(np.int32)
    seen = type(part).join(tuple(accounts.addresses[row] for row in chosen.tolist()), [part], [rows])
    return AccountsObserved(
        time_ms=time_ms, received_ns=0, accounts=seen, dexs=("",), address_ms=np.full(STATES, time_ms)
    )


def _decoded_and_applied(population: Population, random: np.random.Generator, seed: int, length: int) -> float:
    """Prints a second from the bytes of messages to sizes and cash, by the road of the live map; median stretch."""
    core, markets = Made.new(ACCOUNTS, seed).core, population.snapshot.markets
    count = TRADES // 4 // length
    received_ns = population.snapshot.time_ms * 1_000_000
    records = [
        Record(RecordKind.MESSAGE, "1", _message(markets, _prints(population, random, length, number)), received_ns)
        for number in range(2 * count)
    ]
    for record in records[:count]:  # by then the tables have grown
        core.feed(record)
    gc.collect()
    rates = []
    for stretch in range(STRETCHES):
        part = records[count + stretch * count // STRETCHES : count + (stretch + 1) * count // STRETCHES]
        started = time.perf_counter()
        for record in part:
            core.feed(record)
        core.feed(Record(RecordKind.TICK, "", b"", received_ns))
        rates.append(len(part) * length / (time.perf_counter() - started))
    return float(np.median(rates))


def _message(markets: Markets, event: TradesPrinted) -> bytes:
    """The prints in the exchange's own words."""
    trades = event.trades
    rows = [
        {
            "coin": markets.coins[trades.market_index[row]],
            "side": "B" if trades.is_buyer_taker[row] else "A",
            "px": f"{trades.price[row]:.5g}",
            "sz": f"{trades.size[row]:.3f}",
            "time": int(trades.time_ms[row]),
            "hash": "0x" + "0" * 64,
            "tid": int(trades.trade_id[row]),
            "users": [trades.addresses[trades.buyer[row]], trades.addresses[trades.seller[row]]],
        }
        for row in range(len(trades))
    ]
    return msgspec.json.encode({"channel": "trades", "data": rows})


def _seconds(
    apply: Callable[[Event], object], events: list[Event] | list[TradesPrinted] | list[AccountsObserved]
) -> float:
    started = time.perf_counter()
    for event in events:
        apply(event)
    return time.perf_counter() - started


def _noted(population: Population, random: np.random.Generator) -> tuple[float, float]:
    """ms that closing a minute takes the loop, and making its notes a thread beside; medians."""
    from liqscape.insight.note_taker import NoteTaker  # rows import this file under builds that take no notes

    ledger, taker = Ledger(), NoteTaker()

    def apply(event: Event) -> None:
        ledger.apply(event)
        taker.observe(event, ledger)

    _opened(population, apply)
    times = []
    for minute in range(NOTED_MINUTES):
        for second in range(60):
            apply(_prints(population, random, NOTED_PRINTS // 60, 60_000 * minute + 1_000 * second))
        at_ms = population.snapshot.time_ms + 60_000 * (minute + 1)
        _ = ledger.accounts  # the frame needs them anyway
        started = time.perf_counter()
        closed = taker.close(at_ms, ledger, None)
        between = time.perf_counter()
        closed.notes()
        times.append((between - started, time.perf_counter() - between))
    in_loop, beside = np.median(np.array(times) * 1e3, axis=0).tolist()
    return in_loop, beside


def _frame_times(population: Population, random: np.random.Generator, prints: int) -> list[float]:
    """ms from new marks to the frame, prints applied before and not counted."""
    pipeline = Pipeline(Provenance("benchmark", "benchmark", is_simulated=True, note=""))
    feed = _opened(population, pipeline.feed)
    snapshot, times = population.snapshot, []
    for number in range(FRAMES):
        if prints:
            feed(_prints(population, random, prints, number))
        mark = snapshot.mark * np.exp(random.normal(0.0, 5e-4, len(snapshot.mark)))
        marks = MarketSnapshot(
            markets=snapshot.markets,
            time_ms=snapshot.time_ms + number,
            mark=mark,
            oracle=snapshot.oracle,
            open_interest=snapshot.open_interest,
        )
        started = time.perf_counter()
        feed(MarksUpdated(marks.time_ms, 0, marks))
        feed(FrameDue(marks.time_ms, 0))
        times.append((time.perf_counter() - started) * 1e3)
    return times[3:]

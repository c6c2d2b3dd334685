"""What trigger orders through time take on disk, and what they cost a minute's append.

    python benchmarks/stored_triggers.py [--json] [--minutes 120]

Two maps of 200 coins without positions, so that all that differs from a map without trigger orders is theirs:

asked       accounts asked one after the other: 6 a minute of 2,000, three orders each, of which a tenth is another at
            the next reading
everybody   100,000 orders of 40,000 accounts and a node's statuses: 800 orders a minute come, 800 end

Made up: nobody publishes how many trigger orders come and go. Bytes are those of the sealed part; a day is taken as so
many times the minutes after the first, and one first minute, which writes all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import TriggerRegister, triggers_on
from liqscape.model import Accounts, Market, Markets, MarketSnapshot
from liqscape.model.events import TriggersMoved, TriggersObserved
from liqscape.model.margin_tables import MarginTables, flat_table
from liqscape.model.trigger_rows import TriggerRows
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.schema import OF_TRIGGERS
from liqscape.units import Int64Array

COINS, MINUTE_MS, START_MS = 200, 60_000, 1_770_076_800_000
MARKETS = Markets.build(Market(coin=f"C{row}", size_decimals=3, max_leverage=10, table_row=0) for row in range(COINS))
TABLES = MarginTables.build([flat_table(10)])
SOURCE = Provenance("generated", "benchmark", True, "made up")
News = Callable[[TriggerRegister, int], None]


class Orders:
    """Made-up orders by number; owner, coin and price follow from it."""

    def __init__(self, accounts: int) -> None:
        self.random = np.random.default_rng(1)
        self.names = tuple(f"0x{int(number):040x}" for number in self.random.integers(0, 2**63, accounts))
        self.next_id = 300_000_000_000

    def new(self, owner: Int64Array, time_ms: int) -> TriggerRows:
        """Rows of new orders of these owners."""
        count, random = len(owner), self.random
        number = self.next_id + np.cumsum(random.integers(1, 40, count))
        self.next_id = int(number[-1])
        price = np.round(100.0 * random.uniform(0.7, 1.3, count), 2)
        is_whole = random.random(count) < 0.3
        return TriggerRows(
            addresses=self.names,
            user=owner.astype(np.int32),
            market_index=np.minimum(random.geometric(0.05, count), COINS - 1).astype(np.int32),
            order_id=number,
            side=random.choice(np.array([1, -1], np.int8), count),
            kind=random.integers(0, 2, count).astype(np.int8),
            is_market=random.random(count) < 0.8,
            trigger_price=price,
            limit_price=np.round(price * 0.9, 2),
            size=np.where(is_whole, 0.0, np.round(random.lognormal(0.0, 2.0, count), 3)),
            is_whole_position=is_whole,
            is_reduce_only=np.ones(count, np.bool_),
            placed_ms=np.full(count, time_ms, np.int64) - random.integers(0, MINUTE_MS, count),
        )


def taken(rows: TriggerRows, chosen: Int64Array) -> TriggerRows:
    """Some of the orders."""
    columns = {name: getattr(rows, name)[chosen] for name in TriggerRows.__dataclass_fields__ if name != "addresses"}
    return TriggerRows(addresses=rows.addresses, **columns)


def asked() -> News:
    """Six accounts a minute."""
    orders, held = Orders(2_000), {}
    whole = np.arange(COINS, dtype=np.int32)

    def minute(register: TriggerRegister, time_ms: int) -> None:
        first = (time_ms // MINUTE_MS) * 6
        for row in range(first, first + 6):
            owner = row % len(orders.names)
            before = held.get(owner)
            if before is None or orders.random.random() < 0.3:
                held[owner] = orders.new(np.full(3, owner), time_ms)
            own = held[owner]
            only = TriggerRows(**{**vars(own), "addresses": (orders.names[owner],), "user": np.zeros(3, np.int32)})
            register.observe(
                TriggersObserved(
                    time_ms=time_ms - 1,
                    received_ns=0,
                    orders=only,
                    addresses=only.addresses,
                    market_index=whole,
                )
            )

    return minute


def everybody(count: int = 100_000, moves: int = 800) -> News:
    """A snapshot, then statuses."""
    orders = Orders(40_000)

    def minute(register: TriggerRegister, time_ms: int) -> None:
        if register.standing() is None:
            rows = orders.new(orders.random.integers(0, len(orders.names), count), time_ms)
            register.observe(TriggersObserved(time_ms=time_ms - 1, received_ns=0, orders=rows, addresses=None))
            return
        standing = register.standing()
        assert standing is not None
        ended = orders.random.choice(len(standing.table.key), moves, replace=False)
        opened = orders.new(orders.random.integers(0, len(orders.names), moves), time_ms)
        register.move(
            TriggersMoved(
                time_ms=time_ms - 1,
                received_ns=0,
                opened=opened,
                opened_ms=opened.placed_ms,
                ended=standing.table.order_id[ended],
                ended_market=standing.table.market[ended],
                ended_ms=np.full(moves, time_ms - 1, np.int64),
            )
        )

    return minute


def moments(news: News, minutes: int) -> Iterator[Moment]:
    """What a map would store."""
    register, accounts = TriggerRegister(), Accounts.empty()
    register.set_markets(MARKETS, is_extended=True)
    for step in range(minutes):
        time_ms = START_MS + step * MINUTE_MS
        news(register, time_ms)
        standing = register.standing()
        assert standing is not None
        marks = MarketSnapshot.of_marks(MARKETS, time_ms, np.full(COINS, 100.0))
        frame = build_frame(accounts, marks, TABLES, SOURCE)
        yield Moment(
            frame=frame,
            accounts=accounts,
            tables=TABLES,
            is_stored=True,
            triggers=triggers_on(standing, accounts),
            standing=standing,
        )


def bytes_of(folder: Path) -> int:
    """Of the files of trigger orders."""
    return sum(path.stat().st_size for name in OF_TRIGGERS for path in folder.glob(f"parts/*/{name}.parquet"))


def measure(news: News, minutes: int) -> dict[str, float]:
    """Bytes, and processor time of appends with and without."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        costs: list[list[float]] = [[], []]
        with HistoryWriter(folder / "with", SOURCE) as one, HistoryWriter(folder / "without", SOURCE) as other:
            one.is_tidied_beside = other.is_tidied_beside = True
            for number, moment in enumerate(moments(news, minutes)):
                bare = Moment(frame=moment.frame, accounts=moment.accounts, tables=TABLES, is_stored=True)
                for row, (writer, each) in enumerate(((one, moment), (other, bare))):
                    begun = time.process_time()
                    writer.append(each)
                    costs[row].append(time.process_time() - begun)
                if number == 0:
                    found["first_head_bytes"] = sum(path.stat().st_size for path in (folder / "with/head").iterdir())
            heads = sorted((folder / "with/head").iterdir())
            found["head_bytes"] = float(np.median([path.stat().st_size for path in heads[2:]]))
            bare_heads = sorted((folder / "without/head").iterdir())
            found["head_bytes_without"] = float(np.median([path.stat().st_size for path in bare_heads[2:]]))
            begun = time.process_time()
            one.compact()
            found["seal_s"] = time.process_time() - begun
        found["append_first_ms"], found["append_ms"] = costs[0][0] * 1e3, float(np.median(costs[0][1:])) * 1e3
        found["append_without_ms"] = float(np.median(costs[1][1:])) * 1e3
        found["part_bytes"] = bytes_of(folder / "with")
        reader = HistoryReader(folder / "with")
        begun = time.process_time()
        standing = reader.standing_at(START_MS + (minutes - 1) * MINUTE_MS)
        found["read_ms"] = (time.process_time() - begun) * 1e3
        assert standing is not None
        found["orders"] = len(standing.table.key)
        with tempfile.TemporaryDirectory() as first:
            with HistoryWriter(Path(first), SOURCE) as writer:
                writer.append_many(list(moments(news_again(news), 1)))
                writer.compact()
            found["first_bytes"] = bytes_of(Path(first))
    found["day_bytes"] = found["first_bytes"] + (found["part_bytes"] - found["first_bytes"]) / (minutes - 1) * 1_439
    return found


def news_again(news: News) -> News:
    """The same kind of news from the beginning."""
    return {"asked": asked, "everybody": everybody}[news.__qualname__.split(".")[0]]()


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=int, default=120)
    options = parser.parse_args()
    found = {name: measure(news, options.minutes) for name, news in (("asked", asked()), ("everybody", everybody()))}
    if options.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(name)
        for label, value in figures.items():
            print(f"  {label:20} {value:,.1f}")


if __name__ == "__main__":
    main()

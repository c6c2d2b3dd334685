"""A collector of a small made-up market in a process of its own, for tests of replicas.

    python collect_small.py FOLDER NATS_URL [--sealed-to PLACE] [--accounts N] [--nats-token-file FILE]
        [--nats-authority FILE] [--nats-certificate FILE]

Goes on with the history in FOLDER, prints the port it listens on, and does what each line on standard input says,
answering `done` when it is done: `frame` cuts a live frame, `minute` one that is stored, `seal` makes a part of what is
stored. Ends with the input. What a minute holds follows from its number alone, so a killed one is gone on with.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from small_market import FIRST_MARKS, MARKETS, MINUTE_MS, SMALL, START_MS, TABLES, address, small_accounts

from liqscape.cli.logs import log_to_stderr
from liqscape.cli.nats_options import with_collector
from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import StandingTriggers, TriggerRegister, rows_of_names
from liqscape.model import MarketSnapshot
from liqscape.model.events import TriggersObserved
from liqscape.model.trigger_rows import TriggerRows
from liqscape.model.triggers import SELL, TriggerKind
from liqscape.service.candles import NearCandles
from liqscape.service.executors import open_executors
from liqscape.service.folders import LIQUIDATIONS, Origin, claim_folder
from liqscape.service.hub import Hub
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.live import LiveState
from liqscape.service.pipeline import DueMoment, Pipeline
from liqscape.service.replicas.settings import NatsSettings, read_settings
from liqscape.service.studying.live import LiveStudy
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.units import Int64Array
from liqscape.web.app import create_app
from liqscape.web.server import run_server

FIRST_MINUTES = 30


class Market:
    """Moments by number: 10 live frames a minute, the last of them stored."""

    def __init__(self, accounts: int) -> None:
        self._pipeline = Pipeline(SMALL)
        self._accounts = small_accounts(3, START_MS, accounts)

    def moment(self, step: int) -> Moment:
        """The frame of a tenth of a minute."""
        minute = step // 10
        rng = np.random.default_rng(minute)
        raw = self._accounts.raw_usd.copy()
        raw[rng.integers(0, len(raw), 5)] += rng.normal(0.0, 2_000.0, 5)
        observed = np.full(self._accounts.pool_count, START_MS + minute * MINUTE_MS - 30_000, np.int64)
        accounts = replace(self._accounts, raw_usd=raw, observed_ms=observed)
        marks = FIRST_MARKS * np.exp(0.01 * np.sin(step / 37.0 + np.arange(len(FIRST_MARKS))))
        snapshot = MarketSnapshot(
            markets=MARKETS,
            time_ms=START_MS + step * MINUTE_MS // 10,
            mark=marks,
            oracle=marks,
            open_interest=np.array([500.0, 9_000.0, np.nan, np.nan, np.nan]),
        )
        due = DueMoment(
            accounts=accounts,
            markets=MARKETS,
            snapshot=snapshot,
            tables=TABLES,
            funding=None,
            is_stored=step % 10 == 0,
            triggers=self._triggers(step),
        )
        return self._pipeline.build(due)

    def _triggers(self, step: int) -> tuple[StandingTriggers, Int64Array]:
        """Stops of the first eleven accounts, read one after the other, another one every third frame."""
        names, register = self._accounts.addresses, TriggerRegister()
        register.set_markets(MARKETS, is_extended=True)
        for row in range(11):
            price = FIRST_MARKS[:1] * (0.9 + 0.001 * ((step + row) // 3 % 50))
            orders = TriggerRows(
                addresses=(names[row],),
                user=np.zeros(1, np.int32),
                market_index=np.zeros(1, np.int32),
                order_id=np.array([row + 100 * ((step + row) // 3)]),
                side=np.full(1, SELL, np.int8),
                kind=np.full(1, TriggerKind.STOP, np.int8),
                is_market=np.ones(1, np.bool_),
                trigger_price=price,
                limit_price=np.full(1, np.nan),
                size=np.ones(1),
                is_whole_position=np.zeros(1, np.bool_),
                is_reduce_only=np.zeros(1, np.bool_),
                placed_ms=np.array([START_MS]),
            )
            read_ms = START_MS + (step - (step + row) % 3) * MINUTE_MS // 10
            register.observe(
                TriggersObserved(time_ms=read_ms, received_ns=0, orders=orders, addresses=orders.addresses)
            )
        standing = register.standing()
        assert standing is not None
        return standing, rows_of_names(standing.names, names)


class MadeUpCandles:
    """Minutes of the first coin from two days before the first frame on, as a collector of an exchange has some."""

    name = "Testland"

    def __init__(self) -> None:
        count = 2_880 + 400
        times = START_MS + MINUTE_MS * np.arange(-2_880.0, 400.0)
        close = FIRST_MARKS[0] * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 5e-4, count)))
        first = np.roll(close, 1)
        first[0] = close[0]
        high, low = 1.0002 * np.maximum(first, close), 0.9998 * np.minimum(first, close)
        self._rows = np.column_stack((times, first, high, low, close))

    def read(self, coin: str, start_ms: int, end_ms: int) -> NearCandles | None:
        """Volume: one coin a minute."""
        if coin != MARKETS.coins[0]:
            return None
        first, last = np.searchsorted(self._rows[:, 0], [start_ms, end_ms])
        rows = self._rows[first:last]
        return NearCandles(rows, MINUTE_MS, int(self._rows[0, 0]), np.ones(len(rows)))


def main(folder: Path, settings: NatsSettings, sealed_to: str | None, accounts: int) -> None:
    """Serve until standard input ends."""
    log_to_stderr()
    market = Market(accounts)
    claim_folder(folder, Origin(kind="demo", name="small", key="small"))
    with HistoryWriter(folder, SMALL) as writer, open_executors() as executors:
        if writer.last_time_ms is None:
            writer.append_many(market.moment(10 * minute) for minute in range(FIRST_MINUTES))
        reader = HistoryReader(folder)
        assert reader.last_ms is not None
        step = (reader.last_ms - START_MS) * 10 // MINUTE_MS
        live = LiveState(sequence=reader.frame_count)
        live.publish(market.moment(step))
        study = LiveStudy(folder, executors.studies)
        view = MapView(
            reader,
            live,
            vaults=lambda: frozenset({address(2)}),
            categories=lambda: {MARKETS.coins[0]: "made up"},
            feed=MadeUpCandles(),
            study=study.state,
            studies=study,
        )
        hub = Hub(view, executors=executors)

        async def obey(stop: asyncio.Event) -> None:
            nonlocal step
            studying = asyncio.create_task(study.run(stop))
            while not stop.is_set() and (line := await asyncio.to_thread(sys.stdin.readline)):
                if line == "seal\n":
                    await asyncio.to_thread(writer.compact)
                else:
                    step = step + 1 if line == "frame\n" else (step // 10 + 1) * 10
                    moment = market.moment(step)
                    live.publish(moment)
                    if moment.is_stored:
                        await asyncio.to_thread(writer.append, moment)
                        study.stored(moment.frame.time_ms)
                print("done", flush=True)
            stop.set()
            await studying

        run_server(
            create_app(view, hub, executors=executors, liquidations=LiquidationQuestions(view, folder / LIQUIDATIONS)),
            "127.0.0.1",
            0,
            on_ready=lambda port: print(port, flush=True),
            on_stop=hub.shut_down,
            work=with_collector(obey, settings, sealed_to, data=folder, view=view, live=live, executors=executors),
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("--sealed-to")
    parser.add_argument("--accounts", type=int, default=60)
    for name in ("token-file", "authority", "certificate"):
        parser.add_argument(f"--nats-{name}", type=Path)
    asked = parser.parse_args()
    found = read_settings(
        asked.url,
        token_file=asked.nats_token_file,
        authority=asked.nats_authority,
        certificate=asked.nats_certificate,
    )
    main(asked.folder, found, asked.sealed_to, asked.accounts)

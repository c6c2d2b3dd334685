"""What the other doors of the map cost beside its own: tools of an agent, and CoinGlass-shaped answers.

    python benchmarks/compat.py [--json] [--accounts 20000] [--minutes 120] [--rounds 15]

A made-up history (population.py) behind the real application, asked without a socket. Of each pair the own route and
the other door are asked in turn, first one and then the other in front, each round about another coin or time, after
what both read from disk is in memory; the figure is the ratio of the medians. Beside it an answer that the route has
kept, its tool, and tools of the bare SDK. Times are of the processor, of the one process that asks and answers:
nothing in it waits, and a busy machine moves them little.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from mcp import Client
from mcp.server.lowlevel import Server
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool
from population import make_population

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.mcp.answering import ToolAnswers
from liqscape.mcp.asking import InProcessApi
from liqscape.mcp.server import build_server
from liqscape.service.compat.window import HEIGHT, RANGES
from liqscape.service.hub import Hub
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.web.app import create_app

MINUTE_MS = 60_000
TARGET = 1.2
"""Times the own route's time."""
MADE_UP = Provenance("generated", "benchmark", True, "made up")
HANDED_ON = "a tool of the bare SDK that hands on what that route answers"
KEPT = "tool `clusters` over its route, of an answer that the route has kept"
THEIRS = "/compat/coinglass/api"
Ask = Callable[[int], Awaitable[object]]
"""Asks the question of a round."""


def write_history(folder: Path, accounts_count: int, minutes: int) -> tuple[tuple[str, ...], int]:
    """A minute a frame; coins and time of the last frame."""
    accounts, snapshot, tables = make_population(7, accounts_count)
    random = np.random.default_rng(1)
    with HistoryWriter(folder, MADE_UP) as writer:
        for _ in range(minutes):
            marks = snapshot.mark * np.exp(random.normal(0.0, 5e-4, len(snapshot.mark)))
            snapshot = replace(snapshot, time_ms=snapshot.time_ms + MINUTE_MS, mark=marks)
            frame = build_frame(accounts, snapshot, tables, MADE_UP)
            writer.append(Moment(frame=frame, accounts=accounts, tables=tables, is_stored=True))
    return snapshot.markets.coins, snapshot.time_ms


async def measure(folder: Path, coins: tuple[str, ...], last_ms: int, rounds: int) -> list[dict[str, Any]]:
    """All figures."""
    view = MapView(HistoryReader(folder))
    api = InProcessApi(create_app(view, Hub(view)))
    answers = ToolAnswers(api)
    length_ms, step_ms = RANGES["12h"]
    start_ms = -(-(last_ms + 1 - length_ms) // step_ms) * step_ms
    width = length_ms // step_ms + 1

    async def window(number: int) -> None:
        coin, span = coins[number % len(coins)], f"start={start_ms}&end={last_ms + 1}"
        await api.read(f"/api/v1/coins/{coin}/heatmap?{span}&width={width}&height={HEIGHT}&format=json")
        await api.read(f"/api/v1/coins/{coin}/candles?{span}")

    def their_window(number: int) -> Awaitable[object]:
        path = f"{THEIRS}/futures/liquidation/aggregated-heatmap/model1"
        return api.read(f"{path}?symbol={coins[number % len(coins)]}&range=12h")

    async def nothing(_: int) -> None:
        """Both questions of a round are about different frames, or about what is in memory."""

    def past(number: int) -> str:
        return str(last_ms - (number + 1) * MINUTE_MS)

    rows = []
    async with Client(build_server(answers)) as client:
        pairs: dict[str, tuple[Ask, Ask, Ask]] = {
            "CoinGlass-shaped heatmap over our window as JSON and its candles": (window, their_window, window),
            "CoinGlass-shaped positions of a coin over ours": (
                lambda number: api.read(
                    f"/api/v1/coins/{coins[number % len(coins)]}/positions?price_low=1e-9&price_high=1e12&limit=200"
                ),
                lambda number: api.read(f"{THEIRS}/hyperliquid/position?symbol={coins[number % len(coins)]}"),
                nothing,
            ),
            "tool `clusters` of a past frame over its route, with the SDK's client": (
                lambda number: api.read(f"/api/v1/coins/{coins[0]}/clusters?limit=25&at={past(2 * number)}"),
                lambda number: client.call_tool("clusters", {"coin": coins[0], "at": past(2 * number + 1)}),
                nothing,
            ),
            "tool `map` over its route, with the SDK's client": (
                lambda number: api.read(
                    f"/api/v1/coins/{coins[number % len(coins)]}/heatmap?width=24&height=40&format=json"
                ),
                lambda number: client.call_tool("map", {"coin": coins[number % len(coins)]}),
                lambda number: api.read(
                    f"/api/v1/coins/{coins[number % len(coins)]}/heatmap?width=24&height=40&format=json"
                ),
            ),
        }
        for name, (own, other, warm) in pairs.items():
            rows.append(await _ratio(name, own, other, warm, rounds))
        rows += await _kept(f"/api/v1/coins/{coins[0]}/clusters?limit=25", coins[0], api, client, rounds * 10)
    return rows


async def _kept(path: str, coin: str, api: InProcessApi, client: Client, rounds: int) -> list[dict[str, Any]]:
    """An answer the route has kept, its tool, and two tools of the bare SDK: what nothing of ours could save."""
    async with Client(_bare_server(api, path)) as bare:
        asks: list[Ask] = [
            lambda _: api.read(path),
            lambda _: client.call_tool("clusters", {"coin": coin}),
            lambda _: bare.call_tool("route", {}),
            lambda _: bare.call_tool("empty", {}),
        ]
        own, tool, handed_on, empty = await _medians(asks, rounds)
    note = f"{1e3 * own:.2g} ms to {1e3 * tool:.2g} ms, medians of {rounds} rounds in turn"
    bound = f"{1e3 * own:.2g} ms to {1e3 * handed_on:.2g} ms: nothing of ours is in it"
    return [
        {"name": KEPT, "value": tool / own, "unit": "times", "target": TARGET, "note": note},
        {"name": HANDED_ON, "value": handed_on / own, "unit": "times", "note": bound},
        {"name": "an empty tool of the bare SDK", "value": 1e3 * empty, "unit": "ms", "note": "no question behind it"},
    ]


def _bare_server(api: InProcessApi, path: str) -> Server[Any]:
    """The SDK's own server, with a tool that hands the route's bytes on and one that answers an empty text."""
    tools = [Tool(name=name, input_schema={"type": "object"}) for name in ("route", "empty")]

    async def list_tools(_: object, __: object) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(_: object, asked: CallToolRequestParams) -> CallToolResult:
        text = "" if asked.name == "empty" else (await api.read(path)).decode()
        return CallToolResult(content=[TextContent(text=text)])

    return Server("bare", on_list_tools=list_tools, on_call_tool=call_tool)


async def _ratio(name: str, own: Ask, other: Ask, warm: Ask, rounds: int) -> dict[str, Any]:
    """warm: brings what both read from disk into memory, so that neither pays for the other."""
    await own(rounds)
    await other(rounds)
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        await warm(number)
        for place in (0, 1) if number % 2 else (1, 0):
            ask = (own, other)[place]
            began = time.process_time()
            await ask(number)
            taken[place].append(time.process_time() - began)
    first, second = (statistics.median(each) for each in taken)
    note = f"{1e3 * first:.3g} ms to {1e3 * second:.3g} ms, medians of {rounds} rounds in turn"
    return {"name": name, "value": second / first, "unit": "times", "target": TARGET, "note": note}


async def _medians(asks: Sequence[Ask], rounds: int) -> list[float]:
    """Of questions asked in turn, so that a slow stretch of the machine meets all."""
    taken: list[list[float]] = [[] for _ in asks]
    for number in range(rounds + 1):
        for ask, times in zip(asks, taken, strict=True):
            began = time.process_time()
            await ask(number)
            times.append(time.process_time() - began)
    return [statistics.median(times[1:]) for times in taken]


def main() -> None:
    """Measure and print."""
    chosen = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "data"
        coins, last_ms = write_history(folder, chosen.accounts, chosen.minutes)
        rows = asyncio.run(measure(folder, coins, last_ms, chosen.rounds))
    for row in rows:
        print(f"{row['name']}: {row['value']:.3g} {row['unit']}  {row['note']}", flush=True)
    if chosen.json:
        made = f"{chosen.accounts:,} accounts, {chosen.minutes} stored minutes"
        text = f"{made}, asked in the process that answers. Processor time."
        print(json.dumps({"title": "Other doors", "text": text, "figures": rows}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=15)
    return parser.parse_args()


if __name__ == "__main__":
    main()

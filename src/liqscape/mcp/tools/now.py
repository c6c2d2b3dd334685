"""Tools about the map itself: how it stands, its coins, its heatmap, its clusters, an account."""

from __future__ import annotations

import math
from collections.abc import Mapping

from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.mcp.arguments import Argument
from liqscape.mcp.tools.map_tool import ANSWERED, Json, Judged, MapTool, judge_list
from liqscape.mcp.tools.shared import ADDRESS, AT, COIN, END, MODE, PAGE, SIDE, START

MAX_WIDTH, MAX_HEIGHT = 96, 64
"""Cells of a window: at 30 bytes each, most of them empty, it stays below what an answer may have."""
HOLE_MS = -1


def judge_window(answer: Json, _: Mapping[str, str]) -> Judged:
    """A window without any frame was not stored; one with frames and without cells holds no level."""
    if all(each == HOLE_MS for each in answer["as_of_ms_columns"]):
        return Judged("not_loaded", "no frame of this window is stored")
    if not answer["cells"]:
        return Judged("nothing_there", "frames of this window are stored, and no position has a level in it")
    return ANSWERED


def shape_window(answer: Json) -> Json:
    """With the price each row begins at: an agent has no exponential at hand. A hole's time is null."""
    first, width = answer["first_band"], answer["log_width"] * 2 ** answer["level"]
    edges = [float(f"{math.exp((first + row) * width):.7g}") for row in range(answer["rows"] + 1)]
    as_of = [None if each == HOLE_MS else each for each in answer["as_of_ms_columns"]]
    newest = None if answer["as_of_ms"] == HOLE_MS else answer["as_of_ms"]
    return {**answer, "as_of_ms": newest, "as_of_ms_columns": as_of, "row_edges": edges}


def judge_clusters(answer: Json, _: Mapping[str, str]) -> Judged:
    """Without a mark nothing is known of what is near it."""
    if answer["clusters"]:
        return ANSWERED
    if answer["mark"] is None:
        return Judged("not_loaded", f"the mark of {answer['coin']} is not known at that time")
    return Judged("nothing_there", "no run of levels of this coin fits")


def judge_triggers(answer: Json, _: Mapping[str, str]) -> Judged:
    """Nothing is there only where accounts were read; what stands beside is answered all the same."""
    if not answer["has_triggers"]:
        return Judged("not_loaded", answer["notes"][0])
    if not any(each["order_count"] for each in answer["totals"]):
        return Judged("nothing_there", "no account whose trigger orders were read has one of this coin that waits")
    return ANSWERED


NOW = (
    MapTool(
        name="status",
        title="How the map stands",
        description="What the map is made of, its newest frame, how much of the open interest it covers, how old its "
        "accounts are, whether it is live, and what is damaged or not stored. Ask it first.",
        path="/status",
        arguments=(),
    ),
    MapTool(
        name="coins",
        title="Coins of the map",
        description="Every coin with its mark, open interest, coverage and USD of positions by side, largest first.",
        path="/coins",
        arguments=PAGE,
        judge=judge_list("coins", "the map holds no coin"),
    ),
    MapTool(
        name="board",
        title="All coins side by side",
        description="Every coin with price and its change, open interest, funding, USD of liquidation levels within 1, "
        "2 and 5 % of the mark, and the nearest large cluster: where something is close.",
        path="/board",
        arguments=PAGE,
        judge=judge_list("rows", "the map holds no coin"),
    ),
    MapTool(
        name="map",
        title="Liquidation heatmap of a coin",
        description="A window of the liquidation map, time by price: `cells` are [column, row, long USD, short USD] "
        "that hold something; row r lies between row_edges[r] and row_edges[r + 1] USD, column c ends at "
        "start_ms + (c + 1) * step_ms. Longs are liquidated below the mark, shorts above it.",
        path="/coins/{coin}/heatmap",
        arguments=(
            COIN,
            START,
            END,
            Argument(
                name="width",
                description="Most columns of time.",
                kind="integer",
                low=1,
                high=MAX_WIDTH,
                default=24,
            ),
            Argument(
                name="height",
                description="Most rows of price.",
                kind="integer",
                low=1,
                high=MAX_HEIGHT,
                default=40,
            ),
            Argument(
                name="price_low",
                description="Lowest price, USD. Default: 25 % beyond the marks.",
                kind="number",
            ),
            Argument(
                name="price_high",
                description="Highest price, USD. Default: 25 % beyond the marks.",
                kind="number",
            ),
            Argument(
                name="value",
                description="mark: size * mark. level: size * liquidation price.",
                words=("mark", "level"),
            ),
            MODE,
        ),
        fixed={"format": "json"},
        judge=judge_window,
        shape=shape_window,
    ),
    MapTool(
        name="clusters",
        title="Clusters of liquidation levels",
        description="Runs of neighbouring bands of one side that hold much, largest first, with the nearest and the "
        "largest of each side, max pain, and the age and identity of those that were followed (`tracked`).",
        path="/coins/{coin}/clusters",
        arguments=(
            COIN,
            AT,
            MODE,
            Argument(name="held_for", description="Only clusters held for so long: 30min, 4h, 1d."),
            *PAGE,
        ),
        judge=judge_clusters,
    ),
    MapTool(
        name="account",
        title="One account",
        description="The margin pools and positions of a wallet with liquidation, backstop and bankruptcy price of "
        "each. `not_loaded`: this map has not read that wallet, which says nothing of what it holds.",
        path="/accounts/{address}",
        arguments=(ADDRESS, AT, *PAGE),
        judge=judge_list("pools", "this account is known and holds no position"),
    ),
    MapTool(
        name="positions",
        title="Positions near the mark",
        description="Positions of a coin whose liquidation price lies within a percentage of the mark or in a span of "
        "prices, largest first: whose levels they are.",
        path="/coins/{coin}/positions",
        arguments=(
            COIN,
            Argument(
                name="within_percent",
                description="Liquidation price at most so far from the mark, in percent; or give both prices.",
                kind="number",
            ),
            Argument(name="price_low", description="Lower edge of a span of prices, USD.", kind="number"),
            Argument(name="price_high", description="Upper edge of that span, USD.", kind="number"),
            SIDE,
            AT,
            *PAGE,
        ),
        judge=judge_list("positions", "no position has its level there"),
    ),
    MapTool(
        name="triggers",
        title="Stops and take-profits",
        description="Trigger orders of a coin by band and kind, of how much of the market they are known (`coverage`), "
        "how much of each liquidation band has an own stop before it (`levels`), and liquidations, stops and resting "
        "orders side by side to each price (`absorption`): never to be summed. `not_loaded`: this map reads none, "
        "which says nothing of how many there are.",
        path="/coins/{coin}/triggers",
        arguments=(
            COIN,
            AT,
            Argument(
                name="level",
                description="Bands merge 2^level base bands of 0.05 % of price.",
                kind="integer",
                low=0,
                high=MAX_LEVEL,
                default=4,
            ),
            Argument(
                name="within_percent",
                description="How far from the mark bands, levels and absorption reach. Default: 25.",
                kind="number",
            ),
        ),
        judge=judge_triggers,
    ),
    MapTool(
        name="caveats",
        title="What the map leaves open",
        description="What the map of a coin does not know or cannot show, each in figures with its unit, number of "
        "cases and source. Read it before drawing a conclusion.",
        path="/coins/{coin}/caveats",
        arguments=(COIN, AT),
    ),
)

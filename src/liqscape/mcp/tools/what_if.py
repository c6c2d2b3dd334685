"""Tools about what would be: a simulation, a stop, odds that were measured, evidence for clusters."""

from __future__ import annotations

from liqscape.mcp.arguments import Argument
from liqscape.mcp.tools.map_tool import Json, MapTool, judge_list
from liqscape.mcp.tools.shared import AT, COIN, MODE
from liqscape.service.cascade_runs import MAX_PATHS_ASKED

MAX_POINTS = 60
"""Of the path of a price in a simulation."""
SERIES = ("path_ms", "paths", "vault_equity")


def shape_cascade(answer: Json) -> Json:
    """The run without the wrapping of its last line; each price path thinned to MAX_POINTS, its end kept."""
    run = answer.get("cascade")
    if not isinstance(run, dict) or not isinstance(run.get("path_ms"), list):
        return answer
    times = run["path_ms"]
    step = -(-len(times) // MAX_POINTS) or 1
    kept = sorted({*range(0, len(times), step), *range(len(times))[-1:]})

    def thin(value: object) -> object:
        if isinstance(value, list) and len(value) == len(times):
            return [value[each] for each in kept]
        if isinstance(value, dict):
            return {name: thin(each) for name, each in value.items()}
        if isinstance(value, list):
            return [thin(each) for each in value]
        return value

    return {**answer, "cascade": {**run, **{name: thin(run[name]) for name in SERIES}}}


WHAT_IF = (
    MapTool(
        name="cascade",
        title="Simulate what happens if price gets there",
        description="SIMULATED on the exchange's own rules: which accounts are liquidated on the way to a price, what "
        "their orders do to the price, backstop and deleveraging, with every assumption. Takes seconds; the first one "
        "on a machine compiles the simulator, a minute or more.",
        path="/cascade",
        arguments=(
            COIN,
            Argument(
                name="target_price",
                description="USD the coin goes to; left out with shock october-2025.",
                kind="number",
            ),
            Argument(
                name="mode",
                description="given: prices do not answer. book: the book does. coupled: outside venues do too.",
                words=("given", "book", "coupled"),
            ),
            Argument(
                name="shock",
                description="one: other coins stay. betas: they follow. october-2025: moves of that day.",
                words=("one", "betas", "october-2025"),
            ),
            Argument(name="minutes", description="Simulated minutes. Default: 60.", kind="number"),
            Argument(
                name="paths",
                description="Runs; more than 1 is an ensemble with quantiles.",
                kind="integer",
                low=1,
                high=MAX_PATHS_ASKED,
            ),
            Argument(name="seed", description="What an ensemble draws from.", kind="integer", low=0, high=2**53),
            Argument(
                name="stops",
                description="Take known stops and take-profits along; their flow stands apart. Refused where none are "
                "read.",
                kind="flag",
            ),
            AT,
        ),
        is_lines=True,
        shape=shape_cascade,
    ),
    MapTool(
        name="stop",
        title="A stop among clusters, and its size",
        description="Where a stop stands among clusters with a verdict by stated rule, how large a position may be at "
        "equal dollar risk net of fees and slippage, and its own liquidation price at that size.",
        path="/coins/{coin}/stop",
        arguments=(
            COIN,
            Argument(name="side", description="Side of the position.", words=("long", "short"), is_required=True),
            Argument(name="entry", description="Price of the entry, USD.", kind="number", is_required=True),
            Argument(
                name="stop",
                description="Price of the stop, USD: below a long's entry, above a short's.",
                kind="number",
                is_required=True,
            ),
            Argument(name="risk", description="USD that may be lost at the stop; or give size.", kind="number"),
            Argument(name="size", description="Coins; or give risk.", kind="number"),
            Argument(name="margin", description="USD of a pool of its own; or give leverage.", kind="number"),
            Argument(name="leverage", description="Notional over the margin of that pool.", kind="number"),
            Argument(name="isolated", description="Isolated margin. Default: cross.", kind="flag"),
            Argument(name="account", description="Wallet whose pool backs it, 0x and 40 hex digits."),
            Argument(name="fee", description="Taker fee, basis points.", kind="number"),
            Argument(name="simulate", description="Simulate overshoots that were not measured.", kind="flag"),
            AT,
        ),
    ),
    MapTool(
        name="odds",
        title="How often price went so far",
        description="How often prices like these went as far as a level within 1 h, 4 h and 24 h, beside the record of "
        "such odds. Of a price, of a span, or of every cluster. A count of the past, not a forecast.",
        path="/coins/{coin}/odds",
        arguments=(
            COIN,
            Argument(name="price", description="A price, USD. Default: every cluster.", kind="number"),
            Argument(name="price_low", description="Lower edge of a span, USD; both are needed.", kind="number"),
            Argument(name="price_high", description="Upper edge of that span, USD.", kind="number"),
            MODE,
            AT,
        ),
    ),
    MapTool(
        name="setups",
        title="Evidence for clusters",
        description="Clusters of a coin with each piece of evidence for them, and what came of earlier ones with the "
        "same, with the number of cases.",
        path="/coins/{coin}/setups",
        arguments=(COIN, AT),
        judge=judge_list("setups", "no cluster of this coin has evidence of this kind now"),
    ),
)

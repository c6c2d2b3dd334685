"""Tools about what happened: changes of clusters, sweeps, liquidations, cascades, and the map's own record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from liqscape.mcp.arguments import Argument
from liqscape.mcp.tools.map_tool import ANSWERED, Json, Judged, MapTool, judge_study
from liqscape.mcp.tools.shared import ANY_COIN, CLUSTER, COIN, END, PAGE, SIDE, START
from liqscape.service.answers.cluster_changes import ReasonWord
from liqscape.service.answers.liquidations import Method
from liqscape.service.answers.sweeps import SweepOutcomeWord


def judge_score(answer: Json, _: Mapping[str, str]) -> Judged:
    """A scorecard without a day was not worked out."""
    return ANSWERED if answer["day_count"] else Judged("not_loaded", answer["note"])


STUDY = (
    MapTool(
        name="changes",
        title="Why clusters changed",
        description="Coins that came to a cluster and left it, minute by minute and reason by reason (opened, closed, "
        "liquidated, margin moved ...), newest first, with the sum of each reason.",
        path="/coins/{coin}/changes",
        arguments=(
            COIN,
            START,
            END,
            SIDE,
            CLUSTER,
            Argument(name="reason", description="Only changes for this reason.", words=get_args(ReasonWord)),
            *PAGE,
        ),
        judge=judge_study("changes"),
    ),
    MapTool(
        name="sweeps",
        title="What sweeps did",
        description="The mark's ways through clusters: what stood there at entry and what became of it (liquidated, "
        "closed, saved by margin, moved, still there, unknown), and how far the mark went on. Newest first.",
        path="/coins/{coin}/sweeps",
        arguments=(
            COIN,
            START,
            END,
            SIDE,
            CLUSTER,
            Argument(
                name="outcome",
                description="Only sweeps that ended so; open: those that are not over.",
                words=get_args(SweepOutcomeWord),
            ),
            *PAGE,
        ),
        judge=judge_study("sweeps"),
    ),
    MapTool(
        name="events",
        title="Liquidations with their impact",
        description="Liquidations that happened, newest first: size, price, slippage, and what price did within 1, 10 "
        "and 60 s, each beside its baseline.",
        path="/coins/{coin}/events",
        without="/events",
        arguments=(
            ANY_COIN,
            START,
            END,
            SIDE,
            Argument(name="address", description="Only of this wallet, 0x and 40 hex digits."),
            Argument(name="method", description="How the position was closed.", words=get_args(Method)),
            *PAGE,
        ),
        judge=judge_study("events"),
    ),
    MapTool(
        name="cascades",
        title="How cascades stand and stood",
        description="Cascades of liquidations that were seen, newest first, with the rule that decides the state, how "
        "it stands now, and what price did after earlier ones.",
        path="/coins/{coin}/cascades",
        arguments=(COIN, START, END, SIDE, *PAGE),
        judge=judge_study("cascades"),
    ),
    MapTool(
        name="score",
        title="What the map said against what happened",
        description="The map's own record: levels that the mark reached and what became of them, errors of prices, "
        "liquidations that were not on the map. Shares of fewer than 20 cases are null.",
        path="/score",
        arguments=(ANY_COIN,),
        judge=judge_score,
    ),
)

"""Query parameters that several routes share, with their bounds and the words OpenAPI shows."""

from __future__ import annotations

from typing import Annotated, Literal

from litestar.params import PathParameter, QueryParameter

from liqscape.heatmap.grid import MAX_LEVEL
from liqscape.service.questions import LAST_TIME_MS

Coin = Annotated[
    str,
    PathParameter(description="Coin as the exchange spells it, such as BTC or kPEPE.", min_length=1, max_length=60),
]
AtMs = Annotated[
    int | None,
    QueryParameter(
        ge=0,
        le=LAST_TIME_MS,
        description="Answer from the last frame at or before this time (ms, UTC). Default: the newest frame.",
    ),
]
StartMs = Annotated[
    int | None,
    QueryParameter(ge=0, le=LAST_TIME_MS, description="Start of the range, ms UTC. Default: first stored frame."),
]
EndMs = Annotated[
    int | None,
    QueryParameter(ge=0, le=LAST_TIME_MS, description="End of the range, ms UTC. Default: last stored frame."),
]
Level = Annotated[
    int,
    QueryParameter(ge=0, le=MAX_LEVEL, description="Level of the price grid: merges 2^level bands of 5 bp."),
]
MapMode = Annotated[
    Literal["solo", "joint"],
    QueryParameter(description="solo: each coin moves alone. joint: all coins move with BTC by their betas."),
]

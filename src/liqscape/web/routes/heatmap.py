"""GET /api/v1/coins/{coin}/heatmap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import QueryParameter

from liqscape.errors import QuestionError
from liqscape.service.answers.heatmap import HeatmapAnswer, HeatmapJson
from liqscape.service.costly import JOINT_HEAT_CELLS, JSON_FACTOR
from liqscape.service.questions import MAX_COLUMNS, MAX_ROWS, check_picture
from liqscape.service.view import MapView
from liqscape.web.answering import Answering
from liqscape.web.parameters import AskedSpan, Coin, MapMode
from liqscape.web.problems import COSTLY_PROBLEMS

BINARY = "application/octet-stream"
MAX_JSON_CELLS = 1_000_000
"""A non-zero cell of JSON is some 30 bytes and a list of four objects on the way; in the binary form it is 8 bytes."""

Width = Annotated[int, QueryParameter(ge=1, le=MAX_COLUMNS, description="Most columns (time steps).")]
Height = Annotated[
    int,
    QueryParameter(ge=1, le=MAX_ROWS, description="Most rows (price bands); width * height at most 4 million."),
]
PriceLow = Annotated[
    float | None, QueryParameter(description="Lowest price, USD. Default: 25 % beyond the lowest mark shown.")
]
PriceHigh = Annotated[
    float | None, QueryParameter(description="Highest price, USD. Default: 25 % beyond the highest mark shown.")
]
Value = Annotated[
    Literal["mark", "level"],
    QueryParameter(description="mark: size * mark; level: size * liquidation price."),
]
Lone = Annotated[
    bool, QueryParameter(description="Tell which cells above the coin's scale are one account's: `lone` of the header.")
]
Format = Annotated[Literal["binary", "json"], QueryParameter(description="binary: header and arrays, see docs/api.md.")]


@dataclass
class HeatmapOperation(Operation):
    """Says in OpenAPI that a window also comes as bytes."""

    def __post_init__(self) -> None:
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse) and answer.content is not None:
            answer.content[BINARY] = OpenAPIMediaType(
                schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
            )


@get(
    "/coins/{coin:str}/heatmap",
    operation_class=HeatmapOperation,
    tags=["coin"],
    summary="Heatmap window",
    responses=COSTLY_PROBLEMS
    | {200: ResponseSpec(HeatmapJson, description="With format=json; binary otherwise", generate_examples=False)},
)
async def get_heatmap(
    request: Request[Any, Any, Any],
    answering: NamedDependency[Answering],
    view: NamedDependency[MapView],
    coin: Coin,
    span: AskedSpan,
    width: Width = 800,
    height: Height = 400,
    price_low: PriceLow = None,
    price_high: PriceHigh = None,
    value: Value = "mark",
    mode: MapMode = "solo",
    lone: Lone = False,
    format: Format = "binary",  # noqa: A002
) -> Response[Any]:
    """A window of history, time by price, in USD for longs and shorts apart."""
    if format == "json" and width * height > MAX_JSON_CELLS:
        raise QuestionError(f"width {width} times height {height} is more than {MAX_JSON_CELLS} cells of JSON")
    check_picture(width, height, value)

    def ask() -> HeatmapAnswer:
        return view.heatmap(
            coin,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            width=width,
            height=height,
            price_low=price_low,
            price_high=price_high,
            value=value,
            mode=mode,
            lone=lone,
        )

    cells = max(width * height, JOINT_HEAT_CELLS) if mode == "joint" else width * height
    if format == "json":
        return answering.costly_bytes(
            request, max(cells, JSON_FACTOR * width * height), lambda: ask().to_json(), MediaType.JSON
        )
    return answering.costly_bytes(request, cells, lambda: ask().to_bytes(), BINARY)

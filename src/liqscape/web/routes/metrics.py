"""GET /metrics: the figures of the live map as Prometheus reads them."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from liqscape.service.executors import Executors, beside
from liqscape.service.metrics import LiveMetrics
from liqscape.web.parameters import refuse_unknown_parameters
from liqscape.web.routes.sources import AskSources

TEXT_FORMAT = "text/plain; version=0.0.4"


@get("/metrics", include_in_schema=False, guards=[refuse_unknown_parameters])
async def get_metrics(
    executors: NamedDependency[Executors], metrics: NamedDependency[LiveMetrics], sources: NamedDependency[AskSources]
) -> Response[bytes]:
    """Counters of this process and gauges of the newest answer about its sources."""
    text = await beside(executors.questions, metrics.render, sources())
    return Response(text, media_type=TEXT_FORMAT, headers={"Cache-Control": "no-store"})

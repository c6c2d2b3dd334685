"""GET /api/v1/coins/{coin}/clusters and /asymmetry."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from liqscape.service.answers.asymmetry import AsymmetryAnswer
from liqscape.service.answers.clusters import ClustersAnswer
from liqscape.service.view import MapView
from liqscape.web.parameters import AtMs, Coin, MapMode
from liqscape.web.problems import PROBLEMS


@get("/coins/{coin:str}/clusters", sync_to_thread=True, tags=["coin"], summary="Clusters of levels", responses=PROBLEMS)
def get_clusters(
    view: NamedDependency[MapView], coin: Coin, at_ms: AtMs = None, mode: MapMode = "solo"
) -> ClustersAnswer:
    """Runs of neighbouring bands of one side, largest first, with the nearest and largest of each side."""
    return view.clusters(coin, at_ms, mode)


@get(
    "/coins/{coin:str}/asymmetry",
    sync_to_thread=True,
    tags=["coin"],
    summary="Long below, short above",
    responses=PROBLEMS,
)
def get_asymmetry(view: NamedDependency[MapView], coin: Coin, at_ms: AtMs = None) -> AsymmetryAnswer:
    """Long levels below the mark against short levels above it, within 1, 2, 5 and 10 %."""
    return view.asymmetry(coin, at_ms)

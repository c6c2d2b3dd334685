"""Scores on Ray are those of this process, to the byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from liqscape.service.scoring.run import ScoreWanted, score_history
from liqscape.service.studying.executors import HereExecutor
from liqscape.service.studying.ray_executor import RayExecutor
from liqscape.store.scores import FOLDER
from liqscape.store.scores.schema import TABLES

ray = pytest.importorskip("ray", reason='Ray is not installed (pip install "liqscape[ray]")')
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


def test_a_local_cluster_gives_the_same_bytes(history: Callable[..., Path]) -> None:
    here, there = history("here"), history("there")
    list(score_history(here, ScoreWanted(), HereExecutor(), 1))
    executor = RayExecutor(2)
    try:
        list(score_history(there, ScoreWanted(), executor, 2, days_a_piece=1))
    finally:
        executor.close()
    files = sorted(path.relative_to(here) for path in (here / FOLDER).rglob("*.parquet"))
    assert len(files) == 2 * len(TABLES)
    assert all((here / path).read_bytes() == (there / path).read_bytes() for path in files)

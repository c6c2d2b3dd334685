"""A study on a Ray cluster of two nodes gives the bytes of one process; a worker that dies costs only its piece."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from study_bytes import bytes_of

from liqscape.errors import SettingsError
from liqscape.service.studying.executors import HereExecutor
from liqscape.service.studying.ray_executor import RayExecutor
from liqscape.service.studying.run import StudyWanted, study_history
from liqscape.service.studying.span import SpanResult, SpanTask, study_span

ray = pytest.importorskip("ray", reason='Ray is not installed (pip install "liqscape[ray]")')
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[str]:
    """Address of a cluster of two nodes, a CPU each, on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.cluster_utils import Cluster

        few = {"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=few)
        cluster.add_node(num_cpus=1, object_store_memory=100_000_000)
        yield cluster.address
        ray.shutdown()
        cluster.shutdown()


def dying_once(folder: Path) -> Callable[[SpanTask], SpanResult]:
    """`study_span`, but the first worker that is given a piece with BTC is killed; each beginning leaves a file."""

    def work(task: SpanTask) -> SpanResult:
        import signal
        import uuid

        (folder / f"{task.start_ms}-{task.coins[0]}-{uuid.uuid4().hex}").touch()
        if "BTC" in task.coins and not (folder / "killed").exists():
            (folder / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return study_span(task)

    return work


def test_two_nodes_give_the_same_bytes_and_a_killed_worker_costs_only_its_piece(
    history: Callable[..., Path], two_nodes: str, tmp_path: Path
) -> None:
    one, other, begun = history("one"), history("other"), tmp_path / "begun"
    begun.mkdir()
    list(study_history(one, StudyWanted(), HereExecutor(), 1))
    executor = RayExecutor(2, two_nodes)
    try:
        work = dying_once(begun)
        list(study_history(other, StudyWanted(), executor, 2, work=work))
    finally:
        executor.close()
    assert bytes_of(other) == bytes_of(one)
    assert (begun / "killed").exists()
    assert len(list(begun.iterdir())) - 1 == 5, "two pieces a day, and one again"


def test_no_cluster_at_an_address_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"no Ray cluster can be used at 127\.0\.0\.1:1"):
        RayExecutor(1, "127.0.0.1:1")

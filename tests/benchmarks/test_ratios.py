"""What is compared gives equal answers, and compiled code is far ahead of the exact twin."""

from __future__ import annotations

import numpy as np
import pytest
from figures import Figure
from market_job import Job, check_equal, make_job, touched_bytes, twin_time
from population import make_population
from timing import interleaved


@pytest.fixture(scope="module")
def job() -> Job:
    return make_job(make_population(7, 5_000))


def test_kernels_and_numpy_reference_give_the_same_bands(job: Job) -> None:
    check_equal(job)


def test_check_notices_a_wrong_root(job: Job) -> None:
    wrong = job.root.copy()
    row = int(np.flatnonzero(wrong > 0.0)[0])
    wrong[row] *= 1.01
    with pytest.raises(AssertionError):
        check_equal(job._replace(root=wrong))


def test_vectorised_solve_is_at_least_fifty_times_faster_than_the_exact_twin(job: Job) -> None:
    seconds, positions = twin_time(job, 60)
    ours = interleaved({"solve": job.solve}, 5)["solve"].median / job.population.accounts.position_count
    assert seconds / positions > 50.0 * ours


def test_job_touches_at_most_a_hundred_bytes_a_position(job: Job) -> None:
    assert touched_bytes(job, len(job.band())) < 100 * job.population.accounts.position_count


@pytest.mark.parametrize(
    ("value", "wanted", "verdict"),
    [
        (10.0, "at most", "pass"),
        (10.1, "at most", "MISS"),
        (9.9, "at least", "MISS"),
        (None, "at most", "not available"),
    ],
)
def test_figure_says_whether_its_target_is_met(value: float | None, wanted: str, verdict: str) -> None:
    assert Figure(name="figure", value=value, unit="ms", target=10.0, wanted=wanted).verdict == verdict  # type: ignore[arg-type]

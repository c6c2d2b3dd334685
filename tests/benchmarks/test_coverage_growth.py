"""Growth of coverage without batches, on a small world: half the time of turns, and nobody is refused."""

from __future__ import annotations

import pytest
from coverage_growth import Reader, run, time_to


@pytest.mark.truth
def test_most_of_what_is_near_is_read_in_at_most_half_the_time_of_turns() -> None:
    turns, ours = run(1_500, 5, 7, 0.5, ("turns", "ours"))
    assert minutes(ours) <= minutes(turns) / 2
    assert ours.streams is not None
    assert ours.streams.socket.figures().read_count > 400
    assert (ours.streams.refused, ours.limits.client("us").weight.total <= 1_200) == (0, True)


def minutes(reader: Reader) -> float:
    reached = time_to(reader.rows, "near", 0.95)
    assert reached is not None
    return reached

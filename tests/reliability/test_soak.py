"""The soak for one simulated hour, and what it calls flat (tools/soak.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from soaking.measure import Hour, judge

SOAK = Path(__file__).resolve().parents[2] / "tools" / "soak.py"


def hours(count: int, *, leak_mb: float = 0.0, descriptors_a_day: int = 0) -> list[Hour]:
    """Rows of a map that is flat but for what is given an hour or a day."""
    return [
        Hour(
            hour=number,
            own_mb=250.0 + leak_mb * number,
            mapped_mb=150.0,
            descriptors=30 + descriptors_a_day * (number // 24),
            threads=20,
            disk={"raw_log": 1_000_000, "history": 100_000 * number, "liquidations": 0, "register": 0},
            frames=number,
            stored=number,
            accounts=1,
            positions=1,
            liquidations=0,
            answers=0,
            frames_read=0,
            records_waiting=0,
        )
        for number in range(1, count + 1)
    ]


def test_a_flat_week_holds_and_a_leak_does_not() -> None:
    assert all(holds for _, holds in judge(hours(168), 48.0))
    leaking = [claim for claim, holds in judge(hours(168, leak_mb=1.0), 48.0) if not holds]
    assert len(leaking) == 1
    assert leaking[0].startswith("memory")
    assert [claim for claim, holds in judge(hours(168, descriptors_a_day=1), 48.0) if not holds]


def test_nothing_is_claimed_of_less_than_three_days() -> None:
    assert judge(hours(71), 48.0) == []


@pytest.mark.truth
def test_an_hour_is_lived_through_stored_and_measured(tmp_path: Path) -> None:
    out = tmp_path / "hours.jsonl"
    command = [sys.executable, str(SOAK), "--days", "0.0417", "--accounts", "40", "--coins", "2", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = [msgspec.json.decode(line, type=Hour) for line in out.read_bytes().splitlines()]
    assert row.stored >= 55  # minutes
    assert row.frames > row.stored
    assert row.answers >= 10
    assert row.disk["raw_log"] > 0
    assert row.disk["history"] > 0
    assert "0.0 of 0.0417 days" in done.stdout

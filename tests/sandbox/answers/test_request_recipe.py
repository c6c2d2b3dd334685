"""A request that is added as docs/recipes.md says works everywhere: client, limiter, sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SUPPORT = Path(__file__).parents[2] / "support"


def test_a_request_of_one_file_is_asked_weighed_and_answered() -> None:
    # In a process of its own: other tests walk all requests there are.
    ended = subprocess.run(
        [sys.executable, str(SUPPORT / "made_up_request.py")], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["is_known"]
    everything, one = said["rows"]
    assert len(everything) > 2
    assert one == [{"coin": "ETH", "size": 1.5}]
    assert said["weighed"] == [2 * 7 + len(everything) // 2] * 2

"""The example of docs/api.md, run against a server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_python_example_runs_as_it_is_written(tmp_path: Path) -> None:
    [code] = EXAMPLE.findall((ROOT / "docs" / "api.md").read_text())
    script = ROOT / "tests" / "support" / "serve_market.py"
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), "the server did not start; its error is above"
        names: dict[str, object] = {}
        try:
            exec(code.replace("127.0.0.1:8417", f"127.0.0.1:{port}"), names)
        finally:
            process.terminate()
    longs, time_ms, mark, prices = (names[name] for name in ("longs", "time_ms", "mark", "prices"))
    assert isinstance(longs, np.ndarray)
    assert isinstance(time_ms, np.ndarray)
    assert isinstance(mark, np.ndarray)
    assert isinstance(prices, np.ndarray)
    last = int(np.flatnonzero(time_ms > 0)[-1])
    assert longs[:, last].sum() > 0
    assert longs[prices > 1.01 * mark[last], last].sum() == 0

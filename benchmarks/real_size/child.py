"""Runs one part in this process and writes its rows: `python -m real_size.child history SETTINGS OUT`.

SETTINGS is JSON of `Settings`. The peak memory of the process follows the part's own rows.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import resource
import sys
from pathlib import Path

from real_size.memory import peak_mb
from real_size.parts import BY_NAME
from real_size.record import Row, Settings


def main() -> int:
    """Measure; rows as a JSON list in OUT."""
    name, settings, out = sys.argv[1:]
    rows = run(name, Settings(**json.loads(settings)))
    Path(out).write_text(json.dumps([row.as_json() for row in rows]))
    return 0


def run(name: str, settings: Settings) -> list[Row]:
    """Rows of one part."""
    part = BY_NAME[name]
    if importlib.util.find_spec(f"real_size.{part.module}") is None:
        return [Row(what=f"{part.name}: the part itself", value=None, unit="", note="there is no such file")]
    rows: list[Row] = importlib.import_module(f"real_size.{part.module}").measure(settings)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0
    return [
        *rows,
        Row(what=f"{part.name}: peak memory of one of its processes", value=max(peak_mb(), children), unit="MB"),
    ]


if __name__ == "__main__":
    sys.exit(main())

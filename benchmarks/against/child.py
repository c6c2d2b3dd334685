"""One build, one file of rows, kept ready: `python -m against.child ROWS.py`, with PYTHONPATH naming the build.

Says in a line of JSON what it has, then does the job named on each line of its input and answers with its figure.
It ends with its input. What jobs print goes to stderr.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from against.older import give_names_of_today

Jobs = dict[str, Callable[[], float]]


def main() -> int:
    """Prepare, then answer."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import liqscape

    give_names_of_today()
    package = str(Path(liqscape.__file__).resolve().parent)
    try:
        jobs = jobs_of(Path(sys.argv[1]))
    except (ImportError, AttributeError) as reason:
        print(json.dumps({"package": package, "jobs": [], "missing": f"this build has no {reason}"}), file=answers)
        return 0
    print(json.dumps({"package": package, "jobs": list(jobs)}), file=answers)
    for line in sys.stdin:
        print(json.dumps({"figure": float(jobs[line.strip()]())}), file=answers)
    return 0


def jobs_of(path: Path) -> Jobs:
    """Jobs of a file of rows, by name. Raises ImportError or AttributeError where the build lacks what they need."""
    described = importlib.util.spec_from_file_location(f"rows_{path.stem}", path)
    assert described is not None
    assert described.loader is not None
    rows = importlib.util.module_from_spec(described)
    described.loader.exec_module(rows)
    found: Jobs = rows.prepare()
    return found


if __name__ == "__main__":
    sys.exit(main())

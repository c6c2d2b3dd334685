"""A script in a process of its own under whatever build there is: `python benchmarks/against/script.py SCRIPT ...`.

Builds from before moments are given the names of today first; of others nothing is imported, so that their memory is
theirs.
"""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    """Run it as if it had been called itself."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    if find_spec("liqscape.heatmap.moment") is None:
        from against.older import give_names_of_today

        give_names_of_today()
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()

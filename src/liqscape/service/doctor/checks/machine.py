"""This machine and an own node: room on disk, kernels, files that grow."""

from __future__ import annotations

from collections.abc import Iterator

from liqscape.service.doctor.checks.shapes import check_shape
from liqscape.service.doctor.records import Check, differs, holds, unknown
from liqscape.service.doctor.seen import Seen

MIN_FREE_BYTES = 30 * 10**9
"""The raw log keeps 20 GB by default; a week of history of the exchange is about 10."""
OLDEST_FILE_S = 120.0


def check_machine(seen: Seen) -> Iterator[Check]:
    """Disk and kernels."""
    free = seen.machine.free_bytes
    text = f"{free / 1e9:.0f} GB free where the map is kept"
    if free < MIN_FREE_BYTES:
        yield differs("disk", text, "the raw log keeps 20 GB by default: --keep-raw-gb or --no-raw-log")
    else:
        yield holds("disk", text)
    if seen.machine.kernels:
        yield differs("kernels", seen.machine.kernels, "nothing can be solved on this machine")
    else:
        yield holds("kernels", "compiled and run")


def check_node(seen: Seen) -> Iterator[Check]:
    """An own node's info server and files, where they were named."""
    for name, answer in (seen.node or {}).items():
        yield check_shape(name, answer, f"own node, {name}")
    if seen.tables is None:
        return
    written = [table for table in seen.tables if table.age_s is not None]
    if not written:
        yield differs("own node, files", "no table has a file", "the map learns nothing from this node")
    for table in written:
        age_s = table.age_s
        assert age_s is not None
        name, text = f"own node, {table.name}", f"last written {age_s:.0f} s ago"
        if age_s > OLDEST_FILE_S:
            yield differs(name, text, "the node is behind or stopped: holders are in doubt until it goes on")
        else:
            yield holds(name, text)
    if not any(table.name.startswith("node_fills") for table in written) and written:
        yield unknown("own node, fills", "no table of fills: liquidations are told from prints")

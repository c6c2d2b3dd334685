"""Resident memory of a process, as the kernel counts it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from pathlib import Path


def resident_mb(pid: int | str = "self") -> float:
    """MB now."""
    return _field(pid, "VmRSS")


def peak_mb(pid: int | str = "self") -> float:
    """Highest MB since the start of the process, or since `start_peak`."""
    return _field(pid, "VmHWM")


def start_peak() -> None:
    """From here on `peak_mb` counts anew, where the kernel allows it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def give_back() -> None:
    """What is free goes back to the kernel: what stays resident is held by somebody."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def session_mb(session: int) -> float:
    """MB now of all processes of a session together; what they share is counted for each."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                total += resident_mb(stat.parent.name)
    return total


def _field(pid: int | str, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has ended
        return 0.0
    return next((int(line.split()[1]) / 1024.0 for line in lines if line.startswith(name)), 0.0)

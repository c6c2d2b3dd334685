"""How the C library hands out memory to the threads of the process.

glibc gives each thread an arena of its own (up to eight a core) and seldom gives what was freed in one back: each of
thirty threads keeps the most it ever held. Measured over a simulated week, docs/reliability.md, "A week".
"""

from __future__ import annotations

import ctypes
import os

M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
MAX_ARENAS = 2
CHOSEN_BY_USER = "MALLOC_ARENA_MAX"
"""glibc's own variable goes first."""


def share_arenas() -> bool:
    """Limit all threads to two malloc arenas, before they start; False where it cannot be done or the user chose."""
    if CHOSEN_BY_USER in os.environ:
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # musl and macOS have no arenas
        return False
    return bool(mallopt(M_ARENA_MAX, MAX_ARENAS))


def give_back_freed() -> bool:
    """Return freed memory to the kernel after a memory-hungry step; False where the C library cannot."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):
        return False

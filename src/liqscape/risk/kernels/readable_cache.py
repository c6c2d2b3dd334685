"""Compiled kernels from a folder that can be read and not written: an image, a root that is read-only.

Numba 0.68 takes a cache folder only if it can write a file there; of the others the last is the user's home, and where
that is read-only too, no kernel can even be declared (`RuntimeError: no locator available`). With the variable

    NUMBA_CACHE_LOCATOR_CLASSES=liqscape.risk.kernels.readable_cache.ReadableCacheLocator

the folder NUMBA_CACHE_DIR is used as it is, or the package's own `__pycache__` where none is named. What is missing in
it is compiled for the process alone. Code is kept for one kind of processor: an image names it (NUMBA_CPU_NAME,
NUMBA_CPU_FEATURES), or it would be compiled again on another machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import config
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator


class ReadableCacheLocator(UserProvidedCacheLocator):
    """Numba's place of kept code, whether or not it can be written."""

    @classmethod
    def from_function(cls, py_func: Callable[..., Any], py_file: str) -> Any:
        """The place for one function: that of NUMBA_CACHE_DIR, else beside its source."""
        if getattr(config, "CACHE_DIR", ""):  # made from the environment: it has no declared name
            return cls(py_func, py_file)
        return InTreeCacheLocator(py_func, py_file)  # type: ignore[no-untyped-call]

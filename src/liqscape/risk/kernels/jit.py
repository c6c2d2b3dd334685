"""The one way kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile on first call, keep on disk. No fast-math: sums keep their order, so results repeat to the bit."""
    jit = numba.njit(nogil=True, cache=True, error_model="numpy")
    return cast("Callable[Parameters, Result]", jit(function))


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile for use inside another kernel."""
    jit = numba.njit(nogil=True, error_model="numpy", inline="never")
    return cast("Callable[Parameters, Result]", jit(function))

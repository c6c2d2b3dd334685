"""The one way kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar, cast

import numba

from liqscape.risk.kernels.asked_first import before_compiling
from liqscape.risk.kernels.by_reference import pass_by_reference
from liqscape.risk.kernels.late_blas import load_array_functions
from liqscape.risk.kernels.parts import PartCompiler
from liqscape.risk.kernels.source_digest import source_digest

__all__ = ["compiled", "inlined", "merged", "pass_by_reference"]

RUNS_AS_PYTHON = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
"""NUMBA_DISABLE_JIT=1: for what is small and must come at once."""

if not RUNS_AS_PYTHON:
    load_array_functions()

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile on first call, keep on disk. No fast-math: sums keep their order, so results repeat to the bit.

    With NUMBA_DISABLE_JIT=1 kernels of all kinds run as Python, the same figures a hundred times slower.
    """
    if RUNS_AS_PYTHON:
        return function
    jit = numba.njit(nogil=True, cache=True, error_model="numpy")
    return cast("Callable[Parameters, Result]", _without_literals(_kept_if_possible(jit(function))))


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile for use inside another kernel, as a part of it (parts.py).

    It has no code of its own: calling it from Python crashes the process. Tests use its `py_func`, or compile a kernel
    around it.
    """
    if RUNS_AS_PYTHON:
        return function
    jit = numba.njit(
        nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, pipeline_class=PartCompiler
    )
    return cast("Callable[Parameters, Result]", _without_literals(jit(function)))


def merged(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """As `inlined`, put in the place of each call, and without counting references.

    For functions that take a tuple of many arrays and make none: handing over its hundred fields and counting each
    access of an array took longer than the work itself (measured: a third of the time is left). A function that
    allocates does not compile this way.
    """
    if RUNS_AS_PYTHON:
        return function
    jit = numba.njit(
        nogil=True,
        error_model="numpy",
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        forceinline=True,
        _nrt=False,
        pipeline_class=PartCompiler,
    )
    return cast("Callable[Parameters, Result]", _without_literals(jit(function)))


def _kept_if_possible(dispatcher: Any) -> Any:
    """Keep compiled code on disk, known by every source it was made from (source_digest.py).

    A disk that takes nothing costs the next process a compilation; it does not end this one.
    """
    kept = dispatcher._cache
    load, save = kept.load_overload, kept.save_overload

    def mark() -> None:
        # Compared before anything else of the file is read, which may name a class of arguments that is no more.
        kept._cache_file._version = f"{numba.__version__} {source_digest(dispatcher.py_func.__module__)}"

    def load_if_same_sources(signature: Any, target: Any) -> Any:
        mark()
        found = load(signature, target)
        if found is None:
            before_compiling(dispatcher.py_func.__qualname__)
        return found

    def save_if_possible(signature: Any, data: Any) -> None:
        mark()
        with suppress(OSError):
            save(signature, data)

    kept.load_overload, kept.save_overload = load_if_same_sources, save_if_possible
    return dispatcher


def _without_literals(dispatcher: Any) -> Any:
    """Take constants as plain integers, or every combination of them at a call compiles one more version.

    `record_fill(..., 0, 1)` and `record_fill(..., 1, 0)` were two compilations of the same code: a third of the
    exchange's compile time, with no gain in speed.
    """
    resolve = dispatcher.get_call_template

    def resolve_plain(arguments: Any, keywords: Any) -> Any:
        plain = tuple(_plain(kind) for kind in arguments)
        return resolve(plain, {name: _plain(kind) for name, kind in keywords.items()})

    dispatcher.get_call_template = resolve_plain
    return dispatcher


def _plain(kind: Any) -> Any:
    kind = numba.types.unliteral(kind)  # type: ignore[no-untyped-call]
    return kind.dtype if isinstance(kind, numba.types.IntEnumMember) else kind

"""Numba's array functions loaded without SciPy's linear algebra, which no kernel of ours uses.

While it loads its functions of arrays, Numba asks whether there is a BLAS by importing SciPy's: `scipy.linalg`, what
that imports of SciPy, and through it NumPy's own tests and Fortran tools, 17 MB and a seventh of a second of every
process. Whatever multiplies matrices asks again when it is compiled; so the first question is answered yes, unasked.
"""

# Numba tells no types of its own modules.
# mypy: disable-error-code="no-untyped-call, attr-defined"

from __future__ import annotations


def load_array_functions() -> None:
    """Before any kernel is loaded, once a process. Kernels of other code find a BLAS as before."""
    from numba.np import linalg

    asked = linalg.ensure_blas
    linalg.ensure_blas = lambda: None
    try:
        from numba.np import arraymath  # noqa: F401 - it asks when it is first imported
    finally:
        linalg.ensure_blas = asked

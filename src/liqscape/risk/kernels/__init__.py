"""Compiled kernels (Numba): single-threaded, without the interpreter lock, cached beside the source.

Import these modules only inside functions: importing Numba takes most of a second. Each kernel has a slow twin
in exact fractions in tests/support/reference.py.
"""

"""Compiled passes over the ledger's tables. Import only inside functions: Numba takes long to load."""

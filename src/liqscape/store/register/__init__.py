"""Addresses known so far, on disk in SQLite, so that a restart does not discover them again."""

from liqscape.store.register.register import AddressRegister

__all__ = ["AddressRegister"]

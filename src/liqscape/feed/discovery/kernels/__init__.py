"""Compiled loops over the addresses that are known."""

"""Compiled parts of the exchange: every function takes the whole State and integers, and changes tables in place."""

"""The chaos harness: the whole product driven into faults, and what it said meanwhile (docs/reliability.md).

`kind` and `run` know nothing of the product; `kinds` has one module for each family of faults.
"""

"""Builds of liqscape measured beside one another, in turns: `python benchmarks/against.py REF`."""

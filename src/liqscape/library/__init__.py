"""The door for users of the library: `import liqscape as lq` (docs/library.md).

Nothing is computed here. A map is asked through the answers that every other door gives, of a folder or of a running
map alike (`answers.py`, `local.py`, `remote.py`), and what it answers is put into Polars frames and arrays.
"""

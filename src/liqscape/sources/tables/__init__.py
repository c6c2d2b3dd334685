"""Tables of positions: our own daily dumps, and tables of others with their columns named (docs/archives.md)."""

from liqscape.sources.tables.positions import PositionTable, read_positions, write_positions

__all__ = ["PositionTable", "read_positions", "write_positions"]

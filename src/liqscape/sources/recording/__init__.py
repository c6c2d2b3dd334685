"""A market recorded as snapshot tables: positions.parquet, markets.parquet, and candles of other venues.

RecordingSource(folder) is the source; open_candles reads the candles; solve_levels answers for every row.
refuse_damaged(recording_files(folder)) comes first where the files are a user's: see sources/probe.py.
"""

from liqscape.sources.probe import recording_files, refuse_damaged
from liqscape.sources.recording.candles import CandleFile, open_candles
from liqscape.sources.recording.levels import LevelTable, solve_levels
from liqscape.sources.recording.source import RecordingSource

__all__ = [
    "CandleFile",
    "LevelTable",
    "RecordingSource",
    "open_candles",
    "recording_files",
    "refuse_damaged",
    "solve_levels",
]

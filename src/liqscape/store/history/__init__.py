"""The history: frames and the accounts behind them through time, as Parquet (docs/data.md, "History").

    manifest.json   what this is a history of, and which parts count
    parts/          runs of frames, at most a UTC day each, as Parquet: one file a table
    head/           frames since the last part, one small file an append

A HistoryWriter appends, a HistoryReader answers; both may run at once, in one process or in two.
"""

from liqscape.model.minute_notes import MinuteNotes
from liqscape.store.history.reader import HistoryReader
from liqscape.store.history.window import HeatmapWindow
from liqscape.store.history.writer import HistoryWriter

__all__ = ["HeatmapWindow", "HistoryReader", "HistoryWriter", "MinuteNotes"]

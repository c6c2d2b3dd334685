"""Scores of stored history: tables of a UTC day each, kept beside it (docs/data.md, "Scores")."""

from liqscape.store.scores.reader import ScoreReader
from liqscape.store.scores.schema import FOLDER, DayStanding, Tables
from liqscape.store.scores.writer import ScoreWriter

__all__ = ["FOLDER", "DayStanding", "ScoreReader", "ScoreWriter", "Tables"]

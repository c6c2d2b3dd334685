"""Studies beside the history: what happened to clusters, as Parquet, a part a UTC day (docs/data.md, "Studies").

    studies/2026-02-01.000007/    the seventh writing of a day; of several the last one counts
        clusters.parquet ...      one file a table (insight/study_rows.py), by coin, then as they came about
        states.bin                how each coin stood at the end: the study goes on from there, to the same bits
        part.json                 which coins were studied from when to when, and a digest of each file; written last

A part appears whole, by one renaming. What is not in a part yet is studied again from the history, to the same bits, so
nothing else has to be durable at once.
"""

from liqscape.store.studies.part import CoinSpan, StudyPart
from liqscape.store.studies.reader import StudyReader
from liqscape.store.studies.schema import FOLDER
from liqscape.store.studies.writer import StudyWriter, parts_before, remove_parts_before

__all__ = ["FOLDER", "CoinSpan", "StudyPart", "StudyReader", "StudyWriter", "parts_before", "remove_parts_before"]

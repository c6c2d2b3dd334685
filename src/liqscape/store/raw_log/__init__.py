"""Records as they arrived, in segments on disk: what `liqscape replay` makes the same frames from again."""

from liqscape.store.raw_log.reader import RawLogReader, SegmentDamage
from liqscape.store.raw_log.writer import RawLogWriter

__all__ = ["RawLogReader", "RawLogWriter", "SegmentDamage"]

"""Archives of fills, funding and prices, replayed onto a known state: the past as the map would have shown it.

ArchiveSource is the source; open_stores reads folders and s3:// buckets; the bases are in `base` (docs/archives.md).
"""

from liqscape.sources.archive.source import ArchiveSource
from liqscape.sources.archive.store import open_stores

__all__ = ["ArchiveSource", "open_stores"]

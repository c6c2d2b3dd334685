"""Files as the exchange's own nodes and archives lay them out, written by the sandbox."""

from __future__ import annotations

from liqscape.sandbox.files.archive import ArchiveFiles
from liqscape.sandbox.files.node import NodeFiles

__all__ = ["ArchiveFiles", "NodeFiles"]

"""The tools, a subject a file, in the order an agent sees them."""

from __future__ import annotations

from liqscape.mcp.tools.map_tool import MapTool
from liqscape.mcp.tools.now import NOW
from liqscape.mcp.tools.study import STUDY
from liqscape.mcp.tools.what_if import WHAT_IF

__all__ = ["TOOLS", "MapTool"]

TOOLS: tuple[MapTool, ...] = (*NOW, *STUDY, *WHAT_IF)
"""Every tool. Names are words of a trader's question; what each asks is in `path`."""

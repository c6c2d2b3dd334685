"""How a sandbox says that it is one: a header on every response. The exchange itself has no such header."""

from __future__ import annotations

SIMULATED_HEADER = "X-Liqscape-Simulated"

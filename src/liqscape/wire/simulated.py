"""How a sandbox says that it is one: a header on every response. The exchange itself has no such header."""

from __future__ import annotations

SIMULATED_HEADER = "X-Liqscape-Simulated"
_WORD = "liqscape sandbox"


def simulated_text(world: str) -> str:
    """Value of the header; `world` names the market, equal for equal ones, empty where it has no name."""
    return f"{_WORD}; {world}" if world else _WORD


def named_world(text: str) -> str:
    """The name in a value of the header; empty where there is none."""
    return text.partition(";")[2].strip()

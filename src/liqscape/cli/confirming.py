"""Asks at the terminal before something is removed or paid for."""

from __future__ import annotations

import sys


def is_at_terminal() -> bool:
    """Whether somebody is there to answer: a service may have no stdin at all."""
    return sys.stdin is not None and sys.stdin.isatty()


def confirm(question: str) -> bool:
    """Whether the user says yes; no where nobody is at a terminal to ask."""
    if not is_at_terminal():
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")

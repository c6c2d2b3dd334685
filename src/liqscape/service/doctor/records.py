"""What `liqscape doctor` found: one row a check, each with what it means for the map."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """holds: as the map expects. differs: not so. unknown: it could not be looked at, which says nothing."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Check(msgspec.Struct, frozen=True):
    """One thing looked at: what was seen, and what that means for the map where it does not hold."""

    name: str
    verdict: Verdict
    seen: str
    meaning: str = ""


class DoctorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found at one server. weight: request weight used; seconds: how long it took."""

    server: str
    time_ms: int
    weight: int
    seconds: float
    checks: tuple[Check, ...]

    @property
    def differs(self) -> bool:
        return any(check.verdict is Verdict.DIFFERS for check in self.checks)


def holds(name: str, seen: str) -> Check:
    """A check that came out as the map expects."""
    return Check(name, Verdict.HOLDS, seen)


def differs(name: str, seen: str, meaning: str) -> Check:
    """A check that came out otherwise."""
    return Check(name, Verdict.DIFFERS, seen, meaning)


def unknown(name: str, seen: str) -> Check:
    """A check that could not be made."""
    return Check(name, Verdict.UNKNOWN, seen)

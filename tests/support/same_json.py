"""Whether JSON written here says the same as JSON that was recorded."""

from __future__ import annotations

import re
from typing import Any

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
NOISE = 1e-15
"""Relative: the exchange prints sums with the noise of its own doubles."""


def differences(ours: Any, recorded: Any, path: str = "", *, added: set[str] | None = None) -> list[str]:
    """Places where ours says something else, or something the recording does not have, but for `added` names.

    What ours leaves out is no difference here: `left_out` lists it.
    """
    if isinstance(ours, dict) and isinstance(recorded, dict):
        more = ours.keys() - recorded.keys() - (added or set())
        found = [f"{path}.{name}: not recorded" for name in more]
        for name in ours.keys() & recorded.keys():
            found += differences(ours[name], recorded[name], f"{path}.{name}", added=added)
        return found
    if isinstance(ours, list) and isinstance(recorded, list):
        if len(ours) != len(recorded):
            return [f"{path}: {len(ours)} rows, recorded {len(recorded)}"]
        return [
            text
            for row, (mine, theirs) in enumerate(zip(ours, recorded, strict=True))
            for text in differences(mine, theirs, f"{path}[{row}]", added=added)
        ]
    if type(ours) is not type(recorded):
        return [f"{path}: {ours!r}, recorded {recorded!r}"]
    if ours == recorded or (isinstance(ours, str) and _is_same_decimal(ours, recorded)):
        return []
    return [f"{path}: {ours!r}, recorded {recorded!r}"]


def left_out(ours: Any, recorded: Any) -> set[str]:
    """Names of fields that are recorded, not null, and not in ours, anywhere."""
    if isinstance(ours, dict) and isinstance(recorded, dict):
        found = {name for name in recorded.keys() - ours.keys() if recorded[name] is not None}
        return found.union(*(left_out(ours[name], recorded[name]) for name in ours.keys() & recorded.keys()))
    if isinstance(ours, list) and isinstance(recorded, list):
        return set().union(*(left_out(mine, theirs) for mine, theirs in zip(ours, recorded, strict=False)))
    return set()


def _is_same_decimal(ours: str, recorded: str) -> bool:
    if not (_DECIMAL.fullmatch(ours) and _DECIMAL.fullmatch(recorded)):
        return False
    mine, theirs = float(ours), float(recorded)
    return abs(mine - theirs) <= NOISE * max(abs(mine), abs(theirs))

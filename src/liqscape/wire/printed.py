"""Decimal strings as the venue prints them: the value, and the uncertainty its printed digits leave."""

from __future__ import annotations

import re
from typing import NamedTuple

from liqscape.wire.decode import finite, refuse

_DECIMAL = re.compile(r"-?[0-9]+(?:\.(?P<places>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?")

MAX = 60
"""Characters; the venue prints at most 20 or so."""


class Printed(NamedTuple):
    """A printed decimal and half a unit of its last digit. Trailing zeros may have been dropped: an upper bound."""

    value: float
    resolution: float


def parse_printed(text: str | float, source: str, path: str) -> Printed:
    """Value and resolution of a decimal. Raises RemoteWireError for anything that is no plain decimal."""
    shown = text if isinstance(text, str) else repr(text)
    found = _DECIMAL.fullmatch(shown) if len(shown) <= MAX else None
    if found is None:
        raise refuse(source, path, text, "is not a decimal number")
    value = finite(float(shown), source, path)
    places = len(found["places"] or "") - max(-400, min(400, int(found["exponent"] or 0)))
    return Printed(value, 0.5 * 10.0 ** -min(places, 300) if places > -300 else float("inf"))

"""Figures in words: the same in every message, without a locale."""

from __future__ import annotations

import math

import numpy as np

from liqscape.insight.alerts.records import AlertProvenance
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

UNKNOWN = "unknown"
_UNITS = ((DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min"), (1_000, "s"))


def usd_text(value: float | None) -> str:
    """$1.2M, $340k, $85."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    size = abs(value)
    for limit, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= limit:
            return f"${value / limit:.3g}{unit}" if size < 999.5 * limit else f"${value / limit:,.0f}{unit}"
    return f"${value:.0f}"


def price_text(value: float | None) -> str:
    """Six digits, as few zeros as that needs."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= 100_000:
        return f"{value:,.0f}"
    text = f"{value:,.{max(0, 5 - math.floor(math.log10(abs(value))))}f}" if value else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_text(value: float | None, digits: int = 2) -> str:
    """Of a figure in percent."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:.{digits}f} %"


def share_text(value: float | None) -> str:
    """Of a share of 1."""
    return UNKNOWN if value is None else percent_text(100.0 * value, 1)


def duration_text(ms: float | None) -> str:
    """Two units at most: 2 h 5 min."""
    if ms is None:
        return UNKNOWN
    left = max(0, int(ms))
    parts = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"


def time_text(time_ms: int) -> str:
    """2026-02-03 10:04:05 UTC."""
    return f"{str(np.datetime64(time_ms, 'ms'))[:19].replace('T', ' ')} UTC"


def source_text(provenance: AlertProvenance, coin: str | None) -> str:
    """The last sentences of every message: source, age, coverage."""
    simulated = "SIMULATED: no real account stands behind it. " if provenance.is_simulated else ""
    age = UNKNOWN if provenance.age_ms is None else f"{duration_text(provenance.age_ms)} before"
    states = duration_text(provenance.account_age_ms)
    whole = "all coins" if coin is None else coin
    return (
        f"{simulated}Source: {provenance.kind} {provenance.name}, as of {time_text(provenance.as_of_ms)} ({age}); "
        f"account states {states} old at the median; the map holds {share_text(provenance.coverage)} of the open "
        f"interest of {whole}."
    )

"""Prices and dollars inside the sentences of a verdict."""

from __future__ import annotations

LARGEST_SHOWN = 1e6
"""Above it six significant figures would be written with an exponent."""


def price_words(value: float) -> str:
    """Six significant figures, thousands set apart."""
    return f"{value:,.0f}" if value >= LARGEST_SHOWN else f"{value:,.6g}"


def usd_words(value: float) -> str:
    """Dollars in three figures: 1.23 million, 45,600."""
    for limit, unit in ((1e9, " billion"), (1e6, " million")):
        if value >= limit:
            return f"{value / limit:,.3g}{unit} USD"
    return f"{float(f'{value:.3g}'):,.0f} USD"


def plain_words(value: float) -> str:
    """A decimal number without an exponent: 0.00001."""
    return f"{value:.10f}".rstrip("0").rstrip(".")

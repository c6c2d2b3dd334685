"""`{"type": "perpCategories"}`: what each perpetual follows, by prefixed coin."""

from __future__ import annotations

PerpCategoriesAnswer = tuple[tuple[str, str], ...]
"""(coin, category): crypto, stocks, commodities, indices, fx ... The set is open."""

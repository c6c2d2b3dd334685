"""`{"type": "perpCategories"}`: what each perpetual follows, by prefixed coin."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.request import Example, InfoRequest

PerpCategoriesAnswer = tuple[tuple[str, str], ...]
"""(coin, category): crypto, stocks, commodities, indices, fx ... The set is open."""


class PerpCategoriesRequest(InfoRequest[PerpCategoriesAnswer], frozen=True, tag="perpCategories"):
    """What each perpetual follows."""

    example: ClassVar = Example(
        '{"type": "perpCategories"}',
        '[["xyz:GOLD", "commodities"]]',
    )

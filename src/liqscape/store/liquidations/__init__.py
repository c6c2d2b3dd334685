"""Liquidations that were seen: one Parquet file a UTC day."""

from liqscape.store.liquidations.reader import (
    After,
    FoundLiquidations,
    LiquidationFilter,
    LiquidationReader,
    LiquidationSums,
)
from liqscape.store.liquidations.schema import StoredLiquidation
from liqscape.store.liquidations.writer import LiquidationWriter

__all__ = [
    "After",
    "FoundLiquidations",
    "LiquidationFilter",
    "LiquidationReader",
    "LiquidationSums",
    "LiquidationWriter",
    "StoredLiquidation",
]

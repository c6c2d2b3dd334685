"""A small sandbox market with some of its past in a history: what studies are tried on."""

from __future__ import annotations

from pathlib import Path

from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.living import LivingMarket
from liqscape.store.history import HistoryWriter

MINUTE_MS = 60_000
MIDNIGHT_MS = 1_780_012_800_000
"""A UTC midnight; what is stored lies on both sides of it."""
COINS = ("BTC", "ETH", "SOL", "HYPE")


def store_world(folder: Path, *, minutes_before: int, minutes_after: int, accounts: int = 120) -> LivingMarket:
    """Store minutes before and after the midnight. The market returned could go on, but its history is closed."""
    start_ms = MIDNIGHT_MS - minutes_before * MINUTE_MS
    settings = WorldSettings(seed=5, accounts=accounts, coins=4, start_ms=start_ms)
    market = SandboxMarket.new(settings)
    folder.mkdir(parents=True, exist_ok=True)
    writer = HistoryWriter(folder, market.provenance)
    try:
        living = LivingMarket(market, writer, folder)
        living.begin()
        living.preroll(MIDNIGHT_MS + minutes_after * MINUTE_MS, lambda _: None)
    finally:
        writer.close()
    return living

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


def open_world(folder: Path, *, minutes_before: int, accounts: int = 120) -> tuple[LivingMarket, HistoryWriter]:
    """A market whose first frame is stored; `advance` stores more."""
    settings = WorldSettings(seed=5, accounts=accounts, coins=4, start_ms=MIDNIGHT_MS - minutes_before * MINUTE_MS)
    market = SandboxMarket.new(settings)
    folder.mkdir(parents=True, exist_ok=True)
    writer = HistoryWriter(folder, market.provenance)
    living = LivingMarket(market, writer, folder)
    living.begin()
    return living, writer


def store_world(folder: Path, *, minutes_before: int, minutes_after: int, accounts: int = 120) -> None:
    """Store minutes before and after the midnight."""
    living, writer = open_world(folder, minutes_before=minutes_before, accounts=accounts)
    try:
        living.preroll(MIDNIGHT_MS + minutes_after * MINUTE_MS, lambda _: None)
    finally:
        writer.close()

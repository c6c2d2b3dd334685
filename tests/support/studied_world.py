"""A small sandbox market with some of its past in a history: what studies are tried on."""

from __future__ import annotations

from pathlib import Path

from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.folders import Origin, claim_folder
from liqscape.service.living import LivingMarket
from liqscape.store.history import HistoryWriter

MINUTE_MS = 60_000
MIDNIGHT_MS = 1_780_012_800_000
"""A UTC midnight; what is stored lies on both sides of it."""
COINS = ("BTC", "ETH", "SOL", "HYPE")


def open_world(
    folder: Path, *, minutes_before: int, accounts: int = 120, stops_percent: int = 0
) -> tuple[LivingMarket, HistoryWriter]:
    """A market whose first frame is stored; `advance` stores more."""
    start_ms = MIDNIGHT_MS - minutes_before * MINUTE_MS
    settings = WorldSettings(seed=5, accounts=accounts, coins=4, start_ms=start_ms, stops_percent=stops_percent)
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


def store_hours(folder: Path, *, hours_before: int, hours_after: int) -> None:
    """Store hours around the midnight of a demo's small market, everybody's liquidations beside them."""
    settings = WorldSettings(seed=5, accounts=60, coins=3, start_ms=MIDNIGHT_MS - hours_before * 60 * MINUTE_MS)
    market = SandboxMarket.new(settings)
    claim_folder(folder, Origin(kind="demo", name="seed 5", key="5"))
    writer = HistoryWriter(folder, market.provenance)
    try:
        living = LivingMarket(market, writer, folder)
        living.begin()
        living.preroll(MIDNIGHT_MS + hours_after * 60 * MINUTE_MS, lambda _: None)
    finally:
        writer.close()

"""Which world: everything a seed does not say."""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.errors import SettingsError
from liqscape.sandbox.world.coins import COINS
from liqscape.units import DAY_MS

MIN_ACCOUNTS, MAX_ACCOUNTS = 10, 200_000
LARGEST_BLOCK_MS = 60_000


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """A world of `accounts` addresses and the first `coins` coins; equal settings give equal worlds.

    block_ms  time between two blocks while the world lives on.
    start_ms  when the world can first be looked at; the days before, in which positions are built up, are not shown.
    unified_percent  of trading addresses that are unified. An assumption: the exchange does not say how many are.
    stops_percent    of trading addresses that protect what they hold with stops and take-profits (stops.py). An
                     assumption too; 0 leaves trigger orders out.

    Raises SettingsError for numbers out of range.
    """

    seed: int = 7
    accounts: int = 2_000
    coins: int = len(COINS)
    block_ms: int = 100
    start_ms: int = 1_767_225_600_000
    unified_percent: int = 30
    stops_percent: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("seed", 0, 2**63 - 1),
            ("accounts", MIN_ACCOUNTS, MAX_ACCOUNTS),
            ("coins", 1, len(COINS)),
            ("block_ms", 1, LARGEST_BLOCK_MS),
            ("start_ms", 30 * DAY_MS, 2**53),
            ("unified_percent", 0, 100),
            ("stops_percent", 0, 100),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"sandbox: {name} is {value}, must be {low} to {high}")

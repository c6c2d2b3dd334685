"""What a live map is put together from before its server has said anything."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from liqscape.feed.discovery import AddressBook
from liqscape.feed.limiter import WeightLimiter
from liqscape.service.collecting.candles import ExchangeCandles
from liqscape.service.collecting.categories import MarketCategories
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.register_loader import RegisterLoader
from liqscape.service.collecting.settings import LiveSettings
from liqscape.service.executors import Executors
from liqscape.service.kinds import Vaults
from liqscape.service.near_estimates import NearMemory
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.store.register import AddressRegister


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Made once, handed to whatever begins.

    vaults  those of the register, found before everybody is loaded.
    seconds, chance, when_begun  as `open_live` was given them.
    """

    settings: LiveSettings
    market: LiveMarket
    book: AddressBook
    register: AddressRegister
    loader: RegisterLoader
    vaults: Vaults
    limiter: WeightLimiter
    candles: ExchangeCandles
    categories: MarketCategories
    near: NearMemory
    view: MapView
    executors: Executors
    seconds: Callable[[], float]
    chance: random.Random | None
    when_begun: Callable[[], None] = lambda: None

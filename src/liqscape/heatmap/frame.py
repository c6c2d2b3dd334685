"""A frame: the bands of every coin at one instant, with all that makes them honest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.coin_bands import AllBands, CoinBands
from liqscape.heatmap.found_later import BandsFoundLater, OutsideFoundLater
from liqscape.model.funding import HourlyFunding
from liqscape.model.markets import MarketSnapshot
from liqscape.units import Float64Array, Int64Array


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from; travels with every frame, band and answer.

    kind         "api", "node", "archive", "recording", "sandbox" or "cascade".
    name         what exactly: a folder's name, a seed.
    is_simulated True where no real account stands behind the figures.
    note         one sentence a reader must know ("71 to 251 large accounts, not the whole market").
    """

    kind: str
    name: str
    is_simulated: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class MarketFrame:
    """Bands of all coins at `snapshot.time_ms`.

    bands, outside  given, or functions that find them when all coins are first read; of one coin they are read by
                    `bands_of` and `outside_of`, which band no other.
    position_size   (M, 2) coins in all positions by side (0 long, 1 short): bands plus outside.
    position_count  (M, 2)
    coverage        (M,) sum of abs(size) / (2 * open interest); NaN where open interest is unknown.
    margin_source_notional (5,) USD notional at mark by MarginSource, all coins.
    oldest_age_ms, median_age_ms: age of the account states in it at `time_ms`; -1 without accounts.
    funding         the newest one that its accounts have paid; None where none is known.
    block           height of the newest block that is in it; None where the source tells none, and of stored ones.
    """

    provenance: Provenance
    snapshot: MarketSnapshot
    bands: BandsFoundLater = BandsFoundLater()  # noqa: RUF009 - holds nothing itself
    outside: OutsideFoundLater = OutsideFoundLater()  # noqa: RUF009 - holds nothing itself
    position_size: Float64Array
    position_count: Int64Array
    coverage: Float64Array
    margin_source_notional: Float64Array
    address_count: int
    pool_count: int
    oldest_age_ms: int
    median_age_ms: int
    funding: HourlyFunding | None = None
    block: int | None = None

    @property
    def time_ms(self) -> int:
        """Venue time of the marks, ms since 1970 UTC."""
        return self.snapshot.time_ms

    @property
    def byte_count(self) -> int:
        """Memory of the bands, or of what they are found from; the rest is a few numbers a coin."""
        coins = self._coins
        return self.bands.byte_count if coins is None else coins.byte_count

    def make_bands(self, markets: Iterable[int]) -> None:
        """Make the bands of some markets in one pass, which costs less than one after the other."""
        if self._coins is not None:
            self._coins.make(markets)

    def bands_of(self, market_index: int) -> Bands:
        """Rows of one market."""
        coins = self._coins
        return self.bands.of_market(market_index) if coins is None else coins.of_market(market_index)[0]

    def outside_of(self, market_index: int) -> tuple[Float64Array, Int64Array]:
        """Coins and positions of one market that are in no band, (2, R) each."""
        coins = self._coins
        outside, row = (self.outside, market_index) if coins is None else (coins.of_market(market_index)[1], 0)
        return outside.size[row], outside.position_count[row]

    @property
    def _coins(self) -> CoinBands | None:
        """What finds the bands of single coins, until those of all were read."""
        unfound = vars(self)["bands"]
        return unfound.coins if isinstance(unfound, AllBands) else None

    def notional(self, bands: Bands) -> Float64Array:
        """(B,) USD notional at mark of rows of this frame; NaN where the mark is unknown."""
        mark: Float64Array = self.snapshot.mark[bands.market_index]
        return np.multiply(bands.size, mark)

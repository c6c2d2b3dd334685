"""CoinGlass-shaped answers: the names and nesting its clients read, with figures of this map (docs/compat.md).

Field names are CoinGlass's. Beside `data` stands `liqscape`: what no field of theirs says, source, time, coverage, and
what differs. Null is unknown, where theirs has an estimate.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.parts import ProvenanceAnswer, provenance_answer

LeverageCell = tuple[int, int, float]
MapLevel = tuple[float, float | None, float | None, str | None]
Candlestick = tuple[int, str | None, str | None, str | None, str | None, str | None]


class CompatStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind an answer in a foreign shape."""

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="Frame the figures are of, ms since 1970 UTC; -1: none.")]
    coverage: Annotated[
        float | None, msgspec.Meta(description="Share of the open interest in the map, of the coin or of all.")
    ]
    notes: Annotated[list[str], msgspec.Meta(description="Where this answer differs from CoinGlass's, a line each.")]


def compat_standing(frame: MarketFrame, coverage: float | None, notes: tuple[str, ...]) -> CompatStanding:
    """What stands behind figures of one frame."""
    return CompatStanding(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        coverage=coverage,
        notes=list(notes),
    )


class CoinglassEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """Around every answer's `data`. code "0" is success."""

    code: str = "0"
    msg: str = "success"
    liqscape: CompatStanding


class CoinglassHeatmap(msgspec.Struct, frozen=True, kw_only=True):
    """Time by price. A cell is [column, row, USD]: column of price_candlesticks, row of y_axis."""

    y_axis: Annotated[list[float], msgspec.Meta(description="Geometric middle of each row, USD, rising.")]
    liquidation_leverage_data: list[LeverageCell]
    price_candlesticks: Annotated[
        list[Candlestick],
        msgspec.Meta(description="[start in seconds, open, high, low, close, volume]: prices as text, null unknown."),
    ]
    update_time: Annotated[int, msgspec.Meta(description="Time of the last frame shown, ms.")]


class CoinglassMap(msgspec.Struct, frozen=True, kw_only=True):
    """Levels of one instant: by price as text, [price, USD, leverage, side] of each side that has some there."""

    data: dict[str, list[MapLevel]]


class CoinglassMaxPain(msgspec.Struct, frozen=True, kw_only=True):
    """The fullest cell of each side of one coin: `level` is USD in it."""

    symbol: str
    price: float | None
    long_max_pain_liq_level: float | None
    long_max_pain_liq_price: float | None
    short_max_pain_liq_level: float | None
    short_max_pain_liq_price: float | None


class CoinglassPosition(msgspec.Struct, frozen=True, kw_only=True):
    """One position. position_size is signed."""

    user: str
    symbol: str
    position_size: float
    entry_price: float | None
    mark_price: float | None
    liq_price: float | None
    leverage: float | None
    margin_balance: float | None
    position_value_usd: float | None
    unrealized_pnl: float | None
    funding_fee: None
    margin_mode: str
    create_time: None
    update_time: Annotated[int, msgspec.Meta(description="Of the account's state, ms.")]


class CoinglassPositionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Positions of one coin, largest first."""

    total_pages: int
    current_page: int
    rows: list[CoinglassPosition] = msgspec.field(name="list")


class CoinglassAlert(msgspec.Struct, frozen=True, kw_only=True):
    """A large position that was opened (1) or closed (2) between two stored frames."""

    user: str
    symbol: str
    position_size: float
    entry_price: float | None
    liq_price: float | None
    position_value_usd: float
    position_action: int
    create_time: Annotated[int, msgspec.Meta(description="Frame that showed it first, ms: it happened before.")]


class CompatMargin(msgspec.Struct, frozen=True, kw_only=True):
    """Margin of some pools, USD; null where it is not known of one of them."""

    account_value: float | None
    total_ntl_pos: float | None
    total_raw_usd: float | None
    total_margin_used: float | None


class CompatLeverage(msgspec.Struct, frozen=True, kw_only=True):
    """The user's setting."""

    type: str
    value: float | None


class CompatFunding(msgspec.Struct, frozen=True, kw_only=True):
    """Funding paid so far: not in the map."""

    all_time: None = None
    since_open: None = None
    since_change: None = None


class CompatHolding(msgspec.Struct, frozen=True, kw_only=True):
    """A position in the names of the exchange, as CoinGlass repeats them."""

    coin: str
    szi: float
    leverage: CompatLeverage
    entry_px: float | None
    position_value: float | None
    unrealized_pnl: float | None
    return_on_equity: float | None
    liquidation_px: float | None
    max_leverage: None = None
    cum_funding: CompatFunding = CompatFunding()


class CompatAsset(msgspec.Struct, frozen=True, kw_only=True):
    """One position of a wallet."""

    type: str = "oneWay"
    position: CompatHolding


class CoinglassWallet(msgspec.Struct, frozen=True, kw_only=True):
    """A wallet with its margin and positions."""

    margin_summary: CompatMargin
    cross_margin_summary: CompatMargin
    cross_maintenance_margin_used: float | None
    withdrawable: None
    asset_positions: list[CompatAsset]


class CoinglassMapAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """Liquidation map of a coin."""

    data: CoinglassMap


class CoinglassMaxPainAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """Max pain of every coin."""

    data: list[CoinglassMaxPain]


class CoinglassWhalesAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """Large positions of all coins."""

    data: list[CoinglassPosition]


class CoinglassPageAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """Positions of a coin."""

    data: CoinglassPositionPage


class CoinglassAlertsAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """Large positions opened or closed."""

    data: list[CoinglassAlert]


class CoinglassWalletAnswer(CoinglassEnvelope, frozen=True, kw_only=True):
    """A wallet."""

    data: CoinglassWallet

"""What a print is assumed to cost: by the scale of its dex's deployer, a tenth in growth mode, said where not told."""

from __future__ import annotations

import msgspec
import pytest

from liqscape.errors import ModelError
from liqscape.ledger import FeeAssumption, without_fee_scale
from liqscape.ledger.fees import fee_factor
from liqscape.model.markets import Market, Markets
from liqscape.sources.live.markets import LiveMarkets
from liqscape.wire.info.meta import Meta

MILLION = 1e6


@pytest.mark.parametrize(
    ("scale", "is_in_growth", "factor"),
    [
        (0.0, False, 1.0),
        (0.5, False, 1.5),
        (0.999, False, 1.999),
        (1.0, False, 2.0),
        (10.0, False, 20.0),
        (0.5, True, 0.15),
        (1.0, True, 0.2),
    ],
)
def test_the_factor_adds_a_share_below_one_and_doubles_from_there(
    scale: float, is_in_growth: bool, factor: float
) -> None:
    assert fee_factor(scale, is_in_growth=is_in_growth) == pytest.approx(factor)


def market(coin: str, dex: str = "x", **more: object) -> Market:
    return Market(coin=coin, size_decimals=1, max_leverage=10, table_row=0, dex=dex, **more)  # type: ignore[arg-type]


def test_each_market_costs_what_its_deployer_says_and_the_first_dex_what_the_exchange_does() -> None:
    markets = Markets.build(
        [
            market("BTC", ""),
            market("x:A", deployer_fee_scale=0.5),
            market("x:B", deployer_fee_scale=1.0, is_in_growth=True),
            market("x:C"),
            market("x:D", is_in_growth=True),
            market("x:E", is_delisted=True),
        ]
    )
    takers, makers = FeeAssumption().rates(markets).T
    assert [round(rate * MILLION, 6) for rate in takers.tolist()] == [450.0, 675.0, 90.0, 900.0, 90.0, 900.0]
    assert [round(rate * MILLION, 6) for rate in makers.tolist()] == [150.0, 225.0, 30.0, 300.0, 30.0, 300.0]
    assert without_fee_scale(markets) == ("x:C", "x:D")


@pytest.mark.parametrize(
    ("more", "scale", "is_in_growth"),
    [
        ({"deployerFeeScale": "0.5"}, 0.5, False),
        ({"deployerFeeScale": "1.0", "growthMode": "enabled"}, 1.0, True),
        ({"deployerFeeScale": "1.0", "growthMode": "disabled"}, 1.0, False),
        ({}, None, False),
        ({"deployerFeeScale": "11"}, None, False),
        ({"deployerFeeScale": "nan"}, None, False),
    ],
)
def test_the_scale_comes_from_the_listing_of_the_dex(
    more: dict[str, str], scale: float | None, is_in_growth: bool
) -> None:
    asset = {"name": "x:A", "szDecimals": 1, "maxLeverage": 10, "marginTableId": 10, **more}
    meta = msgspec.convert({"universe": [asset], "marginTables": []}, Meta, strict=False)
    live = LiveMarkets(("x",))
    listing = live.put("x", meta, [], "meta", 1)
    assert listing is not None
    (row,) = listing.markets.rows
    assert (row.deployer_fee_scale, row.is_in_growth) == (scale, is_in_growth)


def test_a_rate_out_of_range_is_refused_with_its_name() -> None:
    with pytest.raises(ModelError, match="assumed maker_rate is"):
        FeeAssumption(maker_rate=0.5)

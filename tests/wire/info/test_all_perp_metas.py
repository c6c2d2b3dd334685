"""allPerpMetas: a bare list of metas or of pairs; dexs are named by their place and their coins, which must agree."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from liqscape.errors import RemoteWireError
from liqscape.wire.info.all_perp_metas import name_dexs, parse_all_perp_metas


def meta(*coins: str) -> dict[str, Any]:
    assets = [{"name": coin, "szDecimals": 2, "maxLeverage": 5, "marginTableId": 5} for coin in coins]
    return {"universe": assets, "marginTables": [], "collateralToken": 0}


METAS = [meta("BTC", "ETH"), meta("xyz:GOLD"), meta(), meta("flx:OIL", "flx:GAS")]
NAMES = ("", "xyz", "abcd", "flx")


def parsed(rows: Any) -> tuple[Any, ...]:
    return parse_all_perp_metas(msgspec.json.encode(rows), "allPerpMetas")


def test_a_list_of_metas_and_one_of_pairs_say_the_same() -> None:
    assert parsed(METAS) == parsed([[row, [{"markPx": "1"}]] for row in METAS])
    assert parsed(METAS[:2]) == parsed([[row, []] for row in METAS[:2]])


def test_dexs_are_named_by_their_place_where_that_is_known_and_by_their_coins_where_not() -> None:
    by_place, by_coins = name_dexs(parsed(METAS), NAMES, "x"), name_dexs(parsed(METAS), None, "x")
    assert list(by_place) == list(NAMES)
    assert list(by_coins) == ["", "xyz", "flx"]
    assert [asset.name for asset in by_place["flx"].universe] == ["flx:OIL", "flx:GAS"]
    assert by_place["abcd"].universe == ()


@pytest.mark.parametrize(
    ("rows", "names", "said"),
    [
        (METAS, ("", "xyz"), "4 metas for 2 dexs"),
        (METAS, ("", "flx", "abcd", "xyz"), "coins of another dex"),
        ([meta("BTC", "xyz:GOLD")], None, "coins of another dex"),
        ([meta("BTC"), meta("ETH")], None, "coins of another dex"),
        ([meta("xyz:GOLD"), meta("BTC")], None, "coins of another dex"),
    ],
)
def test_names_and_coins_that_contradict_each_other_are_refused(
    rows: Any, names: tuple[str, ...] | None, said: str
) -> None:
    with pytest.raises(RemoteWireError) as caught:
        name_dexs(parsed(rows), names, "allPerpMetas")
    assert said.split()[-1] in str(caught.value)


@pytest.mark.parametrize("rows", [None, [], {}, [1], [[1, 2]], [{"universe": [{"name": "BTC"}]}]])
def test_what_is_no_list_of_metas_is_refused(rows: Any) -> None:
    with pytest.raises(RemoteWireError):
        parsed(rows)

"""What a market's `marginMode` says: which positions stand alone, and from which no margin can be taken."""

from __future__ import annotations

import pytest

from liqscape.wire.info.meta import parse_meta


@pytest.mark.parametrize(
    ("reported", "isolated", "strict"),
    [
        ("", False, False),
        (', "marginMode": "normal"', False, False),
        (', "marginMode": "noCross"', True, False),
        (', "marginMode": "strictIsolated"', True, True),
        (', "onlyIsolated": true', True, False),
        (', "marginMode": "normal", "onlyIsolated": true', False, False),
    ],
)
def test_one_field_decides(reported: str, isolated: bool, strict: bool) -> None:
    text = f'{{"universe": [{{"name": "A", "szDecimals": 2, "maxLeverage": 10{reported}}}], "collateralToken": 360}}'
    (meta,) = parse_meta(text.encode(), "meta")
    (asset,) = meta.universe
    assert (asset.is_isolated_only, asset.is_strict_isolated) == (isolated, strict)
    assert meta.collateralToken == 360

"""A decimal that is none, or too large, is found wherever it stands among many records."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.wire.answer import check_finite
from liqscape.wire.decode import LARGEST_NUMBER
from liqscape.wire.info.meta import AssetContext
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetContexts

GOOD = st.sampled_from([0.0, -0.0, 1.5, -2.0, 1e-300, LARGEST_NUMBER, -LARGEST_NUMBER])
BAD = st.sampled_from([math.nan, math.inf, -math.inf, 1.1 * LARGEST_NUMBER, -1.1 * LARGEST_NUMBER])


def contexts(decimals: st.SearchStrategy[float]) -> st.SearchStrategy[AssetContext]:
    return st.builds(
        AssetContext,
        markPx=decimals,
        oraclePx=decimals,
        openInterest=decimals,
        funding=st.none() | decimals,
        impactPxs=st.none() | st.tuples(decimals, decimals),
        dayBaseVlm=st.none() | decimals,
    )


def decimals_of(row: AssetContext) -> list[float]:
    found = [row.markPx, row.oraclePx, row.openInterest, row.funding, row.dayBaseVlm, *(row.impactPxs or ())]
    return [each for each in found if each is not None]


@given(st.lists(st.lists(contexts(GOOD) | contexts(GOOD | BAD), max_size=4), max_size=3))
def test_records_are_refused_where_one_of_their_decimals_is_no_number_of_the_exchange(rows: list) -> None:
    message = AllDexsAssetContexts(tuple(("", tuple(each)) for each in rows))
    decimals = [decimal for each in rows for row in each for decimal in decimals_of(row)]
    if all(abs(decimal) <= LARGEST_NUMBER for decimal in decimals):
        check_finite(message, "contexts")
    else:
        with pytest.raises(RemoteWireError):
            check_finite(message, "contexts")

"""Bad input gets one line that names the thing, its value and the limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import SHORT_RUN, account, question_of

from liqscape.cascade import (
    CascadeInput,
    CascadeSettings,
    DepthSettings,
    Mode,
    OutsideSettings,
    RealBook,
    run_cascade,
    run_ensemble,
    to_price,
)
from liqscape.errors import InputError, LiqscapeError, QuestionError, SettingsError
from liqscape.model import Accounts, MarketSnapshot

GOOD = account(("a", 0, 1.0, 9_000.0, 60_000.0), ("b", 0, -1.0, 60_000.0, 60_000.0))
SHOCK = to_price(GOOD.snapshot, "BTC", 54_000.0)
BOOK = RealBook(np.array([[59_999.0, 2.0]]), np.array([[60_001.0, 2.0]]))


def with_book(bids: list[list[float]], asks: list[list[float]]) -> CascadeInput:
    book = RealBook(np.array(bids).reshape(-1, 2), np.array(asks).reshape(-1, 2))
    return replace(GOOD, books=(book, None, None, None))


CASES: list[tuple[str, CascadeInput, str]] = [
    ("no positions", question_of(Accounts.empty()), "the market is empty: 0 positions"),
    ("no bids", with_book([], [[60_001.0, 1.0]]), "the order book of BTC has no bids: 0 levels"),
    ("no asks", with_book([[59_999.0, 1.0]], []), "the order book of BTC has no asks"),
    ("crossed", with_book([[60_002.0, 1.0]], [[60_001.0, 1.0]]), "crossed: bid 60002, ask 60001"),
    ("zero size", with_book([[59_999.0, 0.0]], [[60_001.0, 1.0]]), "level 0 of the bids of BTC is [59999.0, 0.0]"),
    ("unsorted", with_book([[59_998.0, 1.0], [59_999.0, 1.0]], [[60_001.0, 1.0]]), "bids of BTC are not sorted"),
    ("books missing", replace(GOOD, books=(None,)), "1 order books for 4 markets"),
    ("volume of another market", replace(GOOD, day_volume=np.zeros(2)), "day_volume has shape (2,), 4 markets"),
    (
        "more held than there is",
        replace(GOOD, snapshot=replace(GOOD.snapshot, open_interest=np.array([0.2, 1.0, 1.0, 1.0]))),
        "unbalanced positions in BTC: accounts hold 1 coins long, open interest is 0.2",
    ),
    (
        "complete, yet not zero",
        replace(account(("a", 0, 1.0, 9_000.0, 60_000.0), ("b", 0, -0.5, 9_000.0, 60_000.0)), is_complete=True),
        "unbalanced positions in BTC: 1 coins long, 0.5 short",
    ),
    (
        "margin of nobody known",
        replace(GOOD, accounts=replace(GOOD.accounts, raw_usd=np.full(2, np.nan))),
        "the margin of none of 2 pools is known",
    ),
]


@pytest.mark.parametrize(("question", "says"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_input_that_cannot_be_simulated_is_refused(question: CascadeInput, says: str) -> None:
    with pytest.raises(InputError) as caught:
        run_cascade(question, SHOCK, SHORT_RUN)
    assert says in str(caught.value)


def test_a_coin_without_any_depth_is_refused_where_a_book_is_needed() -> None:
    snapshot = replace(GOOD.snapshot, open_interest=np.array([2.0, 0.0, 1.0, 1.0]))
    question, shock = replace(GOOD, snapshot=snapshot), to_price(snapshot, "ETH", 2_000.0)
    with pytest.raises(InputError, match="ETH has no depth: no order book, day's volume nan, open interest 0"):
        run_cascade(question, shock, SHORT_RUN)
    assert run_cascade(question, shock, replace(SHORT_RUN, mode=Mode.GIVEN)).totals.accounts == 0


def test_a_shock_of_a_market_without_prices_is_refused() -> None:
    unknown = MarketSnapshot.of_marks(GOOD.snapshot.markets, 1, np.full(4, np.nan))
    with pytest.raises(QuestionError, match="no coin that has a mark"):
        run_cascade(replace(GOOD, snapshot=unknown), SHOCK, SHORT_RUN)


def test_a_recorded_book_is_used_and_said() -> None:
    result = run_cascade(replace(GOOD, books=(BOOK, None, None, None)), SHOCK, SHORT_RUN)
    assert result.report.real_books == 1
    assert any(line.startswith("BTC: recorded book of 1 bids and 1 asks") for line in result.assumptions)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: CascadeSettings(block_ms=0), "block_ms 0"),
        (lambda: CascadeSettings(horizon_ms=10), "horizon_ms 10"),
        (lambda: CascadeSettings(vault_equity=(-1.0,)), "vault equity -1"),
        (lambda: DepthSettings(scale=0.0), "depth scale 0"),
        (lambda: DepthSettings(start_withdrawal=1.5), "start_withdrawal 1.5"),
        (lambda: OutsideSettings(theta=1.5), "theta 1.5"),
        (lambda: run_ensemble(GOOD, SHOCK, SHORT_RUN, 0), "ensemble of 0 runs"),
    ],
)
def test_settings_out_of_bounds_are_refused(make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(SettingsError) as caught:
        make()
    assert says in str(caught.value)
    assert isinstance(caught.value, LiqscapeError)

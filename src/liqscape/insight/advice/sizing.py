"""Size at a dollar risk, net of fees and slippage, in whole lots and exactly (docs/stops.md, "Size").

    loss(q) = q * (|entry - stop| + fee * entry + fee * stop) + stop * cost(q)                                 (4)
    size    = the largest whole number of lots with loss(size) <= risk                                         (5)

cost is that of the book (book_cost.py); where no book that is known holds so much, it is unknown and in no sum.
Figures are taken as the decimal numbers they are printed as, so that a size that fits to the cent does fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from liqscape.insight.advice.book_cost import BookCost, exact
from liqscape.insight.advice.records import SlippageSource, StopSizing, StopTrade
from liqscape.units import BASIS_POINTS


@dataclass(frozen=True)
class SizingTerms:
    """What the size of every stop of a trade rests on.

    fee_bp         taker fee, basis points of notional, paid at entry and stop.
    size_decimals  of the coin: a lot is 10^-size_decimals coins.
    books          the side that the stop's order meets, the best known first.
    """

    fee_bp: float
    size_decimals: int
    books: Sequence[BookCost] = ()

    @property
    def lot(self) -> Fraction:
        """Coins."""
        return Fraction(1, 10**self.size_decimals)


def size_at_risk(trade: StopTrade, risk_usd: float, terms: SizingTerms) -> StopSizing:
    """Eq. 5; rounded down to the lot. Size 0: one lot loses more than the risk."""
    risk, fixed, stop = exact(risk_usd), _fixed(trade, terms), exact(trade.stop)
    for book in terms.books:
        coins = book.coins_for(risk, fixed, stop)
        if coins is not None:
            return _sizing(trade, _whole(coins, terms), terms, risk_usd)
    return _sizing(trade, _whole(risk / fixed, terms), terms, risk_usd)


def size_given(trade: StopTrade, size: float, terms: SizingTerms) -> StopSizing:
    """Terms of a size, rounded down to the lot; its risk is what it loses at the stop."""
    return _sizing(trade, _whole(exact(size), terms), terms, None)


def _fixed(trade: StopTrade, terms: SizingTerms) -> Fraction:
    fee = exact(terms.fee_bp) / exact(BASIS_POINTS)
    entry, stop = exact(trade.entry), exact(trade.stop)
    return abs(entry - stop) + fee * (entry + stop)


def _whole(coins: Fraction, terms: SizingTerms) -> Fraction:
    return coins // terms.lot * terms.lot


def _sizing(trade: StopTrade, size: Fraction, terms: SizingTerms, risk_usd: float | None) -> StopSizing:
    fee = exact(terms.fee_bp) / exact(BASIS_POINTS)
    entry, stop = exact(trade.entry), exact(trade.stop)
    slippage, source = _slippage(size, stop, terms)
    per_coin = _fixed(trade, terms) + (slippage or 0)
    loss = float(size * per_coin)
    return StopSizing(
        stop=trade.stop,
        risk_usd=loss if risk_usd is None else risk_usd,
        size=float(size),
        lot=float(terms.lot),
        notional=float(size * entry),
        distance=float(abs(entry - stop)),
        entry_fee=float(fee * entry),
        stop_fee=float(fee * stop),
        slippage=None if slippage is None else float(slippage),
        slippage_source=source,
        loss_per_coin=float(per_coin),
        loss_usd=loss,
    )


def _slippage(size: Fraction, stop: Fraction, terms: SizingTerms) -> tuple[Fraction | None, SlippageSource]:
    """USD for one coin, and where it is from; of a size of 0 that of one lot."""
    asked = size or terms.lot
    for book in terms.books:
        cost = book.at(asked)
        if cost is not None:
            return stop * cost / asked, book.source
    return None, "unknown"

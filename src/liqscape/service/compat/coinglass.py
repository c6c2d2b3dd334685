"""CoinGlass's questions, asked of this map: heatmap, liquidation map, max pain, positions (docs/compat.md).

Every figure is that of our own route: cells of the heatmap window, bands of the newest frame, the fullest cell of a
side, positions solved by the kernel of the map. What they estimate from open interest and assumed leverage is here
computed from the accounts there are; what this map does not know is null.
"""

from __future__ import annotations

from liqscape.errors import QuestionError
from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.coinglass import (
    CoinglassMapAnswer,
    CoinglassMaxPainAnswer,
    CoinglassPageAnswer,
    CoinglassWalletAnswer,
    compat_standing,
)
from liqscape.service.answers.parts import known
from liqscape.service.answers.status import coverage_answer
from liqscape.service.compat.levels import MAP_NOTES, PAIN_NOTES, map_of_bands, pain_of_coins
from liqscape.service.compat.positions import WhaleQuestions
from liqscape.service.compat.wallet import wallet_answer
from liqscape.service.compat.window import CompatHeatmap, draw_compat_heatmap
from liqscape.service.questions import market_row
from liqscape.service.view import MapView
from liqscape.spelling import did_you_mean, shown

EXCHANGE = "Hyperliquid"
QUOTES = ("-USDT-SWAP", "USDT", "USDC", "-PERP", "-USD", "USD")
"""What a pair's name ends in elsewhere; a market of this exchange has none."""


class CoinglassQuestions:
    """Asks a view; for any thread."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self.whales = WhaleQuestions(view)

    def heatmap(self, symbol: str, span: str) -> CompatHeatmap:
        """The window of the last `span` of history. Raises NotFound, QuestionError."""
        frame = self._view.moment().reported
        coin = coin_of(symbol, frame)
        row = market_row(frame.snapshot.markets, coin)
        return draw_compat_heatmap(self._view, coin, span, known(frame.coverage[row]))

    def levels(self, symbol: str) -> CoinglassMapAnswer:
        """Levels of a coin in the newest frame."""
        frame = self._view.moment().frame
        row = market_row(frame.snapshot.markets, coin_of(symbol, frame))
        standing = compat_standing(frame, known(frame.coverage[row]), MAP_NOTES)
        return CoinglassMapAnswer(data=map_of_bands(frame, row), liqscape=standing)

    def max_pain(self) -> CoinglassMaxPainAnswer:
        """The fullest cell of each side of every coin."""
        frame = self._view.moment().frame
        standing = compat_standing(frame, coverage_answer(frame).share, PAIN_NOTES)
        return CoinglassMaxPainAnswer(data=pain_of_coins(frame), liqscape=standing)

    def positions(self, symbol: str, page: int) -> CoinglassPageAnswer:
        """Positions of a coin, a page of them."""
        return self.whales.of_coin(coin_of(symbol, self._view.moment().reported), page)

    def wallet(self, address: str) -> CoinglassWalletAnswer:
        """A wallet. Raises NotFound for one that is not in the map, QuestionError for what is no address."""
        coverage = coverage_answer(self._view.moment().reported).share
        return wallet_answer(self._view.account(address), coverage)


def coin_of(symbol: str, frame: MarketFrame) -> str:
    """The coin of a symbol: itself, or the base of a pair such as BTCUSDT."""
    coins = frame.snapshot.markets.coins
    if symbol not in coins:
        for quote in QUOTES:
            base = symbol.removesuffix(quote)
            if base != symbol and base in coins:
                return base
    return symbol


def check_exchange(exchange: str) -> None:
    """Raises QuestionError for any other exchange: the map holds one."""
    if exchange.casefold() != EXCHANGE.casefold():
        hint = did_you_mean(exchange, (EXCHANGE,), f"it holds {EXCHANGE} alone")
        raise QuestionError(f"exchange {shown(exchange)} is not in this map; {hint}")

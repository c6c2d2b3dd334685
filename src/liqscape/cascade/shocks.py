"""Shocks: where outside prices go, and how fast (docs/cascade.md, "Shocks")."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.errors import ModelError, NotFound, QuestionError
from liqscape.model.markets import MarketSnapshot
from liqscape.units import MINUTE_MS, Float64Array


class Shape(IntEnum):
    """How the way to the target is covered; u = time / duration in 0..1. After the duration prices stay."""

    RAMP = 0
    """Log price moves at an even pace."""
    STEP = 1
    """All at once in the first block."""
    SMOOTH = 2
    """3 u^2 - 2 u^3: slow, fast, slow."""


@dataclass(frozen=True, kw_only=True)
class Shock:
    """Log return of the outside price of each market, 0 where it does not move. (M,)

    focus is the market the question is about: its row, or None where the shock names none.
    Raises QuestionError for a return that is not finite or beyond MAX_LOG_RETURN, or a bad duration.
    """

    target_log_return: Float64Array
    duration_ms: int
    shape: Shape
    label: str
    focus: int | None = None
    notes: tuple[str, ...] = ()
    """What is assumed in it, for people."""

    def __post_init__(self) -> None:
        if not 0 < self.duration_ms <= MAX_MS:
            raise QuestionError(f"duration {self.duration_ms} ms of a shock is outside 1..{MAX_MS}")
        if not np.all(np.isfinite(self.target_log_return)):
            raise QuestionError("a shock's log return is not a number")
        if self.target_log_return.size and float(np.max(np.abs(self.target_log_return))) > MAX_LOG_RETURN:
            worst = float(self.target_log_return[np.argmax(np.abs(self.target_log_return))])
            raise QuestionError(f"log return {worst:.3f} of a shock is outside +-{MAX_LOG_RETURN} (a factor of 20)")


DEFAULT_DURATION_MS = 10 * MINUTE_MS
MAX_MS = 24 * 60 * MINUTE_MS
MAX_LOG_RETURN = 3.0
SMALLEST_MOVE = 1e-6
"""Relative; a target nearer than that is the mark itself."""


def to_price(
    snapshot: MarketSnapshot,
    coin: str,
    price: float,
    betas: Float64Array | None = None,
    duration_ms: int = DEFAULT_DURATION_MS,
    *,
    only_coin: bool = True,
    shape: Shape = Shape.RAMP,
    side: int | None = None,
) -> Shock:
    """One coin goes to a price; the others stay, or follow along `betas` if not only_coin.

    side -1 says that a fall is meant, +1 a rise, None either. Raises NotFound for an unknown coin, QuestionError for a
    price that is not positive, is the mark itself, or lies on the wrong side of it, or a coin without a mark.
    """
    row = _row(snapshot, coin)
    move = _log_move(snapshot, row, price, side)
    if not only_coin:
        return along_betas(snapshot, coin, price, betas, duration_ms, shape=shape, side=side)
    target = np.zeros(len(snapshot.markets))
    target[row] = move
    note = f"only {coin} moves: every other outside price stays where it is"
    return Shock(
        target_log_return=target,
        duration_ms=duration_ms,
        shape=shape,
        label=_label(coin, price, move),
        focus=row,
        notes=(note,),
    )


def along_betas(
    snapshot: MarketSnapshot,
    coin: str,
    price: float,
    betas: Float64Array | None = None,
    duration_ms: int = DEFAULT_DURATION_MS,
    *,
    shape: Shape = Shape.RAMP,
    side: int | None = None,
) -> Shock:
    """One coin goes to a price, the others follow: log return = beta * log return of the coin.

    betas (M,) against `coin`; NaN, or None for all: unknown, taken as 1 and said in the notes. Raises as `to_price`.
    """
    row = _row(snapshot, coin)
    move = _log_move(snapshot, row, price, side)
    count = len(snapshot.markets)
    given = np.full(count, np.nan) if betas is None else np.asarray(betas, np.float64)
    if given.shape != (count,):
        raise ModelError(f"betas have shape {given.shape}, {count} markets need ({count},)")
    unknown = np.isnan(given)
    unknown[row] = False
    target = np.where(unknown, 1.0, given) * move
    target[row] = move
    note = f"other outside prices follow {coin} along betas; {int(unknown.sum())} unknown betas taken as 1"
    return Shock(
        target_log_return=target,
        duration_ms=duration_ms,
        shape=shape,
        label=f"{_label(coin, price, move)}, all along betas",
        focus=row,
        notes=(note,),
    )


def of_vector(
    snapshot: MarketSnapshot,
    moves: Mapping[str, float],
    duration_ms: int = DEFAULT_DURATION_MS,
    *,
    shape: Shape = Shape.RAMP,
    rest: float = 0.0,
) -> Shock:
    """Relative moves by coin (-0.1 is ten percent down); coins not named move by `rest`.

    Raises NotFound for an unknown coin, QuestionError for a move of -100 % or less or nothing that moves.
    """
    target = np.full(len(snapshot.markets), _log_of_move("the rest", rest))
    for coin, move in moves.items():
        target[_row(snapshot, coin)] = _log_of_move(coin, move)
    if not np.any(target):
        raise QuestionError("the shock moves no coin")
    named = [_row(snapshot, coin) for coin, move in moves.items() if move]
    focus = max(named, key=lambda row: abs(float(target[row])), default=None)
    shown = ", ".join(f"{coin} {100 * move:+.4g} %" for coin, move in list(moves.items())[:4])
    more = f" and {len(moves) - 4} more" if len(moves) > 4 else ""
    note = f"coins not named move by {100 * rest:+.4g} %"
    return Shock(
        target_log_return=target,
        duration_ms=duration_ms,
        shape=shape,
        label=f"{shown}{more}",
        focus=focus,
        notes=(note,),
    )


OCTOBER_2025_MOVES = {"BTC": -0.129, "ETH": -0.149, "SOL": -0.311, "HYPE": -0.509, "DOGE": -0.638}
"""BIN.CANDLES.OCT10: Binance perpetuals, hourly candles, from the open of 20:00 to the low until 23:00 UTC."""
OCTOBER_2025_VAULTS = (600_000.0, 7_500_000.0)
"""PUB.OCT10.VAULTS: USD of the two liquidator vaults."""
OCTOBER_2025_DURATION_MS = 30 * MINUTE_MS
OCTOBER_2025_NOTE = (
    "published prices: BTC -12.9 %, ETH -14.9 %, SOL -31.1 %, HYPE -50.9 %, DOGE -63.8 %, Binance perpetuals, hourly "
    "candles, open of 20:00 to low until 23:00 UTC; lows of another venue, deeper than index prices went"
)


def october_2025(snapshot: MarketSnapshot, duration_ms: int = OCTOBER_2025_DURATION_MS) -> Shock:
    """The moves of 10 October 2025 of the coins whose move has a source (docs/sources.md); the others stay.

    Raises QuestionError where the market has none of them.
    """
    markets = snapshot.markets
    known = {coin: move for coin, move in OCTOBER_2025_MOVES.items() if markets.find(coin) is not None}
    target = np.zeros(len(markets))
    for coin, move in known.items():
        target[markets.index_of(coin)] = math.log1p(move)
    if not known:
        named = ", ".join(OCTOBER_2025_MOVES)
        raise QuestionError(f"this market has none of the coins whose move has a source: {named}")
    left = len(markets) - len(known)
    filled = (
        f"left out: {left} coins without a source do not move by themselves; the others go at once, at an even pace "
        f"over {duration_ms / MINUTE_MS:g} minutes, and stay there (assumed)"
    )
    label = "10 October 2025, coins with a source"
    return Shock(
        target_log_return=target,
        duration_ms=duration_ms,
        shape=Shape.RAMP,
        label=label,
        focus=markets.find("BTC"),
        notes=(OCTOBER_2025_NOTE, filled),
    )


def _row(snapshot: MarketSnapshot, coin: str) -> int:
    try:
        return snapshot.markets.index_of(coin)
    except ModelError as error:
        raise NotFound(str(error), coin=coin) from None


def _log_move(snapshot: MarketSnapshot, row: int, price: float, side: int | None) -> float:
    coin, mark = snapshot.markets.coins[row], float(snapshot.mark[row])
    if not (math.isfinite(price) and price > 0.0):
        raise QuestionError(f"target price {price} of {coin} is not above 0")
    if not mark > 0.0:
        raise QuestionError(f"{coin} has no mark price, so there is no way to {price:.15g}")
    move = math.log(price / mark)
    if abs(move) < SMALLEST_MOVE:
        raise QuestionError(
            f"target price {price:.15g} of {coin} is less than {100 * SMALLEST_MOVE:.4f} % from its mark {mark:.15g}: "
            "nothing would move"
        )
    if side is not None and move * side < 0.0:
        wanted, where = ("a fall", "above") if side < 0 else ("a rise", "below")
        raise QuestionError(
            f"target price {price:.15g} of {coin} is on the wrong side: {where} the mark {mark:.15g} for {wanted}"
        )
    return move


def _log_of_move(name: str, move: float) -> float:
    if not (math.isfinite(move) and move > -1.0):
        raise QuestionError(f"move {move} of {name} is not above -1 (-100 %)")
    return math.log1p(move)


def _label(coin: str, price: float, move: float) -> str:
    return f"{coin} to {price:.15g} ({100.0 * math.expm1(move):+.2f} %)"

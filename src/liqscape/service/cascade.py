"""What happens if price gets there, asked of a market: bounds of the question, the shock it means, the run, the record.

The command line and the API ask here; neither computes anything (docs/cascade.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from liqscape.cascade import (
    CascadeSettings,
    Mode,
    OutsideSettings,
    Shock,
    along_betas,
    october_2025,
    of_vector,
    run_cascade,
    run_ensemble,
    to_price,
)
from liqscape.cascade.checks import check_input
from liqscape.cascade.results import PartialRows
from liqscape.cascade.shocks import MAX_LOG_RETURN, OCTOBER_2025_VAULTS
from liqscape.errors import LiqscapeError, QuestionError
from liqscape.service.answers.cascade_records import CascadeAnswer, EnsembleAnswer
from liqscape.service.cascade_answer import cascade_answer, ensemble_answer
from liqscape.service.compiling import TellCompiled, compiling_reporter
from liqscape.service.joint import NamedMoves
from liqscape.service.market_inputs.market_input import MarketInput, with_stops
from liqscape.service.questions import market_row
from liqscape.units import MINUTE_MS, Float64Array

MODES = tuple(mode.name.lower() for mode in Mode)
SHOCKS = ("one", "betas", "october-2025")
DIRECTIONS = {"down": -1, "up": 1}
MAX_MINUTES = 1_440.0
SHORTEST_MINUTES = 0.1
MAX_PATHS = 1_000
MAX_VAULTS, MAX_EQUITY = 20, 1e12
DEFAULT_MINUTES, DEFAULT_SHOCK_MINUTES, OCTOBER_MINUTES = 60.0, 10.0, 30.0

Progress = Callable[[float, PartialRows | None], None]
"""Told the share done, and of a single run the flow since the last call."""


@dataclass(frozen=True, kw_only=True)
class CascadeQuestion:
    """coin and price in USD; None where the shock itself says how far every coin goes (october-2025, moves).

    shock          one (the others stay), betas (the others follow), october-2025; ignored where moves are given.
    direction      "down" or "up" says which side of the mark is meant; None takes the price's word.
    shock_minutes  how long the way takes; None: 10, for october-2025 30, never longer than `minutes`.
    minutes        simulated time. paths: runs of an ensemble, 1 a single run. theta None: the default.
    vault_equity   USD of each liquidator vault; () is none, None the default, for october-2025 what was published.
    dex_vaults     (dex, USD) of the vaults of other dexs; of a dex without one the capital that was read, else none.
    stops          take along the stops and take-profits that are known.
    """

    coin: str
    price: float | None
    mode: str = "book"
    shock: str = "one"
    moves: NamedMoves | None = None
    direction: str | None = None
    minutes: float = DEFAULT_MINUTES
    shock_minutes: float | None = None
    paths: int = 1
    seed: int = 0
    theta: float | None = None
    vault_equity: tuple[float, ...] | None = None
    dex_vaults: tuple[tuple[str, float], ...] = ()
    stops: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (("mode", self.mode, MODES), ("shock", self.shock, SHOCKS)):
            if value not in known:
                raise QuestionError(f"{name} {value!r} is none of {', '.join(known)}")
        if self.direction is not None and self.direction not in DIRECTIONS:
            raise QuestionError(f"direction {self.direction!r} is neither down nor up")
        for name, minutes in (("minutes", self.minutes), ("shock_minutes", self.shock_minutes)):
            if minutes is not None and not SHORTEST_MINUTES <= minutes <= MAX_MINUTES:
                raise QuestionError(f"{name} {minutes:g} is outside {SHORTEST_MINUTES:g}..{MAX_MINUTES:g}")
        if self.shock_minutes is not None and self.shock_minutes > self.minutes:
            raise QuestionError(f"shock_minutes {self.shock_minutes:g} is longer than minutes {self.minutes:g}")
        if not 1 <= self.paths <= MAX_PATHS:
            raise QuestionError(f"paths {self.paths} is outside 1..{MAX_PATHS}")
        if not 0 <= self.seed < 2**63:
            raise QuestionError(f"seed {self.seed} is outside 0..2^63-1")
        if self.theta is not None and not 0.0 <= self.theta <= 1.0:
            raise QuestionError(f"theta {self.theta:g} is outside 0..1")
        if self.vault_equity is not None:
            if len(self.vault_equity) > MAX_VAULTS:
                raise QuestionError(f"vault_equity names {len(self.vault_equity)} vaults, at most {MAX_VAULTS}")
            for equity in self.vault_equity:
                if not 0.0 <= equity <= MAX_EQUITY:
                    raise QuestionError(f"vault_equity {equity:g} is outside 0..{MAX_EQUITY:g} USD")
        if len(self.dex_vaults) > MAX_VAULTS:
            raise QuestionError(f"dex_vault names {len(self.dex_vaults)} vaults, at most {MAX_VAULTS}")
        for dex, equity in self.dex_vaults:
            if not 0.0 <= equity <= MAX_EQUITY:
                raise QuestionError(f"dex_vault {dex}={equity:g} is outside 0..{MAX_EQUITY:g} USD")
        sets_every_coin = self.moves is not None or self.shock == "october-2025"
        if sets_every_coin and self.price is not None:
            raise QuestionError("a target price and a shock that moves every coin by itself exclude each other")
        if not sets_every_coin and self.price is None:
            raise QuestionError(f"shock {self.shock} needs a target price of {self.coin}")


@dataclass(frozen=True)
class PreparedCascade:
    """A question that can be simulated."""

    question: CascadeQuestion
    market: MarketInput
    shock: Shock
    settings: CascadeSettings


def prepare_cascade(market: MarketInput, question: CascadeQuestion) -> PreparedCascade:
    """Everything a run needs, checked.

    Raises NotFound for an unknown coin; QuestionError for a price that is the mark, on the wrong side of it or out of
    reach, and for stops of a source that reads none; InputError for an empty market, a book without depth or unbalanced
    positions.
    """
    if question.stops:
        market = with_stops(market)
    shock = _shock(market, question)
    outside = OutsideSettings() if question.theta is None else OutsideSettings(theta=question.theta)
    horizon_ms = round(question.minutes * MINUTE_MS)
    settings = CascadeSettings(
        vault_equity=_vault_equity(question),
        dex_vault_equity=_dex_vaults(market, question),
        mode=Mode[question.mode.upper()],
        horizon_ms=horizon_ms,
        sample_ms=min(1_000, horizon_ms),
        seed=question.seed,
        outside=outside,
    )
    check_input(market.cascade, shock, settings)
    return PreparedCascade(question, market, shock, settings)


def answer_cascade(
    prepared: PreparedCascade,
    progress: Progress | None = None,
    *,
    compiling: TellCompiled | None = None,
    max_points: int | None = None,
    max_rows: int | None = None,
) -> CascadeAnswer | EnsembleAnswer:
    """Simulate: one run, or an ensemble where the question asks for more paths. What `progress` raises stops it.

    compiling is told while the simulator is compiled, which the first run of a machine waits for.
    """
    if compiling is not None:
        with compiling_reporter(compiling):
            return answer_cascade(prepared, progress, max_points=max_points, max_rows=max_rows)
    question, market, shock, settings = prepared.question, prepared.market, prepared.shock, prepared.settings
    tell = progress or _ignore
    if question.paths == 1:
        result = run_cascade(market.cascade, shock, settings, tell)
        ensemble = None
    else:
        ensemble = run_ensemble(market.cascade, shock, settings, question.paths, lambda share: tell(share, None))
        if ensemble.central is None:
            return ensemble_answer(ensemble, market, None, max_rows=max_rows)
        result = ensemble.central
    answer = cascade_answer(
        result,
        market,
        settings,
        question.coin,
        question.price,
        shock.duration_ms,
        max_points=max_points,
        max_rows=max_rows,
    )
    return answer if ensemble is None else ensemble_answer(ensemble, market, answer, max_rows=max_rows)


def _vault_equity(question: CascadeQuestion) -> tuple[float, ...]:
    if question.vault_equity is not None:
        return question.vault_equity
    is_october = question.shock == "october-2025" and question.moves is None
    return OCTOBER_2025_VAULTS if is_october else CascadeSettings().vault_equity


def _dex_vaults(market: MarketInput, question: CascadeQuestion) -> tuple[tuple[str, float], ...]:
    """Those given, and of the other dexs those that were read with the market."""
    given = {dex for dex, _ in question.dex_vaults}
    return (*question.dex_vaults, *(vault for vault in market.dex_vaults if vault[0] not in given))


def _shock(market: MarketInput, question: CascadeQuestion) -> Shock:
    snapshot, coin = market.cascade.snapshot, question.coin
    row = market_row(snapshot.markets, coin)
    default = OCTOBER_MINUTES if question.shock == "october-2025" and question.moves is None else DEFAULT_SHOCK_MINUTES
    minutes = min(default, question.minutes) if question.shock_minutes is None else question.shock_minutes
    duration_ms = round(minutes * MINUTE_MS)
    if question.moves is not None:
        rest = 0.0 if question.moves.rest is None else question.moves.rest
        shock = of_vector(snapshot, question.moves.named, duration_ms, rest=rest)
        return _focused(shock, row, coin)
    if question.shock == "october-2025":
        return _focused(october_2025(snapshot, duration_ms), row, coin)
    price = question.price
    assert price is not None
    if not (math.isfinite(price) and price > 0.0):
        raise QuestionError(f"target price {price:.15g} of {coin} is not above 0")
    mark = market.mark_of(coin)
    if mark > 0.0 and abs(math.log(price / mark)) > MAX_LOG_RETURN:
        raise QuestionError(
            f"target price {price:.15g} of {coin} is more than a factor of 20 from its mark {mark:.15g}"
        )
    side = None if question.direction is None else DIRECTIONS[question.direction]
    if question.shock == "one":
        return to_price(snapshot, coin, price, duration_ms=duration_ms, side=side)
    betas = _betas_to(market, row, -1 if price < mark else 1)
    shock = along_betas(snapshot, coin, price, betas, duration_ms, side=side)
    return replace(shock, notes=(*shock.notes, f"betas: {market.betas.origin}"))


def _focused(shock: Shock, row: int, coin: str) -> Shock:
    """The same shock looked at from the coin asked about."""
    if shock.target_log_return[row] == 0.0:
        raise QuestionError(f"the shock does not move {coin}")
    return replace(shock, focus=row)


def _betas_to(market: MarketInput, row: int, direction: int) -> Float64Array:
    """(M,) betas against a coin instead of BTC: the ratio of both betas to BTC."""
    betas = market.betas.betas.of(direction)
    own = float(betas[row])
    if not own > 0.0:
        coin = market.cascade.snapshot.markets.coins[row]
        raise QuestionError(f"beta of {coin} to BTC is {own:.3g}: no other coin can be said to follow it")
    return np.asarray(betas / own, np.float64)


def parse_dex_vault(text: str) -> tuple[str, float]:
    """(dex, USD) of `NAME=USD`. Raises QuestionError for anything else."""
    name, _, amount = text.partition("=")
    try:
        equity = float(amount)
    except ValueError:
        equity = math.nan
    if not name or math.isnan(equity):
        raise QuestionError(f"dex_vault {text!r} is not NAME=USD, such as xyz=2000000")
    return name, equity


def reason_of(error: LiqscapeError) -> QuestionError:
    """The same failure as a bad question, for the API: the map cannot be simulated as asked."""
    return error if isinstance(error, QuestionError) else QuestionError(str(error), **error.context)


def _ignore(share: float, rows: PartialRows | None) -> None:
    pass

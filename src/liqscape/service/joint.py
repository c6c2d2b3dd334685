"""Questions about all coins moving together, asked of a moment of the map (docs/joint.md).

What is solved for a moment is kept while it is the one being asked about: map, clusters and curve share it.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.joint import BandSpread, band_spread, build_joint_frame
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.joint import (
    Betas,
    JointLevels,
    JointPath,
    along_betas,
    along_moves,
    joint_curve,
    named_betas,
    nearest,
    solve_joint,
)
from liqscape.risk.joint.betas import FACTOR_COIN
from liqscape.risk.joint.path import REACH
from liqscape.risk.liquidation import solve_roots
from liqscape.service.answers.joint import (
    CurveAnswer,
    JointAnswer,
    JointNote,
    curve_answer,
    joint_answer,
    joint_note,
    largest_accounts,
)
from liqscape.service.coin_betas import LabelledBetas
from liqscape.service.moments import AskedMoment
from liqscape.service.questions import market_row
from liqscape.units import Float64Array

LOWEST_PERCENT = -87.0
HIGHEST_PERCENT = 690.0
"""Of BTC's move: what a path reaches (REACH)."""

FALLS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.5, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0)
RISES = (*FALLS, 75.0, 100.0)
SHARES = tuple(float(share) for share in range(10, 101, 10))
KEPT = 3
"""Moments kept solved; each is some tens of MB on a whole market."""

ReadBetas = Callable[[AskedMoment], LabelledBetas]


@dataclass(frozen=True, kw_only=True)
class JointMoment:
    """A moment along both directions of the betas. frame is the joint one, of the nearer direction."""

    moment: AskedMoment
    labelled: LabelledBetas
    solo_root: Float64Array
    paths: Mapping[int, JointPath]
    levels: Mapping[int, JointLevels]
    nearest: JointLevels
    frame: MarketFrame


@dataclass(frozen=True)
class NamedMoves:
    """Betas or relative moves a user gave: by coin, and for all coins not named (None: nothing is said of them)."""

    named: Mapping[str, float]
    rest: float | None
    name: str


class JointQuestions:
    """Answers for moments; `read_betas` says how coins follow BTC at one."""

    def __init__(self, read_betas: ReadBetas) -> None:
        self._read_betas = read_betas
        self._kept: OrderedDict[int, JointMoment] = OrderedDict()
        self._lock = threading.Lock()

    def frame(self, moment: AskedMoment) -> MarketFrame:
        """The joint frame of a moment."""
        return self._solved(moment).frame

    def levels(self, moment: AskedMoment) -> JointLevels:
        """Where each position is liquidated with all coins moving along BTC's nearer way. Raises NotFound."""
        return self._solved(moment).nearest

    def note(self, moment: AskedMoment, market_index: int, level: int | None) -> JointNote:
        """How it was made, with the spread of the coin's bands at a level, or without for None."""
        solved = self._solved(moment)
        spread: BandSpread | None = None
        if level is not None:
            spread = band_spread(moment.accounts, market_index, solved.solo_root, solved.nearest, level)
        return joint_note(solved.labelled, market_index, spread, level or 0)

    def along_btc(self, moment: AskedMoment, btc_percent: float, given: NamedMoves | None = None) -> JointAnswer:
        """USD liquidated if BTC moves by a percentage and every coin follows by its beta.

        given: the user's betas in place of the estimated ones. Raises QuestionError for a move out of reach,
        NotFound where BTC's mark is not known.
        """
        if not (math.isfinite(btc_percent) and LOWEST_PERCENT <= btc_percent <= HIGHEST_PERCENT):
            raise QuestionError(f"btc_percent {btc_percent:g} is outside {LOWEST_PERCENT:g}..{HIGHEST_PERCENT:g}")
        if btc_percent == 0.0:
            raise QuestionError("btc_percent 0 moves nothing; give a fall or a rise")
        solved = self._solved(moment) if given is None else self._solve(moment, self._with_given(moment, given))
        direction = 1 if btc_percent > 0.0 else -1
        accounts, snapshot = moment.accounts, moment.frame.snapshot
        factor = abs(math.log1p(btc_percent / 100.0))
        path, levels = solved.paths[direction], solved.levels[direction]
        point = joint_curve(accounts, snapshot, path, levels, solved.solo_root, np.array([0.0, factor]))
        curves = [
            _curve(solved, -1, [-percent for percent in FALLS], "down"),
            _curve(solved, 1, list(RISES), "up"),
        ]
        percents = 100.0 * np.expm1(direction * levels.factor)
        found = largest_accounts(accounts, moment.frame, levels, solved.solo_root, factor, percents)
        name = "down" if direction < 0 else "up"
        origin = solved.labelled.origin
        return joint_answer(
            moment.frame,
            solved.labelled,
            path,
            point=point,
            at_percent=btc_percent,
            direction=name,
            curves=curves,
            accounts=found,
            origin=origin,
        )

    def along_shock(self, moment: AskedMoment, shock: NamedMoves) -> JointAnswer:
        """USD liquidated on the straight way (in log price) to the user's vector of relative moves.

        Coins not named stay where they are unless `rest` says otherwise.
        """
        accounts, snapshot, tables = moment.accounts, moment.frame.snapshot, moment.tables
        move = np.full(len(snapshot.markets), 0.0 if shock.rest is None else shock.rest)
        for coin, value in shock.named.items():
            move[market_row(snapshot.markets, coin)] = value
        if not np.any(move != 0.0):
            raise QuestionError(f"{shock.name} moves no coin")
        path = along_moves(move)
        solo_root = solve_roots(accounts, snapshot, tables)
        levels = solve_joint(accounts, snapshot, tables, path, solo_root, moment.collateral)
        shares = np.array(SHARES) / 100.0
        curve = joint_curve(accounts, snapshot, path, levels, solo_root, shares)
        point = joint_curve(accounts, snapshot, path, levels, solo_root, np.array([0.0, 1.0]))
        coins = snapshot.markets.coins
        found = largest_accounts(accounts, moment.frame, levels, solo_root, 1.0, 100.0 * levels.factor)
        rest = "stay" if shock.rest is None else f"move by {100.0 * shock.rest:+g} %"
        origin = f"no betas: {len(shock.named)} coins move as {shock.name} says, the others {rest}"
        curves = [curve_answer("shock", list(SHARES), curve, coins)]
        return joint_answer(
            moment.frame,
            None,
            path,
            point=point,
            at_percent=100.0,
            direction="shock",
            curves=curves,
            accounts=found,
            origin=origin,
        )

    def _with_given(self, moment: AskedMoment, given: NamedMoves) -> LabelledBetas:
        markets = moment.frame.snapshot.markets
        for coin in given.named:
            market_row(markets, coin)
        read = self._read_betas(moment)
        betas = named_betas(read.betas, markets.coins, given.named, given.rest)
        if given.rest is not None:
            return LabelledBetas(betas, f"{given.name}, for every coin")
        return LabelledBetas(betas, f"{given.name} for {len(given.named)} coins; of the others {read.origin}")

    def _solved(self, moment: AskedMoment) -> JointMoment:
        with self._lock:
            held = self._kept.get(id(moment.frame))
            if held is None or held.moment.frame is not moment.frame:
                held = self._kept[id(moment.frame)] = self._solve(moment, self._read_betas(moment))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return held

    def _solve(self, moment: AskedMoment, labelled: LabelledBetas) -> JointMoment:
        accounts, snapshot, tables = moment.accounts, moment.frame.snapshot, moment.tables
        row = market_row(snapshot.markets, FACTOR_COIN)
        if not snapshot.mark[row] > 0.0:
            raise NotFound(f"the mark of {FACTOR_COIN} is not known at {moment.frame.time_ms}", coin=FACTOR_COIN)
        solo_root = solve_roots(accounts, snapshot, tables)
        paths = paths_of(labelled.betas)
        levels = {
            direction: solve_joint(accounts, snapshot, tables, path, solo_root, moment.collateral)
            for direction, path in paths.items()
        }
        first = nearest(levels[-1], levels[1], accounts)
        frame = build_joint_frame(accounts, snapshot, tables, moment.frame.provenance, first)
        return JointMoment(
            moment=moment,
            labelled=labelled,
            solo_root=solo_root,
            paths=paths,
            levels=levels,
            nearest=first,
            frame=replace(frame, block=moment.reported.block),
        )


def paths_of(betas: Betas) -> dict[int, JointPath]:
    """Both ways of BTC, -1 falling and 1 rising, with the coins that follow."""
    return {direction: along_betas(betas.of(direction), direction, REACH) for direction in (-1, 1)}


def nearest_along_btc(
    accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, betas: Betas, solo_root: Float64Array
) -> JointLevels:
    """Joint levels of the direction that liquidates each pool first."""
    down, up = (solve_joint(accounts, snapshot, tables, path, solo_root) for path in paths_of(betas).values())
    return nearest(down, up, accounts)


def _curve(solved: JointMoment, direction: int, percents: list[float], name: str) -> CurveAnswer:
    moment = solved.moment
    curve = joint_curve(
        moment.accounts,
        moment.frame.snapshot,
        solved.paths[direction],
        solved.levels[direction],
        solved.solo_root,
        np.abs(np.log1p(np.array(percents) / 100.0)),
    )
    return curve_answer(name, percents, curve, moment.frame.snapshot.markets.coins)

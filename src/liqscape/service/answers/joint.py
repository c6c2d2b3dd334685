"""Joint liquidation as records: how a joint map was made, and what is liquidated as all coins move."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.joint import BandSpread
from liqscape.model.accounts import Accounts
from liqscape.risk.joint import BetaSource, JointCurve, JointLevels, JointPath, JointStatus
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_NAMES,
    MODE_NAMES,
    Coins,
    Price,
    ProvenanceAnswer,
    TimeMs,
    Usd,
    known,
    known_list,
    provenance_answer,
)
from liqscape.service.answers.unread import UnreadAccounts
from liqscape.service.coin_betas import LabelledBetas, source_counts
from liqscape.units import Float64Array

BETA_SOURCE_NAMES = tuple(BetaSource(value).name.lower() for value in range(len(BetaSource)))
MAX_ACCOUNTS = 20

Moved = Annotated[float, msgspec.Meta(description="Where BTC is, percent of its mark; for a shock percent of the way.")]


class SpreadColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Solo bands beside joint ones, columns of equal length, sorted by band and side."""

    band: list[int]
    price_low: list[float]
    side: list[int]
    solo_size: Annotated[list[float], msgspec.Meta(description="Coins in the band, each coin moving alone.")]
    joint_size: Annotated[list[float], msgspec.Meta(description="Coins in the band, all coins moving.")]
    moved_size: Annotated[list[float], msgspec.Meta(description="Coins of solo_size that are elsewhere jointly.")]
    lost_size: Annotated[list[float], msgspec.Meta(description="Coins of solo_size that no joint path liquidates.")]
    spread_percent: Annotated[
        list[float | None],
        msgspec.Meta(description="Mean |log(joint / solo)| of its solo positions by size, times 100."),
    ]
    shift_percent: Annotated[list[float | None], msgspec.Meta(description="The same, signed.")]


class JointNote(msgspec.Struct, frozen=True, kw_only=True):
    """How a joint map was made."""

    direction: Annotated[
        str, msgspec.Meta(description='"nearest": the first liquidation of each account, BTC falling or rising.')
    ]
    beta: Annotated[float, msgspec.Meta(description="Beta of this coin to BTC where BTC falls.")]
    beta_up: Annotated[float, msgspec.Meta(description="Beta of this coin to BTC where BTC rises.")]
    beta_source: Annotated[str, msgspec.Meta(description="factor, estimated, default or user.")]
    betas_origin: Annotated[str, msgspec.Meta(description="Where the betas are from, one sentence.")]
    spread: SpreadColumns | None


class BetaRow(msgspec.Struct, frozen=True, kw_only=True):
    """How one coin follows BTC."""

    coin: str
    beta: float
    beta_up: float
    beta_source: str
    standard_error: float | None
    return_count: int


class CurveCoin(msgspec.Struct, frozen=True):
    """One coin's part of a curve."""

    coin: str
    joint_notional: list[float]
    solo_notional: list[float]


class CurveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """USD liquidated by each point of a path, cumulated; columns of equal length."""

    direction: Annotated[str, msgspec.Meta(description="down, up or shock.")]
    at_percent: list[Moved]
    joint_notional: Annotated[list[float], msgspec.Meta(description="All coins moving, USD at the present marks.")]
    joint_level_notional: Annotated[list[float], msgspec.Meta(description="The same at the marks reached.")]
    solo_notional: Annotated[
        list[float], msgspec.Meta(description="Sum of the single-coin maps at the same marks, USD at present marks.")
    ]
    pool_count: Annotated[list[int], msgspec.Meta(description="Margin pools liquidated by then.")]
    coins: list[CurveCoin]


class MovedCoin(msgspec.Struct, frozen=True, kw_only=True):
    """One coin at the point asked about."""

    coin: str
    mark: Price
    moved_mark: Price
    joint_notional: Usd
    joint_level_notional: Usd
    solo_notional: Usd


class JointPosition(msgspec.Struct, frozen=True, kw_only=True):
    """One position of an account that is liquidated."""

    coin: str
    size: Coins
    notional: Usd
    joint_liquidation_price: Annotated[
        float, msgspec.Meta(description="Mark of this coin when the account is liquidated.")
    ]
    liquidation_price: (
        Annotated[float, msgspec.Meta(description="Liquidation price with the other coins frozen.")] | None
    )


class JointAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One margin pool liquidated on the way, largest first."""

    address: str
    margin_mode: str
    margin_source: str
    at_percent: Moved
    notional: Usd
    positions: list[JointPosition]


class JointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What is liquidated if BTC moves and the rest follow, or if all coins take a given vector of moves."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    at_percent: Moved
    direction: str
    joint_notional: Usd
    joint_level_notional: Usd
    solo_notional: Usd
    pool_count: int
    now_notional: Annotated[float, msgspec.Meta(description="Of it, below maintenance at the present marks, USD.")]
    unknown_notional: Annotated[float, msgspec.Meta(description="Positions that could not be solved, USD.")]
    exempt_notional: Annotated[float, msgspec.Meta(description="Positions of accounts kept apart (HLP), USD.")]
    betas_origin: str
    beta_counts: Annotated[dict[str, int], msgspec.Meta(description="Coins by where their beta is from.")]
    coins: list[MovedCoin]
    curves: list[CurveAnswer]
    betas: list[BetaRow]
    accounts: list[JointAccount]
    unread: UnreadAccounts | None = None
    """Of a server read once; null for a map, whose accounts are read again and again."""
    in_doubt: Annotated[
        list[str], msgspec.Meta(description="Coins whose figures are in doubt: so is what holds them.")
    ] = []


def joint_note(labelled: LabelledBetas, market_index: int, spread: BandSpread | None, level: int) -> JointNote:
    """How the joint map of one coin was made."""
    betas = labelled.betas
    return JointNote(
        direction="nearest",
        beta=float(betas.down[market_index]),
        beta_up=float(betas.up[market_index]),
        beta_source=BETA_SOURCE_NAMES[int(betas.source[market_index])],
        betas_origin=labelled.origin,
        spread=None if spread is None else spread_columns(spread, level),
    )


def spread_columns(spread: BandSpread, level: int) -> SpreadColumns:
    """The same as columns of the API."""
    return SpreadColumns(
        band=spread.band.tolist(),
        price_low=band_edge(spread.band, level).tolist(),
        side=spread.side.tolist(),
        solo_size=spread.solo_size.tolist(),
        joint_size=spread.joint_size.tolist(),
        moved_size=spread.moved_size.tolist(),
        lost_size=spread.lost_size.tolist(),
        spread_percent=known_list(100.0 * spread.spread),
        shift_percent=known_list(100.0 * spread.shift),
    )


def beta_rows(labelled: LabelledBetas, coins: tuple[str, ...], held: Float64Array) -> list[BetaRow]:
    """Betas of coins somebody holds (`held` (M,) coins > 0), in the order of the markets."""
    betas = labelled.betas
    return [
        BetaRow(
            coin=coins[row],
            beta=float(betas.down[row]),
            beta_up=float(betas.up[row]),
            beta_source=BETA_SOURCE_NAMES[int(betas.source[row])],
            standard_error=known(betas.standard_error[row]),
            return_count=int(betas.return_count[row]),
        )
        for row in np.flatnonzero(held > 0.0).tolist()
    ]


def curve_answer(direction: str, at_percent: list[float], curve: JointCurve, coins: tuple[str, ...]) -> CurveAnswer:
    """A curve as columns; coins of which nothing is liquidated are left out."""
    shown = np.flatnonzero((curve.joint[-1] > 0.0) | (curve.frozen[-1] > 0.0)).tolist()
    return CurveAnswer(
        direction=direction,
        at_percent=at_percent,
        joint_notional=curve.joint.sum(axis=1).tolist(),
        joint_level_notional=curve.joint_level.sum(axis=1).tolist(),
        solo_notional=curve.frozen.sum(axis=1).tolist(),
        pool_count=curve.pool_count.tolist(),
        coins=[CurveCoin(coins[row], curve.joint[:, row].tolist(), curve.frozen[:, row].tolist()) for row in shown],
    )


def joint_answer(
    frame: MarketFrame,
    labelled: LabelledBetas | None,
    path: JointPath,
    *,
    point: JointCurve,
    at_percent: float,
    direction: str,
    curves: list[CurveAnswer],
    accounts: list[JointAccount],
    origin: str,
) -> JointAnswer:
    """The whole answer. `point` is a curve of two points: f = 0 and where it was asked about."""
    snapshot = frame.snapshot
    coins = snapshot.markets.coins
    reached = path.marks(snapshot.mark, float(point.factor[-1]))
    touched = np.flatnonzero((point.joint[-1] > 0.0) | (point.frozen[-1] > 0.0))
    order = touched[np.argsort(-point.joint[-1][touched], kind="stable")].tolist()
    return JointAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        at_percent=at_percent,
        direction=direction,
        joint_notional=float(point.joint[-1].sum()),
        joint_level_notional=float(point.joint_level[-1].sum()),
        solo_notional=float(point.frozen[-1].sum()),
        pool_count=int(point.pool_count[-1]),
        now_notional=float(point.joint[0].sum()),
        unknown_notional=point.unknown,
        exempt_notional=point.exempt,
        betas_origin=origin,
        beta_counts={} if labelled is None else source_counts(labelled.betas),
        coins=[
            MovedCoin(
                coin=coins[row],
                mark=float(snapshot.mark[row]),
                moved_mark=float(reached[row]),
                joint_notional=float(point.joint[-1, row]),
                joint_level_notional=float(point.joint_level[-1, row]),
                solo_notional=float(point.frozen[-1, row]),
            )
            for row in order
        ],
        curves=curves,
        betas=[] if labelled is None else beta_rows(labelled, coins, frame.position_size.sum(axis=1)),
        accounts=accounts,
        in_doubt=snapshot.coins_in_doubt,
    )


def largest_accounts(
    accounts: Accounts,
    frame: MarketFrame,
    levels: JointLevels,
    solo_root: Float64Array,
    factor: float,
    percents: Float64Array,
) -> list[JointAccount]:
    """The largest pools liquidated by `factor`; percents (A,) says where BTC is when each is."""
    mark, coins = frame.snapshot.mark, frame.snapshot.markets.coins
    is_solved = (levels.status == JointStatus.OK) | (levels.status == JointStatus.NOW)
    gone = np.flatnonzero(is_solved & ~accounts.is_exempt & (np.nan_to_num(levels.factor, nan=np.inf) <= factor))
    notional = np.abs(accounts.size) * mark[accounts.market_index]
    total = np.bincount(accounts.pool_of_position(), np.nan_to_num(notional), accounts.pool_count)
    largest = gone[np.argsort(-total[gone], kind="stable")][:MAX_ACCOUNTS]
    return [
        JointAccount(
            address=accounts.addresses[int(accounts.address_row[pool])],
            margin_mode=MODE_NAMES[int(accounts.mode[pool])],
            margin_source=MARGIN_SOURCE_NAMES[int(accounts.margin_source[pool])],
            at_percent=float(percents[pool]),
            notional=float(total[pool]),
            positions=[
                JointPosition(
                    coin=coins[int(accounts.market_index[row])],
                    size=float(accounts.size[row]),
                    notional=float(notional[row]),
                    joint_liquidation_price=float(levels.price[row]),
                    liquidation_price=known(solo_root[row]) if solo_root[row] > 0.0 else None,
                )
                for row in range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
            ],
        )
        for pool in largest.tolist()
    ]

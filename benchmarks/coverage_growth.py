"""Growth of coverage since the start: our order of reading against plain turns over the leaderboard, in virtual time.

    python benchmarks/coverage_growth.py [--json] [--accounts 20000] [--minutes 40] [--seed 7] [--spot-share 0.7]
    python benchmarks/coverage_growth.py --orders [--accounts 20000] [--seed 7]

One sandbox world is lived through once. Every reader has a map of its own, the same prints, and a book of weights of
its own with the exchange's limits (sandbox.server.limits) on the world's clock; no HTTP. Readers:

    turns           clearinghouseState for one after the other of the leaderboard, from the top, then again
    ours, HTTP only feed.reconcile.Planner: same list, prints, no batches
    ours            the same with feed.state_streams: unread accounts take turns on a socket too
    ours, 70 %      the same with a list that lacks 30 % of all accounts, drawn by chance
    knows notional  clearinghouseState for whoever of all accounts lacks most notional, by the exchange's own tables,
                    again after every 20: what a perfect guess of everybody's size would win
    knows levels    the same for what lacks near the mark: no order of asking comes there sooner
    turns, batches  50 accounts to a question, where the server knows such questions
    ours, batches   ours, where it does

The socket is the product's own session; its other end is the sandbox's limits, states arrive STATE_S after they are
subscribed to.

With --spot-share that share of accounts, drawn by chance, counts only once its spot state has been asked for too
(weight 2, for everybody): unified accounts whose published prices do not say what backs them.

--orders lives through nothing: it counts how many accounts, in the order of the leaderboard and in those of what no
reader knows, hold 95 % of what is near at the start.

Measured each minute against the exchange's own tables: share of near notional (levels within 5 % of the mark, exempt
pools apart) that the map holds with the right side, up to the true size; share of all notional; median and 99th
percentile of relative error of near levels, weighted by notional; and the map's own estimate of near coverage.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from coverage_socket import LOOK_S, Streams

from liqscape.exchange.columns import FillColumn, Method
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.scale import from_lots, from_ticks
from liqscape.exchange.to_model import accounts_of, to_accounts, to_snapshot
from liqscape.feed.discovery import AddressBook
from liqscape.feed.reconcile import PlannedQuestion, Planner, StateRequest
from liqscape.feed.reconcile.planner import BATCH, PLAN_SINGLES
from liqscape.feed.state_streams.places import SPOT, STATES
from liqscape.heatmap.near_coverage import Expected, NearCoverageEstimate, near_coverage
from liqscape.ledger import Ledger
from liqscape.model.events import AccountsObserved, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.trades import Trades
from liqscape.risk.liquidation import solve_roots
from liqscape.sandbox.answers.leaderboard import build_leaderboard
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.server.limits import Limits
from liqscape.sandbox.world import World, WorldSettings
from liqscape.units import BoolArray, Float64Array, Int64Array
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.leaderboard import LeaderboardRow
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest

BLOCK_MS = 1_000
HISTORY_MS = 120 * 60_000
WITHIN = 0.05


class Turns:
    """One after the other of a list, for ever."""

    def __init__(self, rows: list[int], addresses: list[str], batch: int) -> None:
        self._batch, self._addresses = batch, addresses
        self._rows = self._forever(rows)

    def _forever(self, rows: list[int]) -> Iterator[tuple[int, ...]]:
        while True:
            for start in range(0, len(rows), self._batch):
                yield tuple(rows[start : start + self._batch])

    def next(self, reader: Reader, now_ms: int) -> PlannedQuestion[StateRequest] | None:  # noqa: ARG002
        if reader.lacking:
            return PlannedQuestion(SpotClearinghouseStateRequest(next(iter(reader.lacking))), (), "", 0)
        rows = next(self._rows)
        users = [self._addresses[row] for row in rows]
        if self._batch == 1:
            return PlannedQuestion(ClearinghouseStateRequest(users[0]), rows, "", 0)
        return PlannedQuestion(BatchClearinghouseStatesRequest(tuple(users)), rows, "", 0)

    def done(self, question: PlannedQuestion[StateRequest], now_ms: int) -> None:
        """Nothing to note."""


class Omniscient:
    """Whoever lacks most USD next, by the exchange's own tables: what no reader knows: a bound for all of them."""

    def __init__(self, world: World, *, is_near_only: bool) -> None:
        self._world, self._is_near_only = world, is_near_only
        self._rows: list[int] = []

    def next(self, reader: Reader, now_ms: int) -> PlannedQuestion[StateRequest] | None:  # noqa: ARG002
        if not self._rows:
            truth, names = truth_of(self._world), self._world.exchange.addresses
            row_of = {address: row for row, address in enumerate(names)}
            lacking = truth.usd * (1.0 - held_by(reader, truth, row_of).share)
            lacking = lacking * truth.is_near if self._is_near_only else lacking
            usd = np.bincount(truth.key // len(reader.ledger.markets), lacking, len(names))
            best = np.argsort(-usd, kind="stable")[:PLAN_SINGLES]
            self._rows = best[usd[best] > 0.0].tolist()[::-1]
        if not self._rows:
            return None
        row = self._rows.pop()
        return PlannedQuestion(ClearinghouseStateRequest(self._world.exchange.addresses[row]), (row,), "", 0)

    def done(self, question: PlannedQuestion[StateRequest], now_ms: int) -> None:
        """Nothing to note."""


class Planned:
    """The product's planner and its book; rows of the book are turned into accounts of the exchange by name."""

    def __init__(self, listed: list[LeaderboardRow], now_ms: int, batch: int = BATCH) -> None:
        self.book = AddressBook()
        volumes = [{name: each.vlm for name, each in row.windowPerformances} for row in listed]
        self.book.observe_listed(
            [row.ethAddress for row in listed],
            np.array([row.accountValue for row in listed]),
            np.array([each["week"] for each in volumes]),
            np.array([each["month"] for each in volumes]),
            now_ms,
        )
        self.planner = Planner(self.book, batch=batch)
        self._planned: list[PlannedQuestion[StateRequest]] = []

    def next(self, reader: Reader, now_ms: int) -> PlannedQuestion[StateRequest] | None:
        if not self._planned:
            watch = reader.ledger.watch(reader.root())
            self._planned = self.planner.plan(now_ms, watch, tuple(reader.lacking))[::-1]
        return self._planned.pop() if self._planned else None

    def done(self, question: PlannedQuestion[StateRequest], now_ms: int) -> None:
        self.planner.answered(question, [False] * len(question.rows), now_ms)


@dataclass(kw_only=True)
class Reader:
    """One map. `clock` is the world's, in seconds, one item."""

    name: str
    order: Turns | Omniscient | Planned
    clock: list[float]
    ledger: Ledger = field(default_factory=Ledger)
    waiting: PlannedQuestion[StateRequest] | None = None
    questions: int = 0
    streams: Streams | None = None
    spot: frozenset[int] = frozenset()
    lacking: dict[str, None] = field(default_factory=dict)
    complete: set[int] = field(default_factory=set)
    rows: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = Limits(clock=lambda: self.clock[0])

    def root(self) -> Float64Array:
        return solve_roots(self.ledger.accounts, self.ledger.snapshot, self.ledger.tables)

    def read(self, world: World, row_of: dict[str, int]) -> None:
        """All that the limits let through now."""
        now_ms, window = world.time_ms, self.limits.client("us").weight
        while True:
            question = self.waiting or self.order.next(self, now_ms)
            self.waiting = question
            if question is None or not window.has_room(self.clock[0], question.request.weight):
                return
            assert self.limits.admits_request("us", question.request.kind())
            self.waiting, self.questions = None, self.questions + 1
            names = question.addresses
            if isinstance(question.request, SpotClearinghouseStateRequest):
                self.complete.add(row_of[names[0]])
                self.lacking.pop(names[0], None)
            self.observe(world, [row_of[name] for name in names])
            self.order.done(question, now_ms)

    def stream(self, world: World, row_of: dict[str, int], second: int) -> None:
        """A second of the socket; who is followed is told with every mark."""
        if self.streams is None:
            return
        come = [(STATES, address) for address in self.streams.followed()] if second % 3 == 0 else []
        for step in range(round(1.0 / LOOK_S)):
            self.clock[0] = second + step * LOOK_S
            come += self.streams.look(self.clock[0])
        self.clock[0] = float(second)
        if come:
            self.complete |= {row_of[address] for kind, address in come if kind == SPOT}
            self.observe(world, [row_of[address] for address in {address for _, address in come}])

    def observe(self, world: World, rows: list[int]) -> None:
        """States of these accounts as they are now; who lacks his spot state has to wait for it."""
        waiting = [row for row in rows if row in self.spot and row not in self.complete]
        self.lacking |= {world.exchange.addresses[row]: None for row in waiting}
        rows = [row for row in rows if row not in waiting]
        if not rows:
            return
        changed_ms = np.full(len(world.exchange.addresses), world.time_ms)
        accounts = accounts_of(world.exchange, np.array(sorted(rows)), changed_ms)
        self.ledger.apply(AccountsObserved(time_ms=world.time_ms, received_ns=0, accounts=accounts))


def begun(accounts: int, seed: int) -> tuple[World, list[LeaderboardRow]]:
    """A world with its history behind it, and whom its leaderboard lists."""
    world = World.new(WorldSettings(seed=seed, accounts=accounts, block_ms=BLOCK_MS))
    state = state_of(world)
    for output in world.preroll(world.time_ms + HISTORY_MS):
        state.observe(output)
    return world, list(build_leaderboard(state).leaderboardRows)


def accounts_needed(world: World, listed: list[LeaderboardRow], share: float = 0.95) -> dict[str, int]:
    """How many accounts hold that share of what is near, by the order in which they are asked about."""
    names, truth = list(world.exchange.addresses), truth_of(world)
    row_of = {address: row for row, address in enumerate(names)}
    owner = truth.key // len(world.exchange.markets.rows)
    near = np.bincount(owner, truth.usd * truth.is_near, len(names))
    orders = {
        "leaderboard": np.array([row_of[row.ethAddress] for row in listed]),
        "true notional": np.argsort(-np.bincount(owner, truth.usd, len(names)), kind="stable"),
        "truly near": np.argsort(-near, kind="stable"),
    }
    return {
        name: int(np.searchsorted(np.cumsum(near[order]), share * near.sum())) + 1 for name, order in orders.items()
    }


def trades_of(world: World, output: BlockOutput) -> Trades | None:
    """Public prints of a block."""
    fills = output.fills[output.fills[:, FillColumn.METHOD] <= Method.MARKET] if len(output.fills) else output.fills
    if not len(fills):
        return None
    people, places = np.unique(
        np.concatenate((fills[:, FillColumn.BUYER], fills[:, FillColumn.SELLER])), return_inverse=True
    )
    market = fills[:, FillColumn.MARKET]
    decimals = np.array([row.size_decimals for row in world.exchange.markets.rows])[market]
    return Trades(
        addresses=tuple(world.exchange.addresses[row] for row in people.tolist()),
        buyer=places[: len(fills)].astype(np.int32),
        seller=places[len(fills) :].astype(np.int32),
        market_index=market.astype(np.int32),
        price=from_ticks(fills[:, FillColumn.PRICE], decimals),
        size=from_lots(fills[:, FillColumn.LOTS], decimals),
        is_buyer_taker=fills[:, FillColumn.IS_BUY_TAKER] == 1,
        time_ms=fills[:, FillColumn.TIME_MS].copy(),
        trade_id=fills[:, FillColumn.TRADE_ID].copy(),
    )


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Positions of everybody, keyed by (account, market), exempt pools apart."""

    key: Int64Array
    size: Float64Array
    root: Float64Array
    usd: Float64Array
    is_near: BoolArray


def truth_of(world: World) -> Truth:
    accounts, snapshot = to_accounts(world.exchange), to_snapshot(world.exchange)
    root = solve_roots(accounts, snapshot, world.exchange.tables)
    pool = accounts.pool_of_position()
    kept = np.flatnonzero(~accounts.is_exempt[pool])
    key = accounts.address_row[pool].astype(np.int64) * len(snapshot.markets) + accounts.market_index
    kept = kept[np.argsort(key[kept])]
    mark = snapshot.mark[accounts.market_index]
    with np.errstate(invalid="ignore"):
        is_near = (root > 0.0) & (np.abs(root / mark - 1.0) <= WITHIN)
    return Truth(
        key=key[kept],
        size=accounts.size[kept],
        root=root[kept],
        usd=(np.abs(accounts.size) * mark)[kept],
        is_near=is_near[kept],
    )


@dataclass(frozen=True)
class Held:
    """What a reader holds of the positions of everybody, each column as long as the truth's."""

    is_held: BoolArray
    share: Float64Array
    root: Float64Array


def held_by(reader: Reader, truth: Truth, row_of: dict[str, int]) -> Held:
    """share: of the true size, 0 on the other side or unread, at most 1. root: NaN where none is held."""
    accounts, root = reader.ledger.accounts, reader.root()
    if not len(root):
        nothing = np.zeros(len(truth.key))
        return Held(nothing > 0.0, nothing, np.full(len(nothing), np.nan))
    place = np.array([row_of[address] for address in accounts.addresses], np.int64)
    owner = accounts.address_row[accounts.pool_of_position()]
    key = place[owner] * len(reader.ledger.markets) + accounts.market_index
    order = np.argsort(key)
    key, size, root = key[order], accounts.size[order], root[order]
    found = np.minimum(np.searchsorted(key, truth.key), len(key) - 1)
    is_held = key[found] == truth.key
    held_size = np.where(is_held, size[found], 0.0)
    is_side = np.sign(held_size) == np.sign(truth.size)
    share = np.where(is_side, np.minimum(1.0, np.abs(held_size / truth.size)), 0.0)
    return Held(is_held & is_side, share, np.where(is_held, root[found], np.nan))


def measure(reader: Reader, truth: Truth, row_of: dict[str, int], minute: float) -> dict[str, float]:
    """One row of the table."""
    held = held_by(reader, truth, row_of)
    near, both, share = truth.is_near, truth.is_near & held.is_held, held.share
    error = np.abs(held.root[both] / truth.root[both] - 1.0) if both.any() else np.zeros(0)
    error = np.nan_to_num(error, nan=np.inf)  # held without a level
    p50, p99 = weighted(error, truth.usd[both], (0.5, 0.99))
    row = {
        "minute": minute,
        "near": float((share * truth.usd)[near].sum() / truth.usd[near].sum()),
        "all": float((share * truth.usd).sum() / truth.usd.sum()),
        "error_p50": p50,
        "error_p99": p99,
        "read": float(len(reader.ledger.accounts.addresses)),
        "weight": float(reader.limits.client("us").weight.total),
    }
    if isinstance(reader.order, Planned):
        estimate = estimate_of(reader, reader.order.book)
        row |= {"estimate": estimate.share, "low": estimate.low, "high": estimate.high}
    return row


def estimate_of(reader: Reader, book: AddressBook) -> NearCoverageEstimate:
    """What the map would say of itself."""
    accounts, now_ms = reader.ledger.accounts, reader.ledger.snapshot.time_ms
    usd, group = book.expected_usd(now_ms), book.groups()
    rows = book.rows(accounts.addresses)
    is_unread = np.ones(len(book), np.bool_)
    is_unread[rows] = False
    return near_coverage(
        accounts,
        reader.ledger.snapshot,
        reader.root(),
        book.sources_of(accounts.addresses),
        Expected(usd[rows], group[rows]),
        Expected(usd[is_unread], group[is_unread]),
        within=(WITHIN,),
    )[0]


def weighted(values: Float64Array, weights: Float64Array, quantiles: tuple[float, ...]) -> list[float]:
    if not len(values):
        return [float("nan") for _ in quantiles]
    order = np.argsort(values)
    part = np.cumsum(weights[order]) / weights.sum()
    return [float(values[order][min(len(part) - 1, np.searchsorted(part, each))]) for each in quantiles]


def run(accounts: int, minutes: int, seed: int, spot_share: float = 0.0, names: tuple[str, ...] = ()) -> list[Reader]:
    """Live through the world once with all readers, or with those named."""
    world, listed = begun(accounts, seed)
    addresses = list(world.exchange.addresses)
    row_of = {address: row for row, address in enumerate(addresses)}
    is_kept = np.random.default_rng(seed).random(len(listed)) < 0.7
    some = [row for row, keep in zip(listed, is_kept.tolist(), strict=True) if keep]
    ranks = [row_of[row.ethAddress] for row in listed]
    clock, start_ms = [0.0], world.time_ms
    readers = [
        Reader(name="turns", order=Turns(ranks, addresses, 1), clock=clock),
        Reader(name="ours, HTTP only", order=Planned(listed, start_ms, batch=1), clock=clock),
        Reader(name="ours", order=Planned(listed, start_ms, batch=1), clock=clock),
        Reader(name="ours, 70 % listed", order=Planned(some, start_ms, batch=1), clock=clock),
        Reader(name="knows notional", order=Omniscient(world, is_near_only=False), clock=clock),
        Reader(name="knows levels", order=Omniscient(world, is_near_only=True), clock=clock),
        Reader(name="turns, batches", order=Turns(ranks, addresses, BATCH), clock=clock),
        Reader(name="ours, batches", order=Planned(listed, start_ms), clock=clock),
    ]
    readers = [reader for reader in readers if reader.name in names or not names]
    drawn = np.random.default_rng(seed + 1).random(len(addresses)) < spot_share
    for reader in readers:
        reader.spot = frozenset(np.flatnonzero(drawn).tolist())
        if isinstance(reader.order, Planned) and reader.name != "ours, HTTP only":
            reader.streams = Streams(reader, reader.order.planner, lambda: world.time_ms)
    for reader in readers:
        reader.ledger.apply(MarketDefined(start_ms, 0, world.exchange.markets, world.exchange.tables))
        reader.ledger.apply(MarksUpdated(start_ms, 0, to_snapshot(world.exchange)))
    for second in range(minutes * 60 + 1):
        clock[0] = float(second)
        if second:
            for output in world.advance(world.time_ms + BLOCK_MS):
                trades = trades_of(world, output)
                for reader in readers:
                    tell(reader, world, trades, second)
        for reader in readers:
            reader.read(world, row_of)
            reader.stream(world, row_of, second)
        if second % 60 == 0 or (second < 300 and second % 15 == 0):
            truth = truth_of(world)
            for reader in readers:
                reader.ledger.apply(MarksUpdated(world.time_ms, 0, to_snapshot(world.exchange)))
                reader.rows.append(measure(reader, truth, row_of, second / 60.0))
    return readers


def tell(reader: Reader, world: World, trades: Trades | None, second: int) -> None:
    """Prints to everybody, marks every three seconds."""
    if second % 3 == 0:
        reader.ledger.apply(MarksUpdated(world.time_ms, 0, to_snapshot(world.exchange)))
    if trades is None:
        return
    reader.ledger.apply(TradesPrinted(world.time_ms, 0, trades))
    if isinstance(reader.order, Planned):
        reader.order.book.observe_trades(trades)


def time_to(rows: list[dict[str, float]], name: str, share: float) -> float | None:
    """Minutes until a share is reached, between two measurements by a straight line; None: not within the run."""
    for before, after in itertools.pairwise(rows):
        if after[name] >= share:
            step = (share - before[name]) / max(1e-12, after[name] - before[name])
            return before["minute"] + max(0.0, step) * (after["minute"] - before["minute"])
    return None


def show(readers: list[Reader]) -> str:
    """Tables in Markdown."""
    lines = [
        "| reader | near 50 % | near 90 % | near 95 % | near 99 % | all 95 % | questions | turns | refused |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for reader in readers:
        times = [time_to(reader.rows, "near", share) for share in (0.5, 0.9, 0.95, 0.99)]
        times.append(time_to(reader.rows, "all", 0.95))
        shown = " | ".join("not reached" if each is None else f"{each:.1f} min" for each in times)
        turns, refused = 0, 0
        if reader.streams is not None:
            turns, refused = reader.streams.socket.figures().read_count, reader.streams.refused
        lines.append(f"| {reader.name} | {shown} | {reader.questions} | {turns} | {refused} |")
    lines += [
        "",
        "| minute | " + " | ".join(reader.name for reader in readers) + " |",
        "|---:" * (len(readers) + 1) + "|",
    ]
    for number, row in enumerate(readers[0].rows):
        if row["minute"] in (0, 0.25, 0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 35, 40):
            cells = []
            for reader in readers:
                here = reader.rows[number]
                cells.append(f"{here['near']:.3f} ({here['error_p99']:.0e})")
            lines.append(f"| {row['minute']:g} | " + " | ".join(cells) + " |")
    for reader in readers:
        if isinstance(reader.order, Planned):
            lines += ["", f"{reader.name}: minute, true near share, estimate, 95 % interval"]
            for row in reader.rows:
                if row["minute"] in (0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40):
                    interval = f"({row['low']:.3f} to {row['high']:.3f})"
                    lines.append(f"  {row['minute']:g} {row['near']:.3f} {row['estimate']:.3f} {interval}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--minutes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--spot-share", type=float, default=0.0)
    parser.add_argument("--orders", action="store_true")
    options = parser.parse_args()
    if options.orders:
        print(json.dumps(accounts_needed(*begun(options.accounts, options.seed))))
        return
    readers = run(options.accounts, options.minutes, options.seed, options.spot_share)
    if options.json:
        print(json.dumps({reader.name: reader.rows for reader in readers}))
    else:
        print(show(readers))


if __name__ == "__main__":
    main()

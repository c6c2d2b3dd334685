"""One visit to a server: everything asked once, then judged."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from liqscape.errors import RemoteWireError
from liqscape.feed.info_client import InfoClient
from liqscape.feed.probe import probe
from liqscape.service.collecting.settings import Network
from liqscape.service.doctor.asking import SAMPLE, Inquiry, ask_accounts, ask_markets, ask_rest
from liqscape.service.doctor.checks.accounts import check_accounts
from liqscape.service.doctor.checks.clock import check_clock
from liqscape.service.doctor.checks.machine import check_machine, check_node
from liqscape.service.doctor.checks.markets import check_markets, first_dex
from liqscape.service.doctor.checks.shapes import check_shapes
from liqscape.service.doctor.checks.stream import check_stream
from liqscape.service.doctor.listening import PACE, Listener, Pace
from liqscape.service.doctor.records import Check, DoctorAnswer
from liqscape.service.doctor.seen import Heard, Machine, NodeTable, Seen, SeenAnswer
from liqscape.wire.answer import parse_answer
from liqscape.wire.book_depth import COARSE_FIGURES
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.exchange_status import ExchangeStatusRequest
from liqscape.wire.info.leaderboard import Leaderboard
from liqscape.wire.info.recent_trades import Trade
from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES
from liqscape.wire.node.tables import DEFAULT_TABLES
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseStateSubscription
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription
from liqscape.wire.ws.spot_state import SpotStateSubscription
from liqscape.wire.ws.trades import TradesSubscription

FIRST_COIN = "BTC"


@dataclass(frozen=True)
class Patient:
    """What is looked at: a server, the folder its map would be kept in, and an own node where there is one."""

    network: Network
    folder: Path
    node_files: Path | None = None
    node_info_url: str | None = None


def system_ms() -> float:
    """Milliseconds since 1970 by this machine's clock."""
    return time.time_ns() / 1e6


async def examine(
    patient: Patient, say: Callable[[str], None], *, now_ms: Callable[[], float] = system_ms, pace: Pace = PACE
) -> tuple[DoctorAnswer, Seen]:
    """Ask everything once and judge it. Raises RequestFailed where nobody answers at all."""
    began_s, time_ms = time.monotonic(), int(now_ms())
    await probe(patient.network.info_url)
    say("asking for the markets")
    async with InfoClient(patient.network.info_url, max_attempts=1) as client:
        inquiry = Inquiry(client, now_ms)
        await ask_markets(inquiry)
        coin = _busiest(Seen(answers=inquiry.answers, heard=Heard(), users=(), machine=Machine("", 0, ""), weight=0))
        async with Listener(patient.network.socket_url, now_ms, pace) as listener:
            say("listening to marks and prints")
            await listener.listen((AllDexsAssetCtxsSubscription(), TradesSubscription(coin)))
            say("asking for the lists of accounts")
            await _lists(inquiry, patient.network)
            users = _sample(listener.heard, inquiry.answers)
            say("asking for the states of a few accounts")
            if users:
                await listener.listen(
                    (AllDexsClearinghouseStateSubscription(users[0]), SpotStateSubscription(users[0]))
                )
            say("listening to mids and books")
            await listener.listen(
                (FastAssetCtxsSubscription(), BboSubscription(coin), L2BookSubscription(coin, COARSE_FIGURES))
            )
            at_ms = int(now_ms())
            await ask_accounts(inquiry, users, at_ms)
            await ask_rest(inquiry, coin, at_ms)
    node = None if patient.node_info_url is None else await _ask_node(patient.node_info_url, users, now_ms)
    tables = None if patient.node_files is None else _node_tables(patient.node_files)
    say("looking at this machine")
    machine = Machine(str(patient.folder), _free_bytes(patient.folder), _kernels())
    seen = Seen(
        answers=inquiry.answers,
        heard=listener.heard,
        users=users,
        machine=machine,
        weight=inquiry.weight,
        node=node,
        tables=tables,
    )
    seconds = time.monotonic() - began_s
    return DoctorAnswer(
        server=patient.network.name, time_ms=time_ms, weight=inquiry.weight, seconds=seconds, checks=tuple(judge(seen))
    ), seen


def judge(seen: Seen) -> list[Check]:
    """Every check of what was seen."""
    judges: Iterable[Callable[[Seen], Iterable[Check]]] = (
        check_shapes,
        check_clock,
        check_markets,
        check_accounts,
        check_stream,
        check_node,
        check_machine,
    )
    return [check for each in judges for check in each(seen)]


def _busiest(seen: Seen) -> str:
    """Coin with the largest volume of the day, where prints come soonest."""
    listed = first_dex(seen)
    if listed is None or not listed[0].universe:
        return FIRST_COIN
    pairs = zip(listed[0].universe, listed[1], strict=False)
    return max(pairs, key=lambda pair: (pair[1].dayNtlVlm or 0.0, pair[0].name == FIRST_COIN))[0].name


async def _lists(inquiry: Inquiry, network: Network) -> None:
    if network.leaderboard_url is not None:
        await inquiry.fetch("leaderboard", network.leaderboard_url)
    if network.vaults_url is not None:
        await inquiry.fetch("vaults", network.vaults_url)


def _sample(heard: Heard, answers: dict[str, SeenAnswer]) -> tuple[str, ...]:
    """Accounts of the newest prints, else the first of the leaderboard; none of the exchange's own."""
    found: dict[str, None] = {}
    for message in reversed(heard.messages.get(TradesSubscription.channel(), [])):
        try:
            trades = msgspec.json.decode(message.content, type=_ExaminedPrints, strict=False).data
        except msgspec.DecodeError:
            continue
        found.update(dict.fromkeys(user.lower() for trade in trades for user in trade.users or ()))
    listed = answers.get("leaderboard")
    if listed is not None and listed.content is not None:
        try:
            board: Leaderboard = parse_answer(listed.content, Leaderboard, "leaderboard")
            found.update(dict.fromkeys(row.ethAddress.lower() for row in board.leaderboardRows[:SAMPLE]))
        except RemoteWireError:
            pass
    return tuple(user for user in found if user not in EXEMPT_ADDRESSES and user not in BACKSTOPS)[:SAMPLE]


class _ExaminedPrints(msgspec.Struct, frozen=True):
    data: tuple[Trade, ...]


async def _ask_node(url: str, users: tuple[str, ...], now_ms: Callable[[], float]) -> dict[str, SeenAnswer]:
    async with InfoClient(url, max_attempts=1) as client:
        inquiry = Inquiry(client, now_ms)
        await inquiry.ask("exchangeStatus", ExchangeStatusRequest())
        for user in users[:1]:
            await inquiry.ask("clearinghouseState", ClearinghouseStateRequest(user))
            await inquiry.ask("batchClearinghouseStates", BatchClearinghouseStatesRequest((user,)))
    return inquiry.answers


def _node_tables(folder: Path) -> tuple[NodeTable, ...]:
    now_s = time.time()
    rows = []
    for table in DEFAULT_TABLES:
        times = [path.stat().st_mtime for path in (folder / table / "hourly").glob("*/*") if path.is_file()]
        rows.append(NodeTable(table, now_s - max(times) if times else None))
    return tuple(rows)


def _free_bytes(folder: Path) -> int:
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free


def _kernels() -> str:
    """ "" where the solver's kernels compile and give the documentation's example, else what went wrong."""
    from liqscape.service.doctor.kernels import try_kernels

    return try_kernels()

"""On a sound exchange everything holds; whatever a fault makes otherwise is named."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

import pytest
from served_sandbox import Served, served
from small_sandbox import BTC, eventful_sandbox

from liqscape.errors import RequestFailed
from liqscape.sandbox.server.faults import FaultRule
from liqscape.service.collecting.settings import Network
from liqscape.service.doctor.asking import WEIGHT
from liqscape.service.doctor.examine import Patient, examine
from liqscape.service.doctor.listening import Pace
from liqscape.service.doctor.records import DoctorAnswer, Verdict
from liqscape.service.doctor.saving import build_fixtures
from liqscape.service.doctor.seen import Seen

PACE = Pace(listen_s=6.0, stay_s=0.5)
A_BLOCK_S = 0.02
SHORT = 6
"""Row of an account with money."""
OF_THE_MACHINE = {"disk", "kernels"}
"""Checks that hold or not whatever the server does."""


class Trading:
    """A small exchange on which two accounts trade BTC for as long as it is served."""

    def __init__(self) -> None:
        self.world = eventful_sandbox()
        self._size = 0.001

    def visit(
        self, faults: tuple[FaultRule, ...] = (), refused: frozenset[str] = frozenset()
    ) -> tuple[DoctorAnswer, Seen]:
        """Serve it, and let the doctor look."""
        stop = threading.Event()
        with served(self.world.state, faults=faults, refused=refused) as server:
            trading = threading.Thread(target=self._trade, args=(server, stop), daemon=True)
            trading.start()
            try:
                network = Network(
                    name="small",
                    info_url=server.url,
                    socket_url=server.socket_url,
                    leaderboard_url=f"{server.url}/leaderboard",
                )
                return asyncio.run(examine(Patient(network, Path()), lambda _: None, now_ms=self._now_ms, pace=PACE))
            finally:
                stop.set()
                trading.join()

    def _now_ms(self) -> float:
        return float(self.world.exchange.time_ms)

    def _trade(self, server: Served, stop: threading.Event) -> None:
        while not stop.wait(A_BLOCK_S):
            self._size = -self._size
            size = self._size
            server.tell(lambda size=size: self.world.step(50, self.world.order(SHORT, BTC, size)))


@pytest.fixture(scope="module")
def exchange() -> Trading:
    return Trading()


def differing(answer: DoctorAnswer) -> dict[str, str]:
    return {
        check.name: check.seen
        for check in answer.checks
        if check.verdict is Verdict.DIFFERS and check.name not in OF_THE_MACHINE
    }


def test_all_holds_on_a_sound_exchange_within_the_weight_and_nothing_personal_is_saved(exchange: Trading) -> None:
    answer, seen = exchange.visit()
    assert differing(answer) == {}
    assert answer.weight <= WEIGHT
    assert len(seen.users) == 3
    held = {check.name for check in answer.checks if check.verdict is Verdict.HOLDS}
    assert {"clock", "batch of states", "order of markets, allPerpMetas", "channel trades", "kernels"} <= held
    assert {f"clearinghouseState {number}" for number in range(3)} <= held
    assert all(check.meaning for check in answer.checks if check.verdict is Verdict.DIFFERS)
    saved = build_fixtures(answer, seen).decode()
    assert all(user not in saved.lower() for user in seen.users)
    document = json.loads(saved)
    assert document["answers"]["clearinghouseState 0"]["request"]["user"] in json.dumps(
        document["answers"]["batchClearinghouseStates"]["request"]
    )
    assert set(document["answers"]) == set(seen.answers)


@pytest.mark.parametrize(
    ("fault", "name", "word"),
    [
        (FaultRule(fault="429", where="info", match="batchClearinghouseStates"), "batchClearinghouseStates", "429"),
        (FaultRule(fault="500", where="info", match="vaultDetails"), "vaultDetails", "500"),
        (FaultRule(fault="502", where="info", match="l2Book"), "l2Book", "502"),
        (FaultRule(fault="drop", where="info", match="candleSnapshot"), "candleSnapshot", "no answer"),
        (FaultRule(fault="truncate", where="info", match="perpDexs"), "perpDexs", "no answer"),
        (
            FaultRule(fault="missing_fields", where="info", match="clearinghouseState"),
            "clearinghouseState 0",
            "marginSummary",
        ),
        (
            FaultRule(fault="clock_skew", where="info", match="exchangeStatus", milliseconds=60_000),
            "clock",
            "s from ours",
        ),
        (FaultRule(fault="drop", where="ws", match="trades"), "channel trades", "said nothing"),
        (FaultRule(fault="duplicate", where="ws", match="trades"), "order of prints", "again"),
        (FaultRule(fault="reorder", where="ws", match="trades", every=2), "order of prints", "older"),
        (FaultRule(fault="truncate", where="ws", match="trades"), "socket", "no JSON"),
        (
            FaultRule(fault="missing_fields", where="ws", match="allDexsClearinghouseState"),
            "channel allDexsClearinghouseState",
            "",
        ),
        (FaultRule(fault="silent_socket", where="ws", match="pong"), "channel pong", "said nothing"),
        (FaultRule(fault="restart", where="ws", match="trades", every=2), "socket", "ended"),
    ],
    ids=lambda value: f"{value.fault}-{value.where}" if isinstance(value, FaultRule) else "",
)
def test_what_a_fault_makes_otherwise_is_named(exchange: Trading, fault: FaultRule, name: str, word: str) -> None:
    found = differing(exchange.visit((fault,))[0])
    assert name in found
    assert word in found[name]


def test_a_server_without_batches_is_told_apart_from_one_that_fails(exchange: Trading) -> None:
    answer, _ = exchange.visit(refused=frozenset({"batchClearinghouseStates"}))
    assert list(differing(answer)) == ["batchClearinghouseStates"]
    assert "one by one" in next(check.meaning for check in answer.checks if check.name == "batchClearinghouseStates")


def test_where_nobody_answers_there_is_one_error() -> None:
    nowhere = Network(
        name="nowhere", info_url="http://127.0.0.1:9", socket_url="ws://127.0.0.1:9/ws", leaderboard_url=None
    )
    with pytest.raises(RequestFailed, match=r"127\.0\.0\.1:9 cannot be reached"):
        asyncio.run(examine(Patient(nowhere, Path()), lambda _: None))

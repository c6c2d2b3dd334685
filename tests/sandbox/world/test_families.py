"""Sub-accounts of the world: who they are, and that money between them is told as a transfer on both sides."""

from __future__ import annotations

from typing import Any

import pytest

from liqscape.sandbox.answers import answer_info
from liqscape.sandbox.files.lines import misc_events
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.state import SandboxState
from liqscape.sandbox.world import World
from liqscape.units import HOUR_MS
from liqscape.wire.node.misc_events import MiscEvent


@pytest.fixture(scope="module")
def day(begun_world: bytes) -> tuple[SandboxState, list[MiscEvent]]:
    """A day in half-hour blocks, and what a node's files say of it."""
    world = World.restore(begun_world)
    state, reported = state_of(world), []
    for output in world.preroll(world.time_ms + 24 * HOUR_MS, HOUR_MS // 2):
        state.observe(output)
        reported += misc_events(world.exchange, output, state.records.masters)
    return state, reported


def ask(state: SandboxState, kind: str, **more: object) -> Any:
    return answer_info({"type": kind, **more}, state)


def test_a_sub_account_names_its_master_and_the_master_its_sub_accounts(
    day: tuple[SandboxState, list[MiscEvent]],
) -> None:
    state, _ = day
    assert state.sub_accounts
    for master, subs in state.sub_accounts.items():
        assert ask(state, "userRole", user=master) == {"role": "user"}
        listed = ask(state, "subAccounts", user=master)
        assert [row["subAccountUser"] for row in listed] == list(subs)
        assert [row["subAccountUser"] for row in ask(state, "subAccounts2", user=master)] == list(subs)
        for row, sub in zip(listed, subs, strict=True):
            assert ask(state, "userRole", user=sub) == {"role": "subAccount", "data": {"master": master}}
            assert row["clearinghouseState"] == ask(state, "clearinghouseState", user=sub)


def test_a_transfer_stands_once_on_each_side_with_one_giver_and_one_taker(
    day: tuple[SandboxState, list[MiscEvent]],
) -> None:
    state, reported = day
    sides: dict[tuple[int, str, str, str], list[str]] = {}
    for master, subs in state.sub_accounts.items():
        for user in (master, *subs):
            for update in ask(state, "userNonFundingLedgerUpdates", user=user, startTime=0):
                delta = update["delta"]
                if delta["type"] == "subAccountTransfer":
                    key = (update["time"], delta["user"], delta["destination"], delta["usdc"])
                    sides.setdefault(key, []).append(user)
                    assert float(delta["usdc"]) > 0.0
                    assert user in (delta["user"], delta["destination"])
    assert sides, "a day has a transfer"
    assert all(sorted(users) == sorted(key[1:3]) for key, users in sides.items())
    updates = [event.inner.LedgerUpdate for event in reported if event.inner.LedgerUpdate is not None]
    transfers = [update for update in updates if update.delta.type == "subAccountTransfer"]
    assert len(transfers) == len(sides), "a node tells it once, with both users"
    assert all(update.users == (update.delta.user, update.delta.destination) for update in transfers)

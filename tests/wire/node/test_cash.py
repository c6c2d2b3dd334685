"""Every kind of ledger update as movements of cash: the sign of each side, and NaN wherever it is not told."""

from __future__ import annotations

import json
from math import nan

import numpy as np
import pytest

from liqscape.model.minute_notes import MinuteKind
from liqscape.wire.decode import decode_record
from liqscape.wire.node.cash import MAX_WITHDRAWAL_MS, RULES, CashRow, map_cash, read_update
from liqscape.wire.node.misc_events import MiscEvent, NodeLedgerUpdate

ALICE, BOB, VAULT = (f"0x{digit * 40}" for digit in "abf")
NOW = 1_770_001_200_010
UNTOLD = [CashRow(ALICE, "", nan, nan)]
BOTH_UNTOLD = [CashRow(ALICE, "", nan, nan), CashRow(BOB, "", nan, nan)]


def update_of(users: list[str], delta: dict[str, object]) -> NodeLedgerUpdate:
    """Decoded as lines are: amounts as text."""
    event = {
        "time": "2026-02-02T03:00:00.010",
        "hash": "0x0",
        "inner": {"LedgerUpdate": {"users": users, "delta": delta}},
    }
    update = decode_record(json.dumps(event).encode(), MiscEvent, "x").inner.LedgerUpdate
    assert update is not None
    return update


def send(source: str, target: str, **more: object) -> dict[str, object]:
    """As the venue writes it: every field is there."""
    return {
        "type": "send", "user": ALICE, "destination": BOB, "sourceDex": source, "destinationDex": target,
        "token": "USDC", "amount": "40.0", "usdcValue": "40.0", "fee": "0.0", "nativeTokenFee": "0.0", "nonce": 1,
        "feeToken": "", **more,
    }  # fmt: skip


def vault_withdraw(**more: object) -> dict[str, object]:
    return {
        "type": "vaultWithdraw", "vault": VAULT, "user": ALICE, "requestedUsd": "7.5", "commission": "0.0",
        "closingCost": "0.0", "basis": "7.0", "netWithdrawnUsd": "7.5", **more,
    }  # fmt: skip


WITHDRAWAL = {"type": "withdraw", "usdc": "99.0", "nonce": NOW - 243_000, "fee": "1.0"}
USDC_BETWEEN = {"usdc": "40.0", "user": ALICE, "destination": BOB}
SPOT = {
    "type": "spotTransfer",
    "token": "USDC",
    "amount": "40.0",
    "usdcValue": "40.0",
    "user": ALICE,
    "destination": BOB,
}
ACROSS = [CashRow(ALICE, "", -40.0, -40.0), CashRow(BOB, "", 40.0, 40.0)]

CASES: list[tuple[str, list[str], dict[str, object], list[CashRow]]] = [
    ("deposit", [ALICE], {"type": "deposit", "usdc": "100.5"}, [CashRow(ALICE, "", 100.5, 100.5, MinuteKind.DEPOSIT)]),
    ("deposit of nobody in particular", [ALICE, BOB], {"type": "deposit", "usdc": "1.0"}, BOTH_UNTOLD),
    ("deposit without amount", [ALICE], {"type": "deposit"}, UNTOLD),
    ("deposit of no number", [ALICE], {"type": "deposit", "usdc": "NaN"}, UNTOLD),
    ("deposit below zero", [ALICE], {"type": "deposit", "usdc": "-5.0"}, UNTOLD),
    (
        "withdrawal with its fee on top",
        [ALICE],
        WITHDRAWAL,
        [CashRow(ALICE, "", -100.0, -100.0, MinuteKind.WITHDRAWAL)],
    ),
    ("withdrawal without a fee told", [ALICE], {"type": "withdraw", "usdc": "99.0", "nonce": NOW}, UNTOLD),
    ("withdrawal nobody knows since when", [ALICE], {"type": "withdraw", "usdc": "99.0", "fee": "1.0"}, UNTOLD),
    ("withdrawal signed later than told", [ALICE], {**WITHDRAWAL, "nonce": NOW + 1}, UNTOLD),
    ("withdrawal with a number", [ALICE], {**WITHDRAWAL, "nonce": NOW - MAX_WITHDRAWAL_MS - 1}, UNTOLD),
    (
        "spot to perp moves nothing of the whole",
        [ALICE],
        {"type": "accountClassTransfer", "usdc": "5.0", "toPerp": True},
        [CashRow(ALICE, "", 5.0, 0.0)],
    ),
    (
        "perp to spot",
        [ALICE],
        {"type": "accountClassTransfer", "usdc": "5.0", "toPerp": False},
        [CashRow(ALICE, "", -5.0, 0.0)],
    ),
    ("class transfer without direction", [ALICE], {"type": "accountClassTransfer", "usdc": "5.0"}, UNTOLD),
    ("internal transfer", [ALICE, BOB], {"type": "internalTransfer", **USDC_BETWEEN, "fee": "0.0"}, ACROSS),
    (
        "internal transfer with a fee",
        [ALICE, BOB],
        {"type": "internalTransfer", **USDC_BETWEEN, "fee": "1.0"},
        BOTH_UNTOLD,
    ),
    ("sub-account transfer", [ALICE, BOB], {"type": "subAccountTransfer", **USDC_BETWEEN}, ACROSS),
    ("transfer without destination", [ALICE], {"type": "subAccountTransfer", "usdc": "1.0", "user": ALICE}, UNTOLD),
    ("send from perp to perp", [ALICE, BOB], send("", ""), ACROSS),
    ("send from perp to another's spot", [ALICE, BOB], send("", "spot"), [ACROSS[0], CashRow(BOB, "", 0.0, 40.0)]),
    ("send from spot to another's perp", [ALICE, BOB], send("spot", ""), [CashRow(ALICE, "", 0.0, -40.0), ACROSS[1]]),
    ("send to a deployed dex", [ALICE, BOB], send("", "xyz"), [ACROSS[0], CashRow(BOB, "xyz", 40.0, 40.0)]),
    (
        "send between own dexs",
        [ALICE],
        send("", "xyz", destination=ALICE),
        [CashRow(ALICE, "", -40.0, 0.0), CashRow(ALICE, "xyz", 40.0, 0.0)],
    ),
    (
        "send from own spot to own dex",
        [ALICE],
        send("spot", "xyz", destination=ALICE),
        [CashRow(ALICE, "xyz", 40.0, 0.0)],
    ),
    ("send to itself", [ALICE], send("", "", destination=ALICE), []),
    (
        "send with a fee",
        [ALICE, BOB],
        send("", "spot", fee="1.0"),
        [CashRow(ALICE, "", nan, nan), CashRow(BOB, "", 0.0, nan)],
    ),
    ("send with a fee in another token", [ALICE, BOB], send("", "", nativeTokenFee="0.1"), BOTH_UNTOLD),
    (
        "send of another collateral",
        [ALICE, BOB],
        send("flx", "flx", token="USDH"),
        [CashRow(ALICE, "flx", -40.0, nan), CashRow(BOB, "flx", 40.0, nan)],
    ),
    ("send without a dex", [ALICE, BOB], send("", "", destinationDex=None), BOTH_UNTOLD),
    ("send without an amount", [ALICE, BOB], send("", "", amount=None), BOTH_UNTOLD),
    (
        "spot transfer",
        [ALICE, BOB],
        {**SPOT, "fee": "0.0"},
        [CashRow(ALICE, "", 0.0, -40.0), CashRow(BOB, "", 0.0, 40.0)],
    ),
    (
        "spot transfer of a coin",
        [ALICE, BOB],
        {**SPOT, "token": "HYPE"},
        [CashRow(ALICE, "", 0.0, nan), CashRow(BOB, "", 0.0, nan)],
    ),
    (
        "deposit into a vault",
        [ALICE, VAULT],
        {"type": "vaultDeposit", "vault": VAULT, "usdc": "7.5"},
        [CashRow(ALICE, "", -7.5, -7.5), CashRow(VAULT, "", 7.5, 7.5)],
    ),
    (
        "deposit into a vault of nobody",
        [VAULT],
        {"type": "vaultDeposit", "vault": VAULT, "usdc": "7.5"},
        [CashRow(VAULT, "", nan, nan)],
    ),
    (
        "a vault made without a fee",
        [ALICE, VAULT],
        {"type": "vaultCreate", "vault": VAULT, "usdc": "100.0", "fee": "0.0"},
        [CashRow(ALICE, "", -100.0, -100.0), CashRow(VAULT, "", 100.0, 100.0)],
    ),
    (
        "a vault made with a fee",
        [ALICE, VAULT],
        {"type": "vaultCreate", "vault": VAULT, "usdc": "100.0", "fee": "100.0"},
        [CashRow(ALICE, "", nan, nan), CashRow(VAULT, "", 100.0, 100.0)],
    ),
    (
        "withdrawal from a vault",
        [ALICE, VAULT],
        vault_withdraw(),
        [CashRow(VAULT, "", -7.5, -7.5), CashRow(ALICE, "", 7.5, 7.5)],
    ),
    (
        "withdrawal from a vault with a commission",
        [ALICE, VAULT],
        vault_withdraw(commission="0.5", netWithdrawnUsd="7.0"),
        [CashRow(VAULT, "", nan, nan), CashRow(ALICE, "", 7.0, 7.0)],
    ),
    (
        "withdrawal from a vault with a cost of closing",
        [ALICE, VAULT],
        vault_withdraw(closingCost="0.5", netWithdrawnUsd="7.0"),
        [CashRow(VAULT, "", nan, nan), CashRow(ALICE, "", 7.0, 7.0)],
    ),
    (
        "staking",
        [ALICE],
        {"type": "cStakingTransfer", "token": "HYPE", "amount": "5.0"},
        [CashRow(ALICE, "", 0.0, nan)],
    ),
    ("genesis", [ALICE], {"type": "spotGenesis", "token": "NEW", "amount": "5.0"}, [CashRow(ALICE, "", 0.0, nan)]),
    ("liquidation", [ALICE], {"type": "liquidation", "accountValue": "5.0"}, []),
    ("liquidation in node files", [ALICE], {"type": "ledgerLiquidation", "accountValue": "5.0"}, []),
    ("rewards", [ALICE], {"type": "rewardsClaim", "amount": "5.0", "token": "USDC"}, UNTOLD),
    ("lending", [ALICE], {"type": "borrowLend", "token": "USDC", "operation": "supply", "amount": "5.0"}, UNTOLD),
    ("abstraction", [ALICE], {"type": "activateDexAbstraction", "dex": "x", "token": "USDC", "amount": "5"}, UNTOLD),
    ("activation", [ALICE], {"type": "accountActivationGas", "token": "USDC", "amount": "1.0"}, UNTOLD),
    ("auction", [ALICE], {"type": "deployGasAuction", "token": "HYPE", "amount": "500.0"}, UNTOLD),
    ("a kind nobody knows", [ALICE], {"type": "somethingNew", "usdc": "5.0", "user": BOB}, BOTH_UNTOLD),
    (
        "what a vault gives out",
        [ALICE, VAULT],
        {"type": "vaultDistribution", "vault": VAULT, "usdc": "7.5"},
        [CashRow(ALICE, "", nan, nan), CashRow(VAULT, "", nan, nan)],
    ),
]


@pytest.mark.parametrize(("users", "delta", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_update_gives_what_each_side_got(
    users: list[str], delta: dict[str, object], expected: list[CashRow]
) -> None:
    found = sorted(read_update(NOW, update_of(users, delta))[1])
    assert [side[:2] for side in found] == [side[:2] for side in sorted(expected)]
    for side, other in zip(found, sorted(expected), strict=True):
        np.testing.assert_array_equal(side[2:], other[2:])


def test_every_rule_is_exercised() -> None:
    assert RULES.keys() <= {str(delta["type"]) for _, _, delta, _ in CASES}


def test_what_is_told_of_a_transfer_adds_up_to_nothing() -> None:
    for what, users, delta, _ in CASES:
        if len(users) > 1:
            total = sum(side.whole for side in read_update(NOW, update_of(users, delta))[1])
            assert total == 0.0 or np.isnan(total), what


def test_addresses_are_lower_case_and_named_once() -> None:
    shouting = update_of([ALICE.upper().replace("X", "x")], {"type": "deposit", "usdc": "1.0"})
    quiet = update_of([ALICE], {"type": "withdraw", "usdc": "2.0", "fee": "0.0", "nonce": 4})
    columns = map_cash([(5, shouting), (6, quiet), (7, update_of([ALICE, BOB], send("", "xyz")))])
    assert columns.addresses == (ALICE, BOB)
    assert columns.dexs == ("", "xyz")
    assert columns.user.tolist() == [0, 0, 0, 1]
    assert columns.dex.tolist() == [0, 0, 0, 1]
    assert columns.time_ms.tolist() == [5, 4, 7, 7]
    assert columns.amount.tolist() == [1.0, -2.0, -40.0, 40.0]


def test_a_withdrawal_is_of_when_it_was_signed_not_of_when_the_bridge_had_paid() -> None:
    row = CashRow(ALICE, "", -100.0, -100.0, MinuteKind.WITHDRAWAL)
    assert read_update(NOW, update_of([ALICE], WITHDRAWAL)) == (NOW - 243_000, [row])
    assert read_update(NOW, update_of([ALICE, BOB], send("", "")))[0] == NOW


def test_nothing_gives_empty_columns() -> None:
    assert len(map_cash([])) == 0

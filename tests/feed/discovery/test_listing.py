"""The leaderboard and vaults as a sandbox tells them, taken into the book."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from small_sandbox import SmallSandbox, Vault, eventful_sandbox, name

from liqscape.errors import RemoteWireError
from liqscape.feed.discovery import AddressBook, observe_leaderboard, observe_vault, observe_vault_list
from liqscape.model.addresses import AddressSource
from liqscape.sandbox.answers.info import answer_info
from liqscape.sandbox.answers.leaderboard import answer_leaderboard
from liqscape.sandbox.answers.vaults import answer_vault_list
from liqscape.wire.known_addresses import HLP

NOW_MS = 1_770_000_000_000


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    return eventful_sandbox()


def test_leaderboard_of_a_sandbox_is_read(world: SmallSandbox) -> None:
    book = AddressBook()
    content = msgspec.json.encode(answer_leaderboard(world.state))
    count = observe_leaderboard(book, content, "leaderboard", NOW_MS)
    assert count == len(book) > 0
    assert book.counts()[AddressSource.LEADERBOARD] == count
    assert (book.columns().week_volume > 0).any()


def test_no_leaderboard_changes_nothing() -> None:
    book = AddressBook()
    for content in (b"[]", b"{", b'{"leaderboardRows":[{"ethAddress":"0x1"}]}'):
        with pytest.raises(RemoteWireError):
            observe_leaderboard(book, content, "leaderboard", NOW_MS)
    assert not len(book)


def test_children_of_hlp_are_exempt_and_followers_are_addresses(world: SmallSandbox) -> None:
    book = AddressBook()
    vault = Vault(HLP, "HLP", name(90), (name(2),), {name(3): 10**9, name(90): 10**9})
    world.state.vaults = (vault,)
    answer = answer_info({"type": "vaultDetails", "vaultAddress": HLP}, world.state)
    details = observe_vault(book, msgspec.json.encode(answer), "vaultDetails", NOW_MS)
    assert details is not None
    columns = book.columns()
    exempt = {each for each, is_exempt in zip(columns.address, columns.is_exempt, strict=True) if is_exempt}
    assert exempt == {HLP, name(2)}
    assert set(columns.address) == {HLP, name(2), name(3), name(90)}


def test_no_vault_is_none() -> None:
    book = AddressBook()
    assert observe_vault(book, b"null", "vaultDetails", NOW_MS) is None
    assert not len(book)


def listed(address: str, tvl: str, *, is_closed: bool = False, children: tuple[str, ...] = ()) -> dict[str, object]:
    """A row as public code shows it, with more than is read."""
    relationship = {"type": "parent", "data": {"childAddresses": list(children)}} if children else {"type": "normal"}
    summary = {
        "name": "made up",
        "vaultAddress": address,
        "leader": name(90),
        "tvl": tvl,
        "isClosed": is_closed,
        "relationship": relationship,
        "createTimeMillis": NOW_MS,
    }
    return {"apr": 0.1, "pnls": [["day", ["0.0", "1.5"]]], "summary": summary}


def test_list_of_vaults_flags_the_open_ones_and_sets_hlp_apart() -> None:
    rows = [
        listed(HLP, "300000000.5", children=(name(2),)),
        listed(name(2), "100.0"),
        listed(name(3).upper().replace("0X", "0x"), "1234.5"),
        listed(name(4), "0.0", is_closed=True),
    ]
    book = AddressBook()
    assert observe_vault_list(book, msgspec.json.encode(rows), "vaults", NOW_MS) == 4
    assert book.vaults == {HLP, name(2), name(3)}
    columns = book.columns()
    of = {each: row for row, each in enumerate(columns.address)}
    assert set(of) == {HLP, name(2), name(3), name(90)}  # closed vaults hold nothing; leaders may
    assert {each for each, row in of.items() if columns.is_exempt[row]} == {HLP, name(2)}
    assert columns.account_value[of[name(3)]] == 1234.5
    assert not columns.is_vault[of[name(90)]]


def test_value_of_the_leaderboard_is_not_lowered_by_the_list_of_vaults() -> None:
    book = AddressBook()
    book.observe_listed([name(3)], np.array([9_000.0]), np.zeros(1), np.zeros(1), NOW_MS)
    observe_vault_list(book, msgspec.json.encode([listed(name(3), "100.0")]), "vaults", NOW_MS)
    assert book.columns().account_value.tolist()[0] == 9_000.0


def test_list_of_vaults_of_a_sandbox_is_read(world: SmallSandbox) -> None:
    world.state.vaults = (Vault(HLP, "HLP", name(90), (name(2),), {}), Vault(name(5), "other", name(91), (), {}))
    book = AddressBook()
    content = msgspec.json.encode(answer_vault_list(world.state))
    assert observe_vault_list(book, content, "vaults", NOW_MS) == 2
    assert book.vaults == {HLP, name(2), name(5)}


def test_no_list_of_vaults_changes_nothing() -> None:
    book = AddressBook()
    for content in (b"{}", b"[{}]", b'[{"summary":{"name":"x"}}]', b"null"):
        with pytest.raises(RemoteWireError):
            observe_vault_list(book, content, "vaults", NOW_MS)
    assert not len(book)


def test_vaults_stay_known_through_the_register() -> None:
    book, again = AddressBook(), AddressBook()
    book.flag([name(1)], NOW_MS, is_exempt=False)
    book.add([name(2)], AddressSource.TRADES, NOW_MS)
    again.restore(book.columns())
    assert again.vaults == {name(1)}


def test_rows_that_name_no_address_are_left_out_for_they_could_not_be_kept(world: SmallSandbox) -> None:
    book = AddressBook()
    board = msgspec.json.decode(msgspec.json.encode(answer_leaderboard(world.state)))
    board["leaderboardRows"][0]["ethAddress"] = "0xnobody"
    board["leaderboardRows"][1]["ethAddress"] = ""
    count = observe_leaderboard(book, msgspec.json.encode(board), "leaderboard", NOW_MS)
    assert count == len(book) == len(board["leaderboardRows"]) - 2
    assert all(bytes.fromhex(address[2:]) for address in book.addresses)

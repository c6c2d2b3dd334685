"""The leaderboard and vaults as a sandbox tells them, taken into the book."""

from __future__ import annotations

import msgspec
import pytest
from small_sandbox import SmallSandbox, Vault, eventful_sandbox, name

from liqscape.errors import RemoteWireError
from liqscape.feed.discovery import AddressBook, observe_leaderboard, observe_vault
from liqscape.model.addresses import AddressSource
from liqscape.sandbox.answers.info import answer_info
from liqscape.sandbox.answers.leaderboard import answer_leaderboard
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

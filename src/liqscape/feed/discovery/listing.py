"""The leaderboard, the list of vaults and the details of vaults, taken into the book of addresses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from liqscape.feed.discovery.addresses import AddressBook
from liqscape.model.addresses import AddressSource, is_address
from liqscape.steps import Steps, blocks, finish
from liqscape.units import Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.leaderboard import Leaderboard, LeaderboardRow
from liqscape.wire.info.vault_details import VaultDetails
from liqscape.wire.info.vault_list import VaultList
from liqscape.wire.known_addresses import HLP

ROWS = 4_096
"""Of the leaderboard, taken in at once: a millisecond or two."""
LEADER = "leader"
"""What the list of followers calls the leader."""


def observe_leaderboard(book: AddressBook, content: bytes, source: str, now_ms: int) -> int:
    """Add every leaderboard row that names an address; returns the number of rows.

    Raises RemoteWireError for content that is no leaderboard.
    """
    return finish(leaderboard_steps(book, content, source, now_ms))


def leaderboard_steps(book: AddressBook, content: bytes, source: str, now_ms: int) -> Steps[int]:
    """The same beside other work: it is 30 MB of text."""
    addresses, value, week, month = yield partial(_read_leaderboard, content, source)
    for rows in blocks(len(addresses), ROWS):
        book.observe_listed(addresses[rows], value[rows], week[rows], month[rows], now_ms)
        yield None
    return len(addresses)


def observe_vault(book: AddressBook, content: bytes, source: str, now_ms: int) -> VaultDetails | None:
    """Take in a vault, its children, its leader and its followers; None where there is no such vault.

    HLP and its children are exempt. Raises RemoteWireError for content that is no details of a vault.
    """
    if content.strip() == b"null":
        return None
    vault = parse_answer(content, VaultDetails, source)
    children = () if vault.relationship.data is None else vault.relationship.data.childAddresses
    own = [address.lower() for address in (vault.vaultAddress, *children)]
    book.flag(filter(is_address, own), now_ms, is_exempt=own[0] == HLP)
    members = {vault.leader.lower(), *(follower.user.lower() for follower in vault.followers)} - {LEADER, *own}
    book.add(filter(is_address, sorted(members)), AddressSource.VAULT, now_ms)
    return vault


def observe_vault_list(book: AddressBook, content: bytes, source: str, now_ms: int) -> int:
    """Flag every vault that is open, note its leader; how many rows there were.

    Closed vaults hold nothing and are passed over. HLP and the children it names are exempt. Raises RemoteWireError for
    content that is no list of vaults, with nothing taken in.
    """
    rows = [row.summary for row in parse_answer(content, VaultList, source)]
    vaults = [row for row in rows if not row.isClosed and is_address(row.vaultAddress.lower())]
    family: set[str] = set()
    for row in vaults:
        if row.vaultAddress.lower() == HLP:
            children = () if row.relationship.data is None else row.relationship.data.childAddresses
            family = {HLP, *(child.lower() for child in children)}
    book.flag(filter(is_address, sorted(family)), now_ms, is_exempt=True)
    others = {row.vaultAddress.lower(): row.tvl for row in vaults if row.vaultAddress.lower() not in family}
    book.flag(others, now_ms, is_exempt=False, account_value=np.array(list(others.values()), np.float64))
    leaders = {row.leader.lower() for row in vaults} - family - set(others)
    book.add(filter(is_address, leaders), AddressSource.VAULT, now_ms)
    return len(rows)


def _read_leaderboard(content: bytes, source: str) -> tuple[list[str], Float64Array, Float64Array, Float64Array]:
    """Addresses, account values, volumes of the week and of the month."""
    rows = parse_answer(content, Leaderboard, source).leaderboardRows
    listed = [row for row in rows if is_address(row.ethAddress.lower())]
    value = np.array([row.accountValue for row in listed], np.float64)
    return [row.ethAddress.lower() for row in listed], value, _volumes(listed, "week"), _volumes(listed, "month")


def _volumes(listed: Sequence[LeaderboardRow], window: str) -> Float64Array:
    found = [dict(row.windowPerformances).get(window) for row in listed]
    return np.array([0.0 if each is None else each.vlm for each in found], np.float64)

"""The leaderboard and the details of vaults, taken into the book of addresses."""

from __future__ import annotations

import numpy as np

from liqscape.feed.discovery.addresses import AddressBook
from liqscape.model.addresses import AddressSource
from liqscape.units import Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.info.leaderboard import Leaderboard, LeaderboardRow
from liqscape.wire.info.vault_details import VaultDetails
from liqscape.wire.known_addresses import HLP

LEADER = "leader"
"""What the list of followers calls the leader."""


def observe_leaderboard(book: AddressBook, content: bytes, source: str, now_ms: int) -> int:
    """Take in all rows; how many there were. Raises RemoteWireError for content that is no leaderboard."""
    listed = parse_answer(content, Leaderboard, source).leaderboardRows
    book.observe_listed(
        [row.ethAddress.lower() for row in listed],
        np.array([row.accountValue for row in listed], np.float64),
        _volumes(listed, "week"),
        _volumes(listed, "month"),
        now_ms,
    )
    return len(listed)


def observe_vault(book: AddressBook, content: bytes, source: str, now_ms: int) -> VaultDetails | None:
    """Take in a vault, its children, its leader and its followers; None where there is no such vault.

    HLP and its children are exempt. Raises RemoteWireError for content that is no details of a vault.
    """
    if content.strip() == b"null":
        return None
    vault = parse_answer(content, VaultDetails, source)
    children = () if vault.relationship.data is None else vault.relationship.data.childAddresses
    own = [address.lower() for address in (vault.vaultAddress, *children)]
    book.flag(own, now_ms, is_exempt=own[0] == HLP)
    people = {vault.leader.lower(), *(follower.user.lower() for follower in vault.followers)} - {LEADER, *own}
    book.add(sorted(people), AddressSource.VAULT, now_ms)
    return vault


def _volumes(listed: tuple[LeaderboardRow, ...], window: str) -> Float64Array:
    found = [dict(row.windowPerformances).get(window) for row in listed]
    return np.array([0.0 if each is None else each.vlm for each in found], np.float64)

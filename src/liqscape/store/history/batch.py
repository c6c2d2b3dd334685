"""Frames as rows: of each only what differs from the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.heatmap.frame import MarketFrame
from liqscape.ledger.triggers import StandingTriggers
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.minute_notes import MinuteNotes
from liqscape.store.history.accounts import FEW_SHARE, AccountRows, changed_accounts
from liqscape.store.history.frames import coin_table, frame_row, frame_table
from liqscape.store.history.funding import funding_table, pay_funding, split_funding
from liqscape.store.history.notes import note_tables
from liqscape.store.history.schema import ADDRESSES, COINS, FRAMES, FUNDING, POOLS, POSITIONS, Batch
from liqscape.store.history.trigger_changes import trigger_tables


@dataclass(frozen=True)
class StoredFrame:
    """One frame as it is stored: its rows, and the accounts that are read back from them."""

    batch: Batch
    accounts: Accounts

    @property
    def time_ms(self) -> int:
        """Venue time of the frame."""
        return int(self.batch[FRAMES]["time_ms"][0])


class BatchBuilder:
    """Begins from the accounts of the last stored frame, or from none. `add` in order of time.

    funded_ms: the hour of the last stored funding; frames carry the newest they know, again and again.
    standing: trigger orders of that frame.
    """

    def __init__(self, accounts: Accounts, funded_ms: int = -1, standing: StandingTriggers | None = None) -> None:
        self._stored = accounts
        self._standing = standing
        self._given: Accounts | None = None
        self._funded_ms = funded_ms

    def add(
        self,
        frame: MarketFrame,
        accounts: Accounts,
        *,
        is_keyframe: bool,
        notes: MinuteNotes | None = None,
        standing: StandingTriggers | None = None,
    ) -> StoredFrame:
        """Compare a frame with the one before. notes: of its minute. standing: trigger orders that stand."""
        paid = frame.funding if frame.funding is not None and frame.funding.hour_ms > self._funded_ms else None
        self._funded_ms = self._funded_ms if paid is None else paid.hour_ms
        funding = funding_table(frame.time_ms, paid)
        before = self._stored
        for each in split_funding(funding):
            before = pay_funding(before, each)
        is_same = accounts is self._given and before is self._stored and not is_keyframe
        given = self._stored if is_same else accounts  # a reading that was not stored then is not now
        change = None
        if not is_keyframe and not is_same and before is self._stored:
            change = self._few_changed(accounts, frame.time_ms)
        if change is None:
            change = changed_accounts(before, given, frame.time_ms, is_keyframe=is_keyframe)
            change = replace(change, stored=_sharing(change.stored, given))
        self._stored, self._given = change.stored, accounts
        orders = trigger_tables(
            self._standing, standing, frame.time_ms, frame.snapshot.markets, is_keyframe=change.is_keyframe
        )
        self._standing = standing
        batch: Batch = {
            FRAMES: frame_table([frame_row(frame, len(accounts.addresses), is_keyframe=change.is_keyframe)]),
            COINS: coin_table([frame]),
            FUNDING: funding,
            POOLS: change.pools,
            POSITIONS: change.positions,
            ADDRESSES: change.addresses,
            **note_tables(frame.time_ms, notes),
            **orders,
        }
        return StoredFrame(batch, change.stored)

    def _few_changed(self, after: Accounts, time_ms: int) -> AccountRows | None:
        """The same rows made of those addresses alone that changed; None where not just a few are known to have.

        Who did not change since the accounts given before was compared then, and is stored as it was.
        """
        before, given = self._stored, self._given
        changed = None if given is None else after.changed_since(given)
        if given is None or changed is None or len(changed) > FEW_SHARE * len(after.addresses):
            return None
        is_changed = np.zeros(len(after.addresses), np.bool_)
        is_changed[changed] = True
        is_old, is_new = is_changed[before.address_row], is_changed[after.address_row]
        own = after.take(np.flatnonzero(is_new))
        change = changed_accounts(before.take(np.flatnonzero(is_old)), own, time_ms, is_keyframe=False)
        if change.is_keyframe:
            return None
        columns = {}
        for names, old, new in (
            (POOL_COLUMNS, is_old, is_new),
            (POSITION_COLUMNS, is_old[before.pool_of_position()], is_new[after.pool_of_position()]),
        ):
            for name in names:
                is_given = getattr(before, name) is getattr(given, name)
                if is_given and getattr(change.stored, name) is getattr(own, name):
                    continue
                columns[name] = getattr(after, name).copy()
                columns[name][new] = getattr(change.stored, name)
                columns[name][~new] = getattr(before, name)[~old]
        return replace(change, stored=replace(after, **columns) if columns else after)


def _sharing(stored: Accounts, given: Accounts) -> Accounts:
    """The same, columns that are stored as they were given being the very same."""
    if stored is given:
        return given
    own = {name: getattr(stored, name) for name in (*POOL_COLUMNS, *POSITION_COLUMNS)}
    columns = {name: values for name, values in own.items() if values.tobytes() != getattr(given, name).tobytes()}
    return replace(given, **columns) if columns else given

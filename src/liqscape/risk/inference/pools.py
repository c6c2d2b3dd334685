"""Free margin of every account's shared pool, with all its prices and without each one."""

from __future__ import annotations

import numpy as np

from liqscape.risk.inference.consensus import find_consensus
from liqscape.risk.inference.rows import Rows
from liqscape.risk.inference.settle import Votes, is_scattered, settle
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array


class SharedPools:
    """value, width, votes (A,): free margin, how well it is fixed (USD), prices behind it; NaN and 0 where none.

    others, others_width (P,): the same from the other prices of the row's account. notional (A,): USD at mark.
    is_scattered (A,): so many prices disagree that there is no shared pool.
    """

    def __init__(self, rows: Rows, assumed: Int32Array, value: Float64Array, known_pocket: BoolArray) -> None:
        count = rows.accounts.pool_count
        voters = np.flatnonzero(rows.has_price & ~known_pocket)
        found = find_consensus(rows.group[voters], value[voters], rows.width[voters], count)
        self.value, self.width, self.votes = found.value.copy(), found.width.copy(), found.votes.copy()
        self.others, self.others_width = np.full(len(value), np.nan), np.full(len(value), np.nan)
        self.others[voters], self.others_width[voters] = found.others, found.others_width
        self.notional = np.bincount(rows.group, np.nan_to_num(rows.notional), count)
        least = rows.min_free_margin(assumed)
        self._settle_rest(rows, value, voters, found.is_settled, least)
        # Pockets known from other snapshots do not vote: all votes are others'.
        self.others[known_pocket] = self.value[rows.group[known_pocket]]
        self.others_width[known_pocket] = self.width[rows.group[known_pocket]]
        self._adopt_last_price(rows, value)
        self._drop_pockets_against_nulls(rows, value, least)
        self._adopt_one_of_two(rows, value, least)
        self.is_scattered = self._find_scattered(rows, value)
        # Nulls have no price of their own: whatever the pool turned out to hold is from others.
        self.others[rows.is_null] = self.value[rows.group[rows.is_null]]
        self.others_width[rows.is_null] = self.width[rows.group[rows.is_null]]

    def _settle_rest(
        self,
        rows: Rows,
        value: Float64Array,
        voters: Int64Array,
        is_settled: BoolArray,
        least: Float64Array,
    ) -> None:
        open_voters = voters[~is_settled[rows.group[voters]]]
        if not len(open_voters):
            return
        others = rows.other_values(open_voters)
        starts = np.flatnonzero(np.diff(rows.group[open_voters], prepend=-1))
        for start, end in zip(starts, [*starts[1:], len(open_voters)], strict=True):
            members = open_voters[start:end]
            group = int(rows.group[members[0]])
            votes = _votes_of(rows, value, members, others[start:end], float(least[group]))
            self._settle_account(group, members, votes)

    def _settle_account(self, group: int, members: Int64Array, votes: Votes) -> None:
        everyone = settle(votes)
        if everyone.votes == 0 and len(members) == 1:
            everyone = settle(votes._replace(pocket_look=np.zeros(1, np.bool_), least=-np.inf))
        self.value[group], self.width[group], self.votes[group] = everyone.value, everyone.width, everyone.votes
        if len(members) == 1:
            return
        for place, row in enumerate(members):
            without = settle(votes.take(np.arange(len(members)) != place))
            self.others[row], self.others_width[row] = without.value, without.width

    def _adopt_last_price(self, rows: Rows, value: Float64Array) -> None:
        """Where no consensus was found and all prices but one are pockets, the one left is the shared pool's."""
        is_shown = rows.looks_opened | rows.stood_still
        is_left = rows.has_price & (self.votes[rows.group] == 0) & ~is_shown
        is_one = np.bincount(rows.group, is_left, len(self.value)) == 1
        left = np.flatnonzero(is_left & is_one[rows.group])
        groups = rows.group[left]
        self.value[groups], self.width[groups], self.votes[groups] = value[left], rows.width[left], 1

    def _adopt_one_of_two(self, rows: Rows, value: Float64Array, least: Float64Array) -> None:
        """Two prices that disagree are not two pockets: alone in its pool the shared price passes the tests as well.

        The larger free margin is taken for the shared pool's, as in settle.py, unless the nulls need more.
        """
        is_open = rows.has_price & (self.votes[rows.group] == 0)
        is_shown = is_open & (rows.looks_opened | rows.stood_still)
        is_pair = np.bincount(rows.group, is_open, len(self.value)) == 2
        is_pair &= np.bincount(rows.group, is_shown, len(self.value)) == 2
        members = np.flatnonzero(is_shown & is_pair[rows.group])
        members = members[np.lexsort((value[members], rows.group[members]))]
        larger = members[1::2]
        with np.errstate(invalid="ignore"):
            larger = larger[value[larger] >= least[rows.group[larger]] * (1.0 - 1e-9)]
        groups = rows.group[larger]
        self.value[groups], self.width[groups], self.votes[groups] = value[larger], rows.width[larger], 1

    def _find_scattered(self, rows: Rows, value: Float64Array) -> BoolArray:
        """(A,) accounts whose prices show that there is no shared pool (settle.is_scattered)."""
        found = np.zeros(len(self.value), np.bool_)
        is_open = rows.has_price & (self.votes[rows.group] == 0)
        members = np.flatnonzero(is_open & (np.bincount(rows.group, is_open, len(self.value)) >= 3)[rows.group])
        if len(members):
            others = rows.other_values(members)
            starts = np.flatnonzero(np.diff(rows.group[members], prepend=-1))
            for start, end in zip(starts, [*starts[1:], len(members)], strict=True):
                votes = _votes_of(rows, value, members[start:end], others[start:end], -np.inf)
                found[rows.group[members[start]]] = is_scattered(votes)
        return found

    def _drop_pockets_against_nulls(self, rows: Rows, value: Float64Array, least: Float64Array) -> None:
        """A single price that looks like a pocket and implies less than the account's nulls need is not the pool's."""
        single = self.votes[rows.group] == 1
        with np.errstate(invalid="ignore"):
            is_less = value < least[rows.group] * (1.0 - 1e-9)
            is_deciding = rows.has_price & single & (value == self.value[rows.group])
        groups = rows.group[is_deciding & is_less & (rows.looks_opened | rows.stood_still)]
        self.value[groups], self.width[groups], self.votes[groups] = np.nan, np.nan, 0


def _votes_of(rows: Rows, value: Float64Array, members: Int64Array, others: Float64Array, least: float) -> Votes:
    """Rows of one account as votes."""
    return Votes(
        value[members],
        rows.width[members],
        others,
        rows.looks_opened[members],
        rows.notional[members],
        least,
    )

"""The vectorised consensus against plain loops: same winner, and without each vote the same as if it were not there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from liqscape.risk.inference.consensus import find_consensus
from liqscape.risk.inference.memory import nearest_known
from liqscape.risk.inference.settle import Votes, settle


def random_votes(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Accounts whose votes fall on few values, blurred within and beyond their widths."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(1, 6))
    group = rng.integers(0, groups, int(rng.integers(1, 30)))
    width = rng.choice([1e-6, 1e-3, 0.5], len(group))
    value = rng.choice([100.0, 100.9, 250.0, -40.0], len(group), p=[0.6, 0.15, 0.15, 0.1])
    return group, value + rng.uniform(-1.0, 1.0, len(group)) * width, width, groups


def plain_votes(value: np.ndarray, width: np.ndarray) -> Votes:
    count = len(value)
    nothing = np.full((count, 1), np.nan)
    return Votes(value, width, nothing, np.zeros(count, np.bool_), np.zeros(count), -np.inf)


@given(seed=st.integers(0, 2**32))
def test_where_it_decides_it_equals_the_plain_rule_with_and_without_each_vote(seed: int) -> None:
    group, value, width, groups = random_votes(seed)
    found = find_consensus(group, value, width, groups)
    for account in range(groups):
        rows = np.flatnonzero(group == account)
        if not found.is_settled[account] or not len(rows):
            continue
        everyone = settle(plain_votes(value[rows], width[rows]))
        assert (found.value[account], found.width[account]) == (everyone.value, everyone.width)
        assert found.votes[account] == everyone.votes
        for row in rows:
            others = rows[rows != row]
            without = settle(plain_votes(value[others], width[others]))
            assert (found.others[row], found.others_width[row]) == (without.value, without.width)


@given(seed=st.integers(0, 2**32))
def test_the_order_of_votes_does_not_decide(seed: int) -> None:
    group, value, width, groups = random_votes(seed)
    order = np.random.default_rng(seed + 1).permutation(len(group))
    plain = find_consensus(group, value, width, groups)
    mixed = find_consensus(group[order], value[order], width[order], groups)
    np.testing.assert_array_equal(plain.votes, mixed.votes)
    np.testing.assert_array_equal(plain.is_settled, mixed.is_settled)
    np.testing.assert_array_equal(plain.value, mixed.value)
    np.testing.assert_array_equal(plain.others[order], mixed.others)


def test_three_agreeing_votes_beat_a_lone_large_one_whatever_its_size() -> None:
    value = np.array([500.0, 500.0, 500.0, 1e9])
    found = find_consensus(np.zeros(4, np.int64), value, np.full(4, 1e-6), 1)
    assert found.value[0] == 500.0
    assert found.others.tolist() == [500.0] * 4


def test_two_against_two_is_left_open() -> None:
    found = find_consensus(np.zeros(4, np.int64), np.array([1.0, 1.0, 2.0, 2.0]), np.full(4, 1e-6), 1)
    assert not found.is_settled[0]
    assert np.isnan(found.value[0])
    assert settle(plain_votes(np.array([1.0, 1.0, 2.0, 2.0]), np.full(4, 1e-6))).votes == 0


@given(seed=st.integers(0, 2**32))
def test_the_nearest_other_snapshot_is_the_one_plain_loops_find(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 25))
    pairs = rng.permutation([(key, time) for key in range(4) for time in range(8)])[:count]
    key, time = pairs[:, 0].astype(np.int64), (pairs[:, 1] * 10).astype(np.int64)
    known = rng.random(count) < 0.5
    found = nearest_known(key, time, known)
    for row in range(count):
        rivals = [(abs(time[j] - time[row]), time[j], j) for j in range(count) if j != row and known[j]]
        rivals = [rival for rival in rivals if key[rival[2]] == key[row]]
        assert found[row] == (min(rivals)[2] if rivals else -1)

"""Sums that a true state must meet: a layout that was read wrongly cannot pass them (docs/node.md, "Checks").

Longs equal shorts in every market, the list of users with positions names exactly those who have one, and open interest
is the sum of the longs. What is off in a few entries is said; beyond MAX_WRONG of all of them the state is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.model.margin_tables import MarginTable
from liqscape.units import Int64Array
from liqscape.wire.decode import convert_record, refuse
from liqscape.wire.node.state_layout import Places, Table

if TYPE_CHECKING:
    from liqscape.wire.node.state_lists import DexUsers

MAX_WRONG = 1e-3
"""Share of lots, users or open interest that may disagree: a state is one instant, so it should be none."""
MICRO = 1_000_000


def check_deductions(table: MarginTable, given: Table, source: str, path: str) -> None:
    """Refuses a table whose own deductions are others than ours: its unit or order is not what we think."""
    for tier, (ours, theirs) in enumerate(zip(table.deductions(), given.margin_tiers, strict=True)):
        if theirs.maintenance_deduction is not None and abs(float(ours) - theirs.maintenance_deduction / MICRO) > 1.0:
            where = f"{path}.meta.marginTableIdToMarginTable {table.table_id} tier {tier}.maintenance_deduction"
            raise refuse(source, where, theirs.maintenance_deduction, f"should be {float(ours) * MICRO:.0f}")


def check_state(
    places: Places,
    *,
    paths: list[str],
    starts: list[int],
    users: list[DexUsers],
    market: Int64Array,
    lots: Int64Array,
    source: str,
) -> tuple[str, ...]:
    """Remarks on what disagrees a little. Raises RemoteWireError for what disagrees by more than MAX_WRONG."""
    longs, shorts = np.zeros(starts[-1], np.int64), np.zeros(starts[-1], np.int64)
    np.add.at(longs, market, np.maximum(lots, 0))
    np.add.at(shorts, market, np.maximum(-lots, 0))
    remarks: list[str] = []
    for dex, path in enumerate(paths):
        own = slice(starts[dex], starts[dex + 1])
        _judge(
            np.abs(longs[own] - shorts[own]),
            longs[own] + shorts[own],
            source,
            f"{path}: lots of longs and shorts",
            remarks,
        )
        interest = _open_interest(places, f"{path}.asset_to_oi_szi")
        if interest is None:
            remarks.append(f"{path}.asset_to_oi_szi is missing: open interest is not checked")
        else:
            reported = np.zeros(starts[dex + 1] - starts[dex], np.int64)
            for asset, open_lots in interest:
                if asset % 10_000 < len(reported):
                    reported[asset % 10_000] = open_lots
            _judge(np.abs(reported - longs[own]), longs[own], source, f"{path}.asset_to_oi_szi", remarks)
        listed = places.find(f"{path}.users_with_positions", tuple[str, ...])
        if listed is None:
            remarks.append(f"{path}.users_with_positions is missing: holders are not checked")
        else:
            wrong = _differing(listed, users[dex])
            _judge(np.array([wrong]), np.array([len(listed)]), source, f"{path}.users_with_positions", remarks)
    return tuple(remarks)


def _open_interest(places: Places, path: str) -> tuple[tuple[int, int], ...] | None:
    """(asset, lots of one side) of every asset; None where the state does not have it."""
    held = places.find(path, object)
    if held is None:
        return None
    pairs = list(held.items()) if isinstance(held, dict) else held
    return convert_record(pairs, tuple[tuple[int, int], ...], places.source, path)


def _differing(listed: tuple[str, ...], users: DexUsers) -> int:
    """Addresses in one of the lists only."""
    from liqscape.wire.node.state_lists import names_of

    holders = set(names_of(np.unique(users.holder_keys, axis=0)))
    return len(holders.symmetric_difference(address.lower() for address in listed))


def _judge(wrong: Int64Array, whole: Int64Array, source: str, what: str, remarks: list[str]) -> None:
    """One check of a dex: sums by market, in lots, weighed each market by its own size."""
    off = int(np.count_nonzero(wrong))
    if off == 0:
        return
    share = float(np.max(wrong / np.maximum(whole, 1)))
    said = f"{what} disagree in {off} of {len(wrong)} cases, at most by {share:.3%}"
    if share > MAX_WRONG:
        raise RemoteWireError(f"{source}: {said}, more than {MAX_WRONG:.1%}", source=source, field=what)
    remarks.append(said)

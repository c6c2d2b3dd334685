"""A node's state snapshot to every margin pool of the exchange (docs/node.md, "State snapshots").

Theory of operation. The file is about a gigabyte and is never decoded whole: one compiled pass notes where the wanted
parts begin, the large lists go from bytes to integer columns by kernels (wire/node), only small parts become records.
Pools are then built from whole columns (state_pools.py), and sums that a true state meets are checked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.states.node.state_pools import build_accounts, join_positions
from liqscape.units import Float64Array, UInt8Array
from liqscape.wire.decode import refuse
from liqscape.wire.node.block_time import parse_block_time
from liqscape.wire.node.state_book import StateBook
from liqscape.wire.node.state_checks import check_state
from liqscape.wire.node.state_layout import Places, find_places
from liqscape.wire.node.state_lists import read_users


@dataclass(frozen=True, kw_only=True)
class StateSnapshot:
    """Everything the map needs of one block.

    height      block after which this is the state; 0 where neither file nor caller says.
    time_ms     of that block; 0 where not known.
    markets     of all dexs, first dex first; tables their margin tables.
    collateral  spot token by dex, in the order of the dexs.
    oracle      (M,) USD; NaN where there is none.
    accounts    every address with a position; margin source STATE, or UNKNOWN with NaN.
    user_count  user states read, of all dexs.
    remarks     what did not agree, or had to be left open; one line each.
    """

    height: int
    time_ms: int
    markets: Markets
    tables: MarginTables
    collateral: tuple[int, ...]
    oracle: Float64Array
    accounts: Accounts
    user_count: int
    remarks: tuple[str, ...]


def read_state_snapshot(data: UInt8Array, source: str, height: int = 0, time_ms: int = 0) -> StateSnapshot:
    """Read a whole state. height and time_ms are taken where the file does not say them.

    data: (B,) the file's bytes, best memory-mapped. Raises RemoteWireError naming path of keys and rule, for another
    layout, cut files, and states whose sums do not agree (state_checks.py).
    """
    places = find_places(data, source)
    height, time_ms = _moment(places, height, time_ms)
    places.span("exchange.locus.ust")
    places.span("exchange.locus.scl.user_states")
    book = StateBook(source)
    for dex in range(places.count("exchange.locus.cls")):
        book.add_dex(places, dex)
    if not book.rows:
        raise refuse(source, "exchange.locus.cls", 0, "markets: a state without markets is none")
    users = [read_users(places, f"{path}.user_states.user_to_state") for path in book.paths]
    held = join_positions(users, book, source)
    accounts, remarks = build_accounts(places, users, held, book, time_ms)
    remarks = (
        *remarks,
        *check_state(
            places, paths=book.paths, starts=book.starts, users=users, market=held.market, lots=held.lots, source=source
        ),
    )
    return StateSnapshot(
        height=height,
        time_ms=time_ms,
        markets=book.markets(),
        tables=MarginTables.build(book.tables),
        collateral=tuple(book.collateral),
        oracle=np.array(book.oracle, np.float64),
        accounts=accounts,
        user_count=sum(each.state_count for each in users),
        remarks=remarks,
    )


def _moment(places: Places, height: int, time_ms: int) -> tuple[int, int]:
    """(height, time) of the file's context where it has one, else what the caller knows."""
    for path in ("exchange.context", "exchange.locus.context"):
        said = places.find(f"{path}.height", int)
        if said is not None:
            if height and said != height:
                raise refuse(places.source, f"{path}.height", said, f"is not the file's height {height}")
            height = said
        written = places.find(f"{path}.time", str)
        if written is not None:
            time_ms = parse_block_time(written, places.source, f"{path}.time")
    return height, time_ms

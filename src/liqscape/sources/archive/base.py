"""What everybody held before the first fill: the state a replay of an archive starts from.

Fills tell changes, not what was held, so there is no map without one: a table of positions (our own dump, or a recorded
market), a node's state snapshot, or the last frame of a history that is to go on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from liqscape.errors import InputError, SettingsError
from liqscape.model.accounts import Accounts
from liqscape.model.events import AccountsObserved, MarketDefined
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.units import BoolArray, Int64Array


@dataclass(frozen=True, kw_only=True)
class BaseState:
    """Accounts at a time, with the markets and tables their rows name.

    address_ms (N,) time of the state of each address; None: time_ms for all.
    note       one phrase for the provenance: "127 accounts of a recorded market".
    is_partial only the addresses named are followed; else whoever trades.
    """

    time_ms: int
    markets: Markets
    tables: MarginTables
    accounts: Accounts
    note: str
    is_simulated: bool = False
    address_ms: Int64Array | None = None
    is_partial: bool = False


def read_base(path: Path, at_ms: int | None) -> BaseState:
    """The newest state of a file or folder that is not newer than a time; the first one without a time.

    Raises InputError or RemoteWireError for files that cannot be used, SettingsError where all of it is newer.
    """
    if path.is_dir() and (path / "positions.parquet").is_file():
        return _of_recording(path, at_ms)
    if path.suffix == ".rmp":
        return _of_state_snapshot(path)
    if path.suffix == ".parquet" and path.is_file():
        return _of_dump(path)
    raise InputError(
        f"{path}: no base: a dump of positions (.parquet), a node's state snapshot (.rmp) or a folder with "
        "positions.parquet is needed",
        file=str(path),
    )


def keep_holders(base: BaseState, coins: tuple[str, ...]) -> BaseState:
    """Only the addresses that hold one of the coins, with everything they hold. Raises ModelError for unknown coins."""
    accounts = base.accounts
    wanted = [base.markets.index_of(coin) for coin in coins]
    is_kept: BoolArray = _has_one_of(accounts, wanted)
    kept = accounts.take(is_kept.nonzero()[0])
    note = f"{base.note}, only holders of {', '.join(coins)}"
    return replace(base, accounts=kept, note=note, is_partial=True)


def _has_one_of(accounts: Accounts, markets: list[int]) -> BoolArray:
    """(A,) pools of addresses that hold one of the markets, in whichever pool."""
    holds = np.isin(accounts.market_index, markets)
    is_holder = np.zeros(len(accounts.addresses), np.bool_)
    is_holder[accounts.address_row[accounts.pool_of_position()[holds]]] = True
    found: BoolArray = is_holder[accounts.address_row]
    return found


def _of_recording(folder: Path, at_ms: int | None) -> BaseState:
    from liqscape.sources.recording import RecordingSource, recording_files, refuse_damaged

    refuse_damaged(recording_files(folder))
    source = RecordingSource(folder)
    defined: MarketDefined | None = None
    newest: AccountsObserved | None = None
    for event in source.events():
        if isinstance(event, MarketDefined):
            defined = event
        elif isinstance(event, AccountsObserved):
            if at_ms is not None and event.time_ms > at_ms:
                break
            newest = event
            if at_ms is None:
                break
    if defined is None or newest is None:
        raise SettingsError(f"--base {folder}: its first state, of {source.first_ms}, is newer than --start {at_ms}")
    note = f"{len(newest.accounts.addresses)} accounts of the recorded market {folder.resolve().name}"
    return BaseState(
        time_ms=newest.time_ms, markets=defined.markets, tables=defined.tables, accounts=newest.accounts, note=note
    )


def _of_dump(path: Path) -> BaseState:
    from liqscape.sources.tables.positions import read_positions

    table = read_positions(path)
    note = f"{len(table.accounts.addresses)} accounts of {path.name}"
    return BaseState(
        time_ms=table.snapshot.time_ms,
        markets=table.snapshot.markets,
        tables=table.tables,
        accounts=table.accounts,
        note=note,
        is_simulated=table.is_simulated,
    )


def _of_state_snapshot(path: Path) -> BaseState:
    from liqscape.sources.node.states import find_block_time, read_state
    from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES
    from liqscape.wire.node.tables import STATES

    try:
        state = read_state(path)
        if not state.time_ms and path.resolve().parent.parent.name == STATES:
            data = path.resolve().parents[2]
            state = read_state(path, find_block_time(data, state.height, path.stat().st_mtime_ns // 1_000_000))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", file=str(path)) from None
    if not state.time_ms:
        raise InputError(f"{path}: does not say when it was, and stands in no data folder of a node", file=str(path))
    accounts = state.accounts
    exempt = np.array([address in EXEMPT_ADDRESSES or address in BACKSTOPS for address in accounts.addresses], np.bool_)
    accounts = replace(accounts, is_exempt=exempt[accounts.address_row])
    note = f"all {len(accounts.addresses)} accounts of the state of block {state.height}"
    return BaseState(time_ms=state.time_ms, markets=state.markets, tables=state.tables, accounts=accounts, note=note)

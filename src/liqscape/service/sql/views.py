"""The names SQL knows (docs/sql.md): views over what is stored, and tables of any moment."""

from __future__ import annotations

from pathlib import Path

from liqscape.insight.study_rows import TABLES
from liqscape.service.moment_rows import KINDS
from liqscape.store.history.schema import ACCOUNT_MINUTES as MINUTES
from liqscape.store.history.schema import (
    ADDRESSES,
    BANDS,
    COIN_MINUTES,
    COINS,
    FRAMES,
    FUNDING,
    LIQUIDATION_EVENTS,
    MARK_PATH,
    OF_TRIGGERS,
    POOLS,
    POSITIONS,
    TRIGGER_READS,
    TRIGGERS,
)

LIQUIDATIONS, REGISTER, BOOKS = "liquidations", "register", "books"

OF_MOMENT = tuple(f"moment_{name}" for name in KINDS)
"""Tables of one instant."""

HISTORY = {f"stored_{name}": name for name in (FRAMES, COINS, FUNDING, BANDS, POOLS, POSITIONS, ADDRESSES)} | {
    f"stored_{name}": name for name in (COIN_MINUTES, MARK_PATH, MINUTES, LIQUIDATION_EVENTS, *OF_TRIGGERS)
}
BESIDE = {f"stored_{name}": name for name in (LIQUIDATIONS, REGISTER, BOOKS)}
STORED = {**HISTORY, **BESIDE}
"""Our names of stored tables, and what the store calls them."""

STUDIED = {"cluster_history": "clusters", "asymmetry_history": "asymmetry"} | {
    name: name for name in TABLES if name not in ("clusters", "asymmetry", LIQUIDATION_EVENTS)
}
"""Views of a study's tables; `clusters` is of a moment, what `asymmetry` would be too."""
OF_STUDY = tuple(f"studied_{name}" for name in TABLES)

PLAIN = {
    "frames": FRAMES,
    "mark_history": COINS,
    "funding": FUNDING,
    "band_changes": BANDS,
    "addresses": ADDRESSES,
    "coin_minutes": COIN_MINUTES,
    "mark_path": MARK_PATH,
    "trigger_changes": TRIGGERS,
    "trigger_reads": TRIGGER_READS,
    "liquidations": LIQUIDATIONS,
    "known_addresses": REGISTER,
    "order_books": BOOKS,
}
"""Views that are a stored table as it is."""

OWNED = {"pool_changes": POOLS, "position_changes": POSITIONS, "account_minutes": MINUTES}
"""Views of stored tables whose rows name an account by its row: with its address, as it was listed then."""


def stored_definitions() -> list[str]:
    """Views over what is stored."""
    plain = [f"CREATE VIEW {view} AS FROM {_rows(f'stored_{name}')}" for view, name in PLAIN.items()]
    owned = [
        f"CREATE VIEW {view} AS SELECT rows.time, address, rows.* EXCLUDE (time) FROM {_rows(f'stored_{name}')} "
        "AS rows ASOF LEFT JOIN addresses ON addresses.address_row = rows.address_row AND addresses.time <= rows.time"
        for view, name in OWNED.items()
    ]
    studied = [f"CREATE VIEW {view} AS FROM {_rows(f'studied_{name}')}" for view, name in STUDIED.items()]
    return [*plain, *owned, *studied, _events_definition()]


def _events_definition() -> str:
    """Liquidations with their impact: those of a study know their cluster, the others are as they were written down."""
    known, written = _rows(f"studied_{LIQUIDATION_EVENTS}"), _rows(f"stored_{LIQUIDATION_EVENTS}")
    return (
        f"CREATE VIEW {LIQUIDATION_EVENTS} AS FROM {known} UNION ALL BY NAME SELECT * EXCLUDE (time) FROM {written} "
        f"WHERE event_id NOT IN (SELECT event_id FROM {known})"
    )


def moment_definitions() -> list[str]:
    """For each table of a moment a function of the time, and a view of the newest."""
    made = []
    for name in KINDS:
        made.append(f"CREATE MACRO {name}_at(time) AS TABLE FROM {_rows(f'moment_{name}', 'time::VARCHAR')}")
        made.append(f"CREATE VIEW {name} AS FROM {_rows(f'moment_{name}')}")
    return made


def file_definition(name: str, path: Path) -> str:
    """A view of a file."""
    read = "read_csv" if path.suffix == ".csv" else "read_parquet"
    quoted = '"' + name.replace('"', '""') + '"'
    place = str(path).replace("'", "''")
    return f"CREATE VIEW {quoted} AS FROM {read}('{place}')"


def _rows(table: str, time: str = "''") -> str:
    return f"read_parquet(liqscape_files('{table}', {time}), union_by_name = true, hive_partitioning = false)"

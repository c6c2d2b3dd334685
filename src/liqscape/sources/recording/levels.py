"""One row per recorded position: the published price beside the one solved from other prices of the account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars

from liqscape.risk.inference import ROW_CLASSES
from liqscape.risk.inference.verdicts import REPRODUCED_WITHIN
from liqscape.sources.recording.solved import SolvedRecording


@dataclass(frozen=True, kw_only=True)
class LevelSummary:
    """Counts over all rows.

    empty: rows of size zero, which hold nothing and are in no other figure.
    rows, by_class (every class, also those with 0), published prices, checkable ones (accounts with two prices or
    more in the snapshot), reproduced: published prices met to 1e-4 by the solved one, whatever the class.
    """

    rows: int
    by_class: dict[str, int]
    explained: int
    published: int
    checkable: int
    reproduced: int
    empty: int


@dataclass(frozen=True)
class LevelTable:
    """`table`: rows in the order of the input, without those of size zero; columns as `liqscape levels` promises."""

    table: polars.DataFrame
    summary: LevelSummary


def solve_levels(folder: Path) -> LevelTable:
    """Solve every row of a recording. Raises InputError naming file, row, field, value and rule.

    Columns: snapshot_ts (text as in the file), address (lower case), coin, size, mark, notional (= position value),
    published_liquidation_price, solved_liquidation_price (null where other prices of the account do not determine it
    or no positive mark liquidates), class.
    """
    solved = SolvedRecording.read(folder)
    positions, inference = solved.positions, solved.inference
    names = np.array([str(row_class) for row_class in ROW_CLASSES])
    table = polars.DataFrame(
        {
            "snapshot_ts": positions.snapshot_text,
            "address": np.array(positions.addresses)[positions.address],
            "coin": np.array(positions.coins)[positions.coin],
            "size": positions.size,
            "mark": positions.mark,
            "notional": positions.value,
            "published_liquidation_price": positions.price,
            "solved_liquidation_price": inference.solved_price,
            "class": names[inference.row_class],
            "input_row": positions.input_row,
        }
    )
    table = table.with_columns(polars.col(polars.Float64).fill_nan(None)).sort("input_row")
    return LevelTable(table.drop("input_row"), _summary(solved))


def _summary(solved: SolvedRecording) -> LevelSummary:
    inference, price = solved.inference, solved.positions.price
    counts = np.bincount(inference.row_class, minlength=len(ROW_CLASSES))
    has_price = np.isfinite(price)
    group = solved.accounts.pool_of_position()
    prices = np.bincount(group, has_price, solved.accounts.pool_count)[group]
    with np.errstate(invalid="ignore"):
        is_met = np.abs(inference.solved_price - price) <= REPRODUCED_WITHIN * price
    by_class = {str(row_class): int(count) for row_class, count in zip(ROW_CLASSES, counts, strict=True)}
    explained = sum(by_class[str(row_class)] for row_class in ROW_CLASSES if row_class.is_explained)
    return LevelSummary(
        rows=len(price),
        by_class=by_class,
        explained=explained,
        published=int(has_price.sum()),
        checkable=int((has_price & (prices >= 2)).sum()),
        reproduced=int(is_met.sum()),
        empty=solved.positions.empty_rows,
    )

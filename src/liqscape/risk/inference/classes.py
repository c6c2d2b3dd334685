"""What became of a published liquidation price: every position row ends in exactly one class."""

from __future__ import annotations

from enum import StrEnum


class RowClass(StrEnum):
    """Why the published price (or the published null) of a row is what it is; docs/accuracy.md counts them.

    Each class is given by a test on the numbers of the row and of its own account, never by exclusion;
    what passes no test is `unexplained` or `null_contradicted`.
    """

    REPRODUCED = "reproduced"
    """Solved from other prices of the account alone, in the present margin table, to 1e-4 of the published price."""
    EXEMPT_TABLE = "exempt_table"
    """As reproduced, in the flat 50x table of the HLP children, which applies to all their positions."""
    OLDER_TABLE = "older_table"
    """The account's prices meet in one free margin to the printed digits, this one in another margin table than the
    coin's present one (or only with another row of the account in such a table)."""
    ROUNDING = "rounding"
    """Off by more than 1e-4, but by no more than the printed digits of the prices leave open."""
    STALE_READ = "stale_read"
    """Implies the account's free margin up to the noise of marks read apart, not to the printed digits."""
    ISOLATED = "isolated"
    """Does not share the account's free margin and its own price is that of a solvent isolated pocket that agrees
    with entry price and leverage, or that stayed the same while the rest of the account moved. Also a null of a
    1x long whose account would give a price: a 1x pocket has none. Where three prices or more all disagree there is
    no shared pool, and a plausible pocket is enough."""
    ONLY_PRICE = "only_price"
    """The only published price of its pool, or others that do not single out one free margin: cannot be
    cross-checked, never counted as reproduced."""
    NULL_AGREES = "null_agrees"
    """Null is published, and the free margin found from prices of the account gives no positive mark either."""
    NULL_ALONE = "null_alone"
    """Null is published for a long and no other row says what the pool holds: possible, cannot be checked."""
    NULL_CONTRADICTED = "null_contradicted"
    """Null is published, but the account solves to a positive price (or the row is a short, which always has one)."""
    UNEXPLAINED = "unexplained"
    """A price that none of the tests explains. Its pool is split off, so that the map shows the published price."""

    @property
    def is_explained(self) -> bool:
        """The published value passed a test; False only for the two classes that say something is not understood."""
        return self not in (RowClass.NULL_CONTRADICTED, RowClass.UNEXPLAINED)


ROW_CLASSES = tuple(RowClass)
"""Order of the codes in Inference.row_class."""

CODE = {row_class: code for code, row_class in enumerate(ROW_CLASSES)}
"""Code of each class in Inference.row_class."""

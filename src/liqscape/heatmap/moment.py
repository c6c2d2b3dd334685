"""One instant of the whole market: a frame, and all that it was made of."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liqscape.heatmap.found_later import MomentAccountsFoundLater, NotesFoundLater, TriggersFoundLater
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.margin_tables import MarginTables
from liqscape.model.minute_notes import MinuteNotes

if TYPE_CHECKING:
    from liqscape.ledger.triggers import StandingTriggers

POOL_BYTES, POSITION_BYTES, OFFSET_BYTES = 31, 49, 8
"""A row of each in the columns of accounts, and the last offset."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A frame with the accounts it was solved for and the margin tables their rows name; it never changes.

    accounts   given, or a function that puts them together when they are first read.
    is_stored  False for one between two that the history keeps.
    notes      what was written down in the minute up to a stored one, or a function that finds it; None where nobody
               did.
    triggers   trigger orders that are known, and whose were read (rows of accounts.addresses), or a function that
               finds them when they are first read; None where the source has none to say.
    standing   what `triggers` is made of, for who keeps it; None where that is.
    sequence   number under which a live map published it, rising by one; 0 before.
    """

    frame: MarketFrame
    accounts: MomentAccountsFoundLater = MomentAccountsFoundLater()  # noqa: RUF009 - holds nothing itself
    tables: MarginTables
    is_stored: bool
    notes: NotesFoundLater = NotesFoundLater()  # noqa: RUF009 - holds nothing itself
    triggers: TriggersFoundLater = TriggersFoundLater()  # noqa: RUF009 - holds nothing itself
    standing: StandingTriggers | None = None
    sequence: int = field(default=0, kw_only=True)

    def has_accounts_of(self, other: Moment) -> bool:
        """Whether another has the same ones, as far as can be told without putting any together."""
        return vars(self)["accounts"] is vars(other)["accounts"]

    @property
    def accounts_bytes(self) -> int:
        """Memory of the columns of the accounts, whether they are put together yet or not."""
        held = vars(self)["accounts"]
        if not callable(held):
            return int(held.byte_count)
        return OFFSET_BYTES + self.frame.pool_count * POOL_BYTES + int(self.frame.position_count.sum()) * POSITION_BYTES

    @property
    def notes_bytes(self) -> int:
        """Memory of the notes; 0 while nobody has read them."""
        held = vars(self)["notes"]
        return held.byte_count if isinstance(held, MinuteNotes) else 0

    def numbered(self, sequence: int) -> Moment:
        """The same under a number; what is yet to be found stays so, which `replace` would not leave."""
        other = copy(self)
        object.__setattr__(other, "sequence", sequence)
        return other

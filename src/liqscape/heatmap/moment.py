"""One instant of the whole market: a frame, and all that it was made of."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liqscape.heatmap.found_later import TriggersFoundLater
from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.minute_notes import MinuteNotes

if TYPE_CHECKING:
    from liqscape.ledger.triggers import StandingTriggers


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A frame with the accounts it was solved for and the margin tables their rows name; it never changes.

    is_stored  False for one between two that the history keeps.
    notes      what was written down in the minute up to a stored one; None where nobody did.
    triggers   trigger orders that are known, and whose were read (rows of accounts.addresses), or a function that
               finds them when they are first read; None where the source has none to say.
    standing   what `triggers` is made of, for who keeps it; None where that is.
    sequence   number under which a live map published it, rising by one; 0 before.
    """

    frame: MarketFrame
    accounts: Accounts
    tables: MarginTables
    is_stored: bool
    notes: MinuteNotes | None = None
    triggers: TriggersFoundLater = TriggersFoundLater()  # noqa: RUF009 - holds nothing itself
    standing: StandingTriggers | None = None
    sequence: int = field(default=0, kw_only=True)

    def numbered(self, sequence: int) -> Moment:
        """The same under a number; what is yet to be found stays so, which `replace` would not leave."""
        other = copy(self)
        object.__setattr__(other, "sequence", sequence)
        return other

"""Fields of records that are found when somebody first reads them.

Half a million trigger orders take as long as all bands of a frame, everybody's accounts and all coins' bands longer;
frames are cut with every mark, and of most of them a few coins are looked at. Two threads that read a field first at
once both find the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, overload

from liqscape.heatmap.bands import Bands, OutsideSums
from liqscape.model.accounts import Accounts
from liqscape.model.minute_notes import MinuteNotes
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge

KnownTriggers = tuple[TriggerColumns, TriggerKnowledge]
Found = TypeVar("Found")


class FoundLater(Generic[Found]):
    """A field given as it is or as a function that finds it.

    is_kept  what was found takes the function's place; False for functions that give the same object each time.
    """

    is_kept = True

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> None: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Found: ...
    def __get__(self, instance: object | None, owner: type) -> Found | None:
        if instance is None:
            self.check_default()
            return None
        held: Found | Callable[[], Found] = instance.__dict__[self._name]
        if not callable(held):
            return held
        found: Found = held()
        if self.is_kept:
            instance.__dict__[self._name] = found
        return found

    def __set__(self, instance: object, value: Found | Callable[[], Found]) -> None:
        instance.__dict__[self._name] = value

    def check_default(self) -> None:
        """A record asks for the field's default, which is None. Raises AttributeError where it must be given."""
        raise AttributeError(self._name)


class NoneOrFoundLater(FoundLater[Found | None]):
    """The same, None unless it is given."""

    def check_default(self) -> None:
        """It has one."""


class TriggersFoundLater(NoneOrFoundLater[KnownTriggers]):
    """Trigger orders with the rows their accounts have on a map."""


class NotesFoundLater(NoneOrFoundLater[MinuteNotes]):
    """What was written down in a minute."""


class MomentAccountsFoundLater(FoundLater[Accounts]):
    """Accounts behind a frame."""

    is_kept = False


class BandsFoundLater(FoundLater[Bands]):
    """Bands of all coins."""


class OutsideFoundLater(FoundLater[OutsideSums]):
    """The stated rest of all coins."""

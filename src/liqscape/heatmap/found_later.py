"""A field of a moment that is found when somebody first reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import overload

from liqscape.model.triggers import TriggerColumns, TriggerKnowledge

KnownTriggers = tuple[TriggerColumns, TriggerKnowledge]


class TriggersFoundLater:
    """Trigger orders with the rows their accounts have on a map, given as they are or as a function that finds them.

    Half a million of them take as long as all bands of a frame, which is cut with every mark, and most frames nobody
    asks. Two threads that read it first at once both find the same.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> None: ...
    @overload
    def __get__(self, instance: object, owner: type) -> KnownTriggers | None: ...
    def __get__(self, instance: object | None, owner: type) -> KnownTriggers | None:
        if instance is None:
            return None  # what a record takes for the field's default
        held: KnownTriggers | Callable[[], KnownTriggers] | None = instance.__dict__[self._name]
        if callable(held):
            held = instance.__dict__[self._name] = held()
        return held

    def __set__(self, instance: object, value: KnownTriggers | Callable[[], KnownTriggers] | None) -> None:
        instance.__dict__[self._name] = value

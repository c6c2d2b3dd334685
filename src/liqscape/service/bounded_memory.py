"""What was worked out for earlier questions, kept for the next ones: they come in series."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedMemory(Generic[Key, Value]):
    """At most `most` values, those asked for last. Usable from any thread, none of which waits for another's value."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """What is kept; None where nothing is."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """In place of what was kept under the key."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def find(self, key: Key, make: Callable[[], Value]) -> Value:
        """What is kept, None included, else what `make` gives, which is kept then."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        self.keep(key, made)
        return made

    def __iter__(self) -> Iterator[Key]:
        """Keys of what is kept, the one asked for last at the end."""
        with self._lock:
            return iter([*self._values])

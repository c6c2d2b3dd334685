"""One text an address for all accounts of a history: 300,000 new ones for every moment would be 27 MB each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import TypeVar

Key = TypeVar("Key")

KEPT_LISTS = 4
"""Lists that are kept: with the texts shared, one of 300,000 addresses is 2.4 MB."""


class AddressShare:
    """Lists of addresses by the run of frames they are of. Usable from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._whole: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._cut: OrderedDict[tuple[str, int], tuple[str, ...]] = OrderedDict()
        self._newest: tuple[str, ...] = ()

    def first_of(self, name: str, count: int, read: Callable[[], Sequence[str]]) -> tuple[str, ...]:
        """The first `count` addresses of a run; mostly the same object for the same count.

        read: gives all addresses of the run; asked where they are not kept, or too few.
        """
        with self._lock:
            whole = self._whole.get(name, ())
        if len(whole) < count:
            whole = self.shared(read())
            self._keep(self._whole, name, whole)
        if len(whole) == count:
            return whole
        with self._lock:
            cut = self._cut.get((name, count))
        if cut is None:
            cut = whole[:count]
            self._keep(self._cut, (name, count), cut)
        return cut

    def shared(self, found: Sequence[str]) -> tuple[str, ...]:
        """The same addresses, with the texts known already; the list seen last itself where it is the same."""
        with self._lock:
            known = self._newest
        shared = (*(old if old == new else new for old, new in zip(known, found, strict=False)), *found[len(known) :])
        if shared == known:
            return known
        with self._lock:
            self._newest = shared
        return shared

    def _keep(self, lists: OrderedDict[Key, tuple[str, ...]], key: Key, addresses: tuple[str, ...]) -> None:
        with self._lock:
            lists[key] = addresses
            lists.move_to_end(key)
            while len(lists) > KEPT_LISTS:
                lists.popitem(last=False)

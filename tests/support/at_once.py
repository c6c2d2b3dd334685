"""Executors whose work is done at once, for event loops whose time is made up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import fields
from typing import Any

from liqscape.service.executors import Executors


class AtOnce(Executor):
    """Does what it is given before it answers."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **named))
        except Exception as error:  # noqa: BLE001
            future.set_exception(error)
        return future


def executors_at_once() -> Executors:
    """One for every purpose."""
    return Executors(**{each.name: AtOnce() for each in fields(Executors)})

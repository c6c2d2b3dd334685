"""Moments and views for builds that had neither: there a frame, its accounts and its tables went by themselves.

Handing them over together is all that is done here; frames, histories and messages are the build's own.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class TogetherMoment:
    """A frame with what it was made of."""

    frame: Any
    accounts: Any
    tables: Any
    is_stored: bool


def give_moments() -> None:
    """`Moment` and `stream_view`, and who hands them on; nothing where the build has its own."""
    if find_spec("liqscape.heatmap.moment") is not None:
        return
    _module("liqscape.heatmap.moment", Moment=TogetherMoment)
    _module("liqscape.service.streaming", __path__=[])
    _module("liqscape.service.streaming.stream_view", stream_view=lambda coin: coin)
    cut_moments(_class("service.pipeline", "Pipeline"), _class("service.collecting.core", "Fed"))
    publish_moments(_class("service.live", "LiveState"))
    store_moments(_class("store.history", "HistoryWriter"))


def _class(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"liqscape.{module}"), name)


def _module(name: str, **holds: Any) -> None:
    module = ModuleType(name)
    vars(module).update(holds)
    sys.modules[name] = module


def cut_moments(pipeline: Any, fed: Any) -> None:
    """A pipeline answers with moments, and so does a core over it."""
    feed = pipeline.feed

    def cut(self: Any, event: Any) -> TogetherMoment | None:
        frame = feed(self, event)
        return frame and TogetherMoment(frame, self.ledger.accounts, self.ledger.tables, event.is_stored)

    pipeline.feed = cut
    fed.moments = property(lambda self: tuple(each.frame for each in self.frames))


def publish_moments(live: Any) -> None:
    """A live map takes them."""
    publish = live.publish
    live.publish = lambda self, each: publish(self, each.frame, each.accounts, each.tables, is_stored=each.is_stored)


def store_moments(writer: Any) -> None:
    """And so does a history; the tables are those of the first."""
    append_many = writer.append_many

    def append(self: Any, moments: Iterable[TogetherMoment]) -> None:
        rest = iter(moments)
        first = next(rest)
        append_many(self, ((each.frame, each.accounts) for each in chain((first,), rest)), first.tables)

    writer.append_many = append

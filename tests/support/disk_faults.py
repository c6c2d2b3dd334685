"""A disk that fails at one step: what a kill leaves behind at each of them, without a process to kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Interrupted(Exception):
    """The fault."""


@contextmanager
def fault_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[list[int]]:
    """Let the disk fail at the n-th flush, rename or removal; yields a one-item list with the calls so far."""
    calls = [0]

    def failing(real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            calls[0] += 1
            if calls[0] == number:
                raise Interrupted
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing(os.fsync))
        patch.setattr(Path, "rename", failing(Path.rename))
        patch.setattr(Path, "replace", failing(Path.replace))
        patch.setattr(Path, "unlink", failing(Path.unlink))
        patch.setattr(shutil, "rmtree", failing(shutil.rmtree))
        yield calls

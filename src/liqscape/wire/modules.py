"""Records that are found instead of listed: every module of a package is imported, and the subclasses are listed."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def load_modules(package: str) -> None:
    """Import every module of the package of this name."""
    for module in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        import_module(module.name)


def subclasses_of(base: type[Any]) -> Iterator[type[Any]]:
    """All subclasses of a class, at any depth."""
    for each in base.__subclasses__():
        yield each
        yield from subclasses_of(each)

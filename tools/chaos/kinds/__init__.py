"""Every module of this package names its kinds in `KINDS`."""

from __future__ import annotations

import importlib
import pkgutil

from chaos.kind import FaultKind


def all_kinds() -> tuple[FaultKind, ...]:
    """Kinds of all modules, by module."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [kind for name in names for kind in importlib.import_module(f"{__name__}.{name}").KINDS]
    repeated = {kind.name for kind in found if [each.name for each in found].count(kind.name) > 1}
    if repeated:
        raise ValueError(f"two kinds of faults are called {', '.join(sorted(repeated))}")
    return tuple(found)

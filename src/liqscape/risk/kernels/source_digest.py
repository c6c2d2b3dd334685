"""Which sources a compiled kernel was made from, so that none is run that was compiled from others.

Numba keeps compiled code beside the file of the kernel and takes it as long as *that file* is unchanged. But a kernel
holds the code of the functions it calls and the values of the constants it names, and these stand in other files: after
an update of one of those the old rule went on. And where a record that names its arguments had moved, reading what was
kept failed instead of compiling anew.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib import import_module
from types import ModuleType

PACKAGE = __name__.partition(".")[0]

_IMPORT = re.compile(rf"^(?:from|import) ({PACKAGE}\.[\w.]+)(?: import (\([^)]*\)|[^\n]*))?".encode(), re.MULTILINE)
"""An import of this package at the top of a module; those further in are for types, or of what is not compiled."""


@cache
def source_digest(module_name: str) -> str:
    """Hash of the source of a module and of all modules of this package that it imports at its top, at any depth.

    Some 0.1 ms a module, once a process. Without a readable source it is that of the name alone.
    """
    spec = import_module(module_name).__spec__
    digest = hashlib.blake2b(module_name.encode(), digest_size=16)
    if spec is not None and spec.loader is not None and spec.origin is not None:
        source: bytes = spec.loader.get_data(spec.origin)  # type: ignore[attr-defined]
        digest.update(source)
        for name in sorted(imported_by(source) - {module_name}):
            digest.update(source_digest(name).encode())
    return digest.hexdigest()


def imported_by(source: bytes) -> set[str]:
    """Modules of this package that the import statements at the top of a source name."""
    found = set()
    for package, names in _IMPORT.findall(source):
        module = import_module(package.decode())
        found.add(module.__name__)
        parts = (getattr(module, name, None) for name in re.findall(r"\w+", names.decode()))
        found |= {part.__name__ for part in parts if isinstance(part, ModuleType) and part.__name__.startswith(PACKAGE)}
    return found

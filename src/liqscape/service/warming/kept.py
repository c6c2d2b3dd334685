"""Where compiled kernels are kept, and whether all that `jobs` compiles is: told by a file beside the compiled code.

The file names a hash of all sources of the package, Python, Numba and the processor: where one of them is another,
what is kept is looked through again, which compiles nothing where nothing it was made from has changed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import liqscape
from liqscape.errors import SettingsError


def note_kept(part: str) -> None:
    """All of a part is compiled and kept. Where nothing can be written it is looked through again the next time."""
    with suppress(OSError):
        _file(part).write_text(_made_from())


def missing_parts(parts: Sequence[str]) -> tuple[str, ...]:
    """Those of which it is not known that all is kept. Takes half a second: the compiler is loaded."""
    made_from = _made_from()
    return tuple(part for part in parts if _read(_file(part)) != made_from)


def kernel_folder() -> Path:
    """Folder where this environment keeps compiled kernels, of one module. Raises SettingsError where it has none."""
    try:
        from liqscape.risk.kernels.levels import solve_roots
    except RuntimeError as error:
        raise SettingsError(
            f"no folder for compiled kernels can be written ({error}): NUMBA_CACHE_DIR names another one"
        ) from None
    return Path(solve_roots._cache.cache_path)  # type: ignore[attr-defined]


def kept_folder() -> Path:
    """The same, seen to be writable. Raises SettingsError where nothing can be kept."""
    folder = kernel_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{id(folder)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"compiled kernels cannot be kept in {folder} ({error.strerror}): NUMBA_CACHE_DIR names another folder"
        ) from None
    return folder


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return None


def _file(part: str) -> Path:
    return kernel_folder() / f"kept-{part}.txt"


def _made_from() -> str:
    import numba
    from numba.core.registry import cpu_target

    digest = blake2b(digest_size=16)
    root = Path(str(files(liqscape)))
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    processor = cpu_target.target_context.codegen().magic_tuple()
    digest.update(repr((sys.version, numba.__version__, processor)).encode())
    return digest.hexdigest()

"""Columns of a sweep that goes on, as bytes and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from liqscape.units import AnyArray


def columns_as_bytes(held: object, types: Mapping[str, str]) -> dict[str, bytes]:
    """Attributes by name. types: little-endian type of each, such as "<i8"."""
    return {name: getattr(held, name).astype(dtype).tobytes() for name, dtype in types.items()}


def columns_of_bytes(columns: Mapping[str, bytes], types: Mapping[str, str]) -> dict[str, AnyArray]:
    """The columns again, which may be written to, in this machine's order of bytes."""
    return {name: np.frombuffer(columns[name], dtype).astype(dtype[1:]) for name, dtype in types.items()}

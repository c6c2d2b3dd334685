"""What a user gives to a joint question: a percentage, and files of betas or of moves, JSON objects by coin."""

from __future__ import annotations

import math
import re
from pathlib import Path

import msgspec

from liqscape.errors import InputError, SettingsError
from liqscape.risk.joint.path import STEEPEST
from liqscape.service.joint import HIGHEST_PERCENT, LOWEST_PERCENT, NamedMoves
from liqscape.wire.user_text import as_utf8

REST = "*"
"""Key of all coins not named."""
LARGEST_BETA = STEEPEST / 2.0
LARGEST_MOVE = 1_000.0
"""A coin at 1,001 times its price; beyond lies a mistake."""
LARGEST_FILE = 4_000_000
"""Bytes; the whole market is a few thousand."""
PERCENT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)\s*%?")


def parse_percent(option: str, text: str) -> float:
    """A move in percent: "-10%", "-10" and "+2.5 %" alike. Raises SettingsError naming the option."""
    text = text.strip().replace("\N{MINUS SIGN}", "-")
    if not PERCENT.fullmatch(text) or not text.isascii():
        raise SettingsError(f"{option} {text!r} is not a percentage such as -10%")
    value = float(text.rstrip("% "))
    if not LOWEST_PERCENT <= value <= HIGHEST_PERCENT:
        raise SettingsError(f"{option} {text} is outside {LOWEST_PERCENT:g}%..{HIGHEST_PERCENT:g}%")
    if value == 0.0:
        raise SettingsError(f"{option} {text} moves nothing; give a fall or a rise")
    return value


def read_betas_file(path: Path) -> NamedMoves:
    """Betas by coin, plain numbers from -10 to 10. Raises InputError naming file, coin, value and rule."""
    named: dict[str, float] = {}
    for coin, value in _read(path).items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{path}: beta of {coin!r} is {value!r}, must be a number")
        if not (math.isfinite(value) and abs(value) <= LARGEST_BETA):
            raise InputError(f"{path}: beta of {coin!r} is {value:g}, must be in -{LARGEST_BETA:g}..{LARGEST_BETA:g}")
        named[coin] = float(value)
    rest = named.pop(REST, None)
    return NamedMoves(named, rest, f"betas of {path.name}")


def read_shock_file(path: Path) -> NamedMoves:
    """Moves by coin: "-12%", or a fraction, -0.12. Raises InputError naming file, coin, value and rule."""
    named = {coin: _move(path, coin, value) for coin, value in _read(path).items()}
    rest = named.pop(REST, None)
    return NamedMoves(named, rest, path.name)


def _move(path: Path, coin: str, value: object) -> float:
    if isinstance(value, str) and PERCENT.fullmatch(value.strip()) and "%" in value and value.isascii():
        move = float(value.strip().rstrip("% ")) / 100.0
    elif isinstance(value, int | float) and not isinstance(value, bool):
        move = float(value)
    else:
        raise InputError(f'{path}: move of {coin!r} is {value!r}, must be a fraction or text such as "-10%"')
    if not -1.0 < move <= LARGEST_MOVE:
        raise InputError(f"{path}: move of {coin!r} is {value}, must lie above -100% and at most {LARGEST_MOVE:g} fold")
    return move


def _read(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise InputError(f"{path}: {size} bytes, a file of coins has at most {LARGEST_FILE}")
    try:
        found = msgspec.json.decode(as_utf8(path.read_bytes(), str(path)), type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise InputError(f"{path}: not a JSON object by coin: {error}") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: not a JSON object by coin: {error}") from None
    if not found:
        raise InputError(f"{path}: names no coin")
    return found

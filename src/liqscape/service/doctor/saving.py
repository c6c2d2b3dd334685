"""Answers as fixtures: everything personal replaced, the shapes and figures as they came.

Addresses, hashes and client order ids become numbers of the same length, equal ones equal; names and descriptions that
people wrote become "text". Addresses of the exchange's own, which the documentation names, stay.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from liqscape import __version__
from liqscape.service.doctor.records import DoctorAnswer
from liqscape.service.doctor.seen import Seen, SeenAnswer
from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES

MAX_ROWS = 20
"""Of a list of accounts or vaults, which has tens of thousands."""
MAX_MESSAGES = 5
"""Of a channel."""
TEXTS = frozenset({"displayName", "description", "fullName", "twitter", "url", "referralCode", "code"})
"""Keys of what people wrote, wherever they stand."""
NAMED = frozenset({"vaultDetails", "vaults", "leaderboard"})
"""Answers in which `name` is what people wrote; elsewhere it is a coin or a dex."""
STAND_IN = "0xfeedface"
"""How everything that was replaced begins."""
_HEX = re.compile(r"0x[0-9a-fA-F]{32,}")
_PUBLIC = EXEMPT_ADDRESSES | BACKSTOPS


def build_fixtures(answer: DoctorAnswer, seen: Seen) -> bytes:
    """One JSON document: every request with its answer, the first messages of every channel, and the checks."""
    names = _Replaced()
    document = {
        "made_by": f"liqscape doctor {__version__}",
        "server": answer.server if answer.server in ("mainnet", "testnet") else "another",
        "time_ms": answer.time_ms,
        "checks": names.clean(msgspec.to_builtins(answer.checks), is_named=False),
        "answers": {name: _answer(name, each, names) for name, each in seen.answers.items()},
        "own_node": {name: _answer(name, each, names) for name, each in (seen.node or {}).items()},
        "messages": {
            channel: [_content(each.content, names, is_named=False) for each in messages[:MAX_MESSAGES]]
            for channel, messages in seen.heard.messages.items()
        },
        "socket": {"errors": [names.text(each) for each in seen.heard.errors], "bad_messages": len(seen.heard.bad)},
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _answer(name: str, answer: SeenAnswer, names: _Replaced) -> dict[str, Any]:
    request = {"list": name} if isinstance(answer.request, str) else msgspec.to_builtins(answer.request)
    content = None if answer.content is None else _content(answer.content, names, is_named=name in NAMED)
    return {"request": names.clean(request, is_named=False), "answer": content, "trouble": names.text(answer.trouble)}


def _content(content: bytes, names: _Replaced, *, is_named: bool) -> Any:
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"not_json": names.text(content[:2_000].decode("utf-8", "replace"))}
    return names.clean(_cut(value) if is_named else value, is_named=is_named)


def _cut(value: Any) -> Any:
    """The first rows of every list in it."""
    if isinstance(value, list):
        return [_cut(each) for each in value[:MAX_ROWS]]
    return {key: _cut(each) for key, each in value.items()} if isinstance(value, dict) else value


class _Replaced:
    """What stands for each address, hash and id; the same one every time."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def clean(self, value: Any, *, is_named: bool) -> Any:
        """The value with everything personal replaced; keys too, where addresses are keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list | tuple):
            return [self.clean(each, is_named=is_named) for each in value]
        if isinstance(value, dict):
            return {self.text(str(key)): self._field(str(key), each, is_named) for key, each in value.items()}
        return value

    def text(self, value: str) -> str:
        """A text with the addresses in it replaced."""
        return _HEX.sub(self._stand_in, value)

    def _field(self, key: str, value: Any, is_named: bool) -> Any:
        if isinstance(value, str) and (key in TEXTS or (is_named and key == "name")):
            return "text"
        return self.clean(value, is_named=is_named)

    def _stand_in(self, match: re.Match[str]) -> str:
        found = match.group().lower()
        digits = len(found) - 2
        if found in _PUBLIC or not found[2:].strip("0"):
            return found
        stand_in = f"{STAND_IN}{len(self._known) + 1:0{digits - len(STAND_IN) + 2}x}"
        return self._known.setdefault(found, stand_in)

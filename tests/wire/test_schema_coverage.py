"""Records of answers and messages in every situation their types allow: read, kept whole, strict where they must be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from wire_schema import documents, lacking, seen, situations, type_of, with_more

from liqscape.errors import RemoteWireError
from liqscape.wire.answer import parse_answer
from liqscape.wire.encode import encode_record
from liqscape.wire.info import unread
from liqscape.wire.info.leaderboard import Leaderboard
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.vault_list import VaultList
from liqscape.wire.ws import unread as unread_channels
from liqscape.wire.ws.channels import subscription_types
from liqscape.wire.ws.fast_asset_ctxs import FastAssetContexts, FastAssetCtxsSubscription

ANSWERS = {name: each.answer_type() for name, each in request_types().items() if each.__module__ != unread.__name__}
PACKED = FastAssetCtxsSubscription
SUBSCRIPTIONS = [each for each in subscription_types().values() if each.__module__ != unread_channels.__name__]
KINDS: dict[str, Any] = {
    **{f"info {name}": kind for name, kind in ANSWERS.items()},
    **{f"channel {each.channel()}": each.data_type() for each in SUBSCRIPTIONS if each is not PACKED},
    f"channel {PACKED.channel()}, unpacked": FastAssetContexts,
    "leaderboard": Leaderboard,
    "list of vaults": VaultList,
}


MAPS = {
    "channel allMids",
    f"channel {PACKED.channel()}, unpacked",
    "info allMids",
    "info borrowLendUserState",
}
"""Hold maps by name, where another name is another entry."""


def parsed(name: str, document: Any) -> Any:
    return parse_answer(json.dumps(document).encode(), KINDS[name], name)


def lost(ours: Any, reported: Any, path: str = "") -> list[str]:
    """What the exchange told that our record does not say."""
    if reported is None:
        return []
    if isinstance(reported, dict):
        return [text for key, inner in reported.items() for text in lost((ours or {}).get(key), inner, f"{path}.{key}")]
    if isinstance(reported, list):
        if len(ours or []) != len(reported):
            return [f"{path}: {ours!r} for {reported!r}"]
        return [text for row, inner in enumerate(reported) for text in lost(ours[row], inner, f"{path}[{row}]")]
    return [] if _number(ours) == _number(reported) else [f"{path}: {ours!r} for {reported!r}"]


def _number(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_situation_of_a_record_is_read_and_nothing_in_it_is_lost(name: str) -> None:
    kind = type_of(KINDS[name])
    met: set[str] = set()
    for document in documents(kind):
        met |= seen(kind, document)
        written = json.loads(encode_record(parsed(name, document)))
        # What a default leaves out when written is an empty list or map.
        assert [text for text in lost(written, document) if not text.endswith(("for []", "for {}"))] == []
    assert situations(kind) - met == set(), f"{name}: no document exercises these"


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_missing_field_is_an_error_that_names_it(name: str) -> None:
    for document, field in lacking(type_of(KINDS[name])):
        with pytest.raises(RemoteWireError, match=f"missing required field `{field}`"):
            parsed(name, document)


@pytest.mark.parametrize("name", sorted(set(KINDS) - MAPS))
def test_fields_not_yet_invented_change_nothing(name: str) -> None:
    document = next(documents(type_of(KINDS[name])))
    assert parsed(name, with_more(document)) == parsed(name, document)


@pytest.mark.parametrize(
    "field", ["marginSummary", "crossMarginSummary", "crossMaintenanceMarginUsed", "assetPositions", "time"]
)
@pytest.mark.parametrize("name", ["clearinghouseState", "batchClearinghouseStates"])
def test_a_state_without_its_margin_figures_is_a_failure_and_never_an_empty_account(name: str, field: str) -> None:
    document = next(documents(type_of(ANSWERS[name])))
    del (document[0] if isinstance(document, list) else document)[field]
    with pytest.raises(RemoteWireError, match=field):
        parsed(f"info {name}", document)


@pytest.mark.parametrize("document", [{}, None, [], "", {"error": "rate limited"}])
def test_an_error_body_is_no_account_state(document: Any) -> None:
    with pytest.raises(RemoteWireError, match="clearinghouseState"):
        parsed("info clearinghouseState", document)

"""Envelopes of the websocket, and the packed channel."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.wire.encode import encode_record
from liqscape.wire.ws.channels import parse_message, subscription_types
from liqscape.wire.ws.fast_asset_ctxs import FastContext, pack_fast_asset_contexts, parse_fast_asset_contexts
from liqscape.wire.ws.user_events import UserEvent

prices = st.none() | st.floats(1e-6, 1e9)


def test_a_message_of_a_channel_we_do_not_know_is_kept_as_it_is() -> None:
    assert parse_message(b'{"channel": "outcomeMetaUpdates", "data": {"a": [1]}}', "x").data == {"a": [1]}
    assert parse_message(b'{"channel": "pong"}', "x") == ("pong", None)


def test_a_user_event_of_a_kind_we_do_not_read_leaves_every_field_absent() -> None:
    assert parse_message(b'{"channel": "user", "data": {"twapHistory": []}}', "x").data == UserEvent()


@pytest.mark.parametrize("channel", sorted({each.channel() for each in subscription_types().values()} - {"user"}))
def test_another_shape_is_refused_with_the_channels_name(channel: str) -> None:
    with pytest.raises(RemoteWireError, match=f"socket {channel}: "):
        parse_message(json.dumps({"channel": channel, "data": 7}).encode(), "socket")


def test_a_message_without_channel_is_refused() -> None:
    with pytest.raises(RemoteWireError, match="missing required field `channel`"):
        parse_message(b'{"data": {}}', "socket")


@given(st.dictionaries(st.text(max_size=8), st.builds(FastContext, prices, prices), max_size=20))
def test_packed_contexts_come_back_as_they_went(contexts: dict[str, FastContext]) -> None:
    packed = pack_fast_asset_contexts(contexts)
    assert parse_fast_asset_contexts(packed, "x") == contexts
    message = encode_record({"channel": "fastAssetCtxs", "data": packed})
    assert parse_message(message, "x").data == contexts


def test_a_mid_that_did_not_change_differs_from_one_that_nobody_quotes() -> None:
    packed = pack_fast_asset_contexts({"A": FastContext(1.0), "B": FastContext(1.0, None)})
    raw = zlib.decompress(base64.b64decode(packed), -15)
    assert json.loads(raw) == {"A": {"markPx": "1.0"}, "B": {"markPx": "1.0", "midPx": None}}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("%%%", "is not base64 of DEFLATE"),
        (base64.b64encode(b"\xff\xff\xff").decode(), "is not base64 of DEFLATE"),
        (pack_fast_asset_contexts({"BTC": FastContext(1.0)})[:-4], "is cut short"),
    ],
)
def test_damaged_packing_is_refused(data: str, rule: str) -> None:
    with pytest.raises(RemoteWireError, match=rule):
        parse_fast_asset_contexts(data, "x")

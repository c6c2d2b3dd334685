"""Recorded websocket messages read, and written the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from same_json import differences, left_out

from liqscape.wire.encode import encode_record
from liqscape.wire.ws.channels import parse_message

pytestmark = pytest.mark.recorded


@pytest.mark.parametrize("file", ["ws_all_dexs_asset_ctxs.json", "ws_user_fill_liquidation.json"])
def test_a_recorded_message_is_read_and_written_the_same(recorded: Path, file: str) -> None:
    content = (recorded / "api" / file).read_bytes()
    message, ours = json.loads(content), parse_message(content, file)
    assert ours.channel == message["channel"]
    written = json.loads(encode_record(ours.data))
    assert differences(written, message["data"]) == []
    assert left_out(written, message["data"]) == set()


@pytest.mark.parametrize(("file", "channels"), [("live_books_5m.jsonl", 2), ("live_bbo_90s.jsonl", 3)])
def test_every_message_of_a_recorded_stream_is_read_and_written_the_same(
    recorded: Path, file: str, channels: int
) -> None:
    seen: Counter[str] = Counter()
    for line in (recorded / "stream" / file).read_bytes().splitlines():
        frame = json.loads(line)
        if frame["channel"] not in ("l2Book", "trades", "bbo"):
            continue
        written = json.loads(encode_record(parse_message(line, file).data))
        assert differences(written, frame["data"]) == []
        assert left_out(written, frame["data"]) == set()
        seen[frame["channel"]] += 1
    assert len(seen) == channels

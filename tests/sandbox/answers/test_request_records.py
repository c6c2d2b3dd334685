"""Every request stands with its weight, its answer and an example, and the sandbox answers it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from small_sandbox import SmallSandbox

from liqscape.errors import RemoteWireError
from liqscape.sandbox.answers import answer_info
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest, MetaRequest
from liqscape.wire.info.registry import find_request, read_request, request_types
from liqscape.wire.info.request import InfoRequest, parse_info_answer
from liqscape.wire.info.weights import WEIGHT_A_MINUTE


@pytest.mark.parametrize("request_type", request_types().values(), ids=request_types().keys())
def test_a_request_has_a_weight_a_bound_and_an_example_that_is_read_and_written_alike(
    request_type: type[InfoRequest[Any]],
) -> None:
    assert 0 < request_type.weight <= request_type.max_weight() <= WEIGHT_A_MINUTE
    assert 0 < request_type.max_bytes <= 16_000_000  # four at once, each held twice: 128 MB
    example = request_type.example
    asked = read_request(json.loads(example.request), "example")
    assert type(asked) is request_type
    assert asked.as_json() == json.dumps(json.loads(example.request), separators=(",", ":"))
    assert parse_info_answer(request_type, example.answer.encode(), request_type.kind()) not in (None, (), "") or (
        json.loads(example.answer) in (None, [], 0)
    )


@pytest.mark.parametrize("kind", request_types())
def test_the_sandbox_answers_the_example(kind: str, calm: SmallSandbox) -> None:
    answer = answer_info(json.loads(request_types()[kind].example.request), calm.state)
    content = msgspec.json.encode(answer)
    parse_info_answer(request_types()[kind], content, kind)


def test_no_type_is_answered_that_has_no_record() -> None:
    assert find_request("nonsense") is None
    with pytest.raises(RemoteWireError, match="'nonsense' is no request"):
        read_request({"type": "nonsense"}, "x")
    with pytest.raises(RemoteWireError, match="7 is no request"):
        read_request({"type": 7}, "x")


@pytest.mark.parametrize("dex", ["", "xyz"[:0], None])
def test_the_first_dex_is_left_out_when_sent(dex: str | None) -> None:
    assert MetaRequest(dex or "").as_json() == '{"type":"meta"}'
    assert MetaAndAssetCtxsRequest("xyz").as_json() == '{"type":"metaAndAssetCtxs","dex":"xyz"}'

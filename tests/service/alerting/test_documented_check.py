"""The check of a signature that docs/delivery.md shows, run on what is really sent."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from liqscape.service.alerting.destinations import Secret, signing_key
from liqscape.service.alerting.signing import signed_headers

DOCUMENT = Path(__file__).parents[3] / "docs" / "delivery.md"


@pytest.fixture(scope="module")
def is_ours() -> Callable[..., bool]:
    """The function of the document."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    found: Callable[..., bool] = made["is_ours"]
    return found


@pytest.mark.parametrize("secret", ["a secret of the desk", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_the_documented_check_takes_ours_and_nothing_else(is_ours: Callable[..., bool], secret: str) -> None:
    body = '{"title":"6 % – level"}'.encode()
    now_s = int(time.time())
    headers = signed_headers(signing_key(Secret(secret)), "rule/event", now_s, body)
    assert is_ours(headers, body, secret)
    assert not is_ours(headers, body + b" ", secret)
    assert not is_ours({**headers, "webhook-id": "other"}, body, secret)
    assert not is_ours({**headers, "webhook-timestamp": str(now_s - 1)}, body, secret)
    assert not is_ours(headers, body, "another secret of it")
    old = signed_headers(signing_key(Secret(secret)), "rule/event", now_s - 600, body)
    assert not is_ours(old, body, secret), "sent again by somebody else later"

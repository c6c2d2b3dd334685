"""Printed decimals: value and what the digits leave open."""

from __future__ import annotations

import pytest

from liqscape.errors import RemoteWireError
from liqscape.wire.printed import parse_printed


@pytest.mark.parametrize(
    ("text", "value", "resolution"),
    [
        ("183.1564999823", 183.1564999823, 0.5e-10),
        ("3.908", 3.908, 0.5e-3),
        ("64000", 64000.0, 0.5),
        ("-1.50", -1.5, 0.5e-2),
        ("1.5e-3", 0.0015, 0.5e-4),
        (2866.25, 2866.25, 0.5e-2),
    ],
)
def test_resolution_is_half_a_unit_of_the_last_digit(text: str | float, value: float, resolution: float) -> None:
    found = parse_printed(text, "f", "p")
    assert found.value == value
    assert found.resolution == pytest.approx(resolution, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-inf", "1e400", "1_0", "0x1", " 1", "1,5", "1.", "--1", "1" * 70, "٣"]
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(RemoteWireError, match=r"^state\.json: a\.b: "):
        parse_printed(text, "state.json", "a.b")

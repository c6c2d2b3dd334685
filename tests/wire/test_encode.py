"""Numbers as the exchange prints them, and records that come back as they went."""

from __future__ import annotations

from typing import ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from liqscape.errors import LocalWireError, RemoteWireError
from liqscape.wire.answer import convert_answer, parse_answer
from liqscape.wire.encode import encode_record, print_decimal, to_wire


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (5.0, "5.0"),
        (-0.0134, "-0.0134"),
        (1.25e-05, "0.0000125"),
        (-1.5186e-06, "-0.0000015186"),
        (1e16, "10000000000000000.0"),
        (12_985_854.207864, "12985854.207864"),
        (0.1 + 0.2, "0.30000000000000004"),
    ],
)
def test_a_decimal_is_printed_without_exponent(value: float, text: str) -> None:
    assert print_decimal(value) == text


@given(st.integers(-(2**52) + 1, 2**52 - 1), st.integers(0, 6))
def test_a_quotient_of_the_engines_integers_prints_its_own_digits(number: int, places: int) -> None:
    """4.5 billion USD in micro-USD, and every price and size: what is printed is the integer with a point in it."""
    from decimal import Decimal

    printed = Decimal(print_decimal(number / 10**places))
    assert printed == Decimal(number).scaleb(-places)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_decimal_reads_as_itself(value: float) -> None:
    assert float(print_decimal(value)) == value
    assert "e" not in print_decimal(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_has_no_place_on_the_wire(value: float) -> None:
    with pytest.raises(LocalWireError, match="no place on the wire"):
        encode_record([value])


def test_an_unknown_kind_of_value_is_refused() -> None:
    with pytest.raises(LocalWireError, match="a set has no place on the wire"):
        to_wire({1})


class Inner(msgspec.Struct, frozen=True, omit_defaults=True):
    amount: float
    left_out: float | None = None
    null: float | None = 1.0
    unset: int | UnsetType | None = UNSET


class Outer(msgspec.Struct, frozen=True):
    plain_numbers: ClassVar = ("share", "count")

    share: float
    count: float
    null: str | None
    rows: tuple[Inner, ...]
    by_coin: dict[str, float]


def test_absent_null_and_plain_fields_are_told_apart() -> None:
    record = Outer(0.25, 3.0, None, (Inner(1.5), Inner(2.0, 3.0, None, None)), {"BTC": 1e-7})
    assert to_wire(record) == {
        "share": 0.25,
        "count": 3,
        "null": None,
        "rows": [
            {"amount": "1.5", "null": "1.0"},
            {"amount": "2.0", "left_out": "3.0", "null": None, "unset": None},
        ],
        "by_coin": {"BTC": "0.0000001"},
    }
    assert parse_answer(encode_record(record), Outer, "test") == record


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"amount": "nan"}', "rows[1].amount"),
        ('{"amount": "1", "left_out": "inf"}', "rows[1].left_out"),
        ('{"amount": "1e30"}', "rows[1].amount"),
    ],
)
def test_a_number_that_is_none_is_refused_with_its_path(text: str, place: str) -> None:
    content = f'{{"share": 0, "count": 0, "null": null, "rows": [{{"amount": "1"}}, {text}], "by_coin": {{}}}}'
    with pytest.raises(RemoteWireError) as caught:
        parse_answer(content.encode(), Outer, "somewhere")
    assert f"somewhere: {place}: " in str(caught.value)
    with pytest.raises(RemoteWireError) as again:
        convert_answer(msgspec.json.decode(content), Outer, "somewhere", "data")
    assert f"somewhere: data.{place}: " in str(again.value)


def test_a_number_in_a_map_is_refused_with_its_path() -> None:
    with pytest.raises(RemoteWireError, match=r"mids: BTC: inf is not a finite number"):
        parse_answer(b'{"BTC": "inf"}', dict[str, float], "mids")

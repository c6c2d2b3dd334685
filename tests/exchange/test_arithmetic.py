"""Integer arithmetic of the kernels against Python's unbounded integers."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from liqscape.exchange.kernels.arithmetic import divide_up, multiply_divide, part_of_rate
from liqscape.risk.kernels.jit import compiled

AMOUNT = st.integers(0, 2**53)


@compiled
def multiplied(value: int, factor: int, divisor: int) -> int:
    return multiply_divide(value, factor, divisor)


@compiled
def rated(amount: int, rate: int, unit: int) -> int:
    return part_of_rate(amount, rate, unit)


@compiled
def divided(value: int, divisor: int) -> int:
    return divide_up(value, divisor)


@given(value=AMOUNT, factor=AMOUNT, divisor=st.integers(1, 2**50))
def test_a_product_beyond_64_bits_is_divided_exactly(value: int, factor: int, divisor: int) -> None:
    assume(value * factor // divisor < 2**61)
    assert multiplied(value, factor, divisor) == value * factor // divisor


@given(entry=AMOUNT, held=st.integers(1, 2**45), share=st.fractions(0, 1))
def test_a_part_of_an_entry_is_its_floor_and_never_more_than_all(entry: int, held: int, share: float) -> None:
    closed = int(share * held)
    part = multiplied(entry, closed, held)
    assert part == entry * closed // held
    assert 0 <= part <= entry


@given(amount=st.integers(-(2**53), 2**53), rate=st.integers(-(10**11), 10**11), unit=st.sampled_from((10**7, 10**12)))
def test_rates_truncate_toward_zero(amount: int, rate: int, unit: int) -> None:
    assume(abs(amount * rate) // unit < 2**61)
    exact = abs(amount * rate) // unit * (1 if amount * rate >= 0 else -1)
    assert rated(amount, rate, unit) == exact


@given(value=AMOUNT, divisor=st.integers(1, 1_000))
def test_margins_round_up(value: int, divisor: int) -> None:
    assert divided(value, divisor) == -(-value // divisor)

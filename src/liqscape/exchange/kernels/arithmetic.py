"""Integer arithmetic that cannot overflow where products pass 64 bits."""

from __future__ import annotations

from liqscape.risk.kernels.jit import inlined


@inlined
def multiply_divide(value: int, factor: int, divisor: int) -> int:
    """floor(value * factor / divisor), exactly, for value, factor >= 0, divisor > 0 and a result below 2^62.

    The quotient is guessed in float64 and corrected by the remainder, which is small and therefore right even
    though the products wrap around at 2^64.
    """
    quotient = int(float(value) * float(factor) / float(divisor))
    rest = value * factor - quotient * divisor
    while rest < 0:
        step = int(float(-rest) / float(divisor)) + 1
        quotient -= step
        rest += step * divisor
    while rest >= divisor:
        step = max(1, int(float(rest) / float(divisor)) - 1)
        quotient += step
        rest -= step * divisor
    return quotient


@inlined
def divide_up(value: int, divisor: int) -> int:
    """ceil(value / divisor) for value >= 0."""
    return (value + divisor - 1) // divisor


@inlined
def part_of_rate(amount: int, rate: int, unit: int) -> int:
    """amount * rate / unit truncated toward zero, any signs of amount and rate."""
    size = multiply_divide(abs(amount), abs(rate), unit)
    return size if (amount >= 0) == (rate >= 0) else -size

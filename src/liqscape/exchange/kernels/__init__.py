"""Compiled kernels over the exchange's tables. Integers only, no divisions by zero, no memory growth."""

from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import pass_by_reference

pass_by_reference(State)

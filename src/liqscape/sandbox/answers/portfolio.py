"""portfolio: account value and profit by window.

The sandbox keeps no history of account values: each window holds the present value, and as profit what fills and
funding brought within the window, as far as the records reach.
"""

from __future__ import annotations

from liqscape.sandbox.answers.account_figures import account_value
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.results import WINDOWS_MS, account_result
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.portfolio import WINDOWS, PortfolioAnswer, PortfolioRequest, PortfolioWindow


@answers(PortfolioRequest)
def answer(question: Question[PortfolioRequest]) -> PortfolioAnswer:
    return build_portfolio(question.sandbox, question.account())


def build_portfolio(sandbox: SandboxState, account: int | None) -> PortfolioAnswer:
    """The record; an address that never came here has empty windows."""
    if account is None:
        return tuple((name, PortfolioWindow((), (), 0.0)) for name in WINDOWS)
    value = usd(account_value(sandbox.exchange, account))
    now = sandbox.time_ms
    found = {}
    for name, length in WINDOWS_MS.items():
        profit, volume = account_result(sandbox.records, account, max(0, now - length))
        found[name] = PortfolioWindow(((now, value),), ((now, usd(profit)),), usd(volume))
    perps = {f"perp{name[0].upper()}{name[1:]}": window for name, window in found.items()}
    return tuple((name, (found | perps)[name]) for name in WINDOWS)

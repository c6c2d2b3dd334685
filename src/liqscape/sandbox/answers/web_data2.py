"""webData2: account, orders and markets of the first dex at once."""

from __future__ import annotations

from liqscape.sandbox.answers.clearinghouse_state import build_state
from liqscape.sandbox.answers.contexts import asset_contexts, markets_of
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.meta import build_meta
from liqscape.sandbox.answers.orders import frontend_orders
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_clearinghouse_state import build_spot_state
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.answers.user_role import is_vault
from liqscape.sandbox.answers.vaults import equities_of, led_by
from liqscape.sandbox.records.ledger import LedgerKind
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.web_data2 import WebData2, WebData2Request


@answers(WebData2Request)
def answer(question: Question[WebData2Request]) -> WebData2:
    return build_web_data2(question.sandbox, question.address())


def build_web_data2(sandbox: SandboxState, address: str) -> WebData2:
    """The record."""
    account = sandbox.exchange.account_row(address)
    return WebData2(
        clearinghouseState=build_state(sandbox, account),
        leadingVaults=tuple(led_by(sandbox, address)),
        totalVaultEquity=total_vault_equity(sandbox, address),
        openOrders=tuple(frontend_orders(sandbox, account)),
        agentAddress=None,
        agentValidUntil=None,
        cumLedger=cumulative_ledger(sandbox, account),
        meta=build_meta(sandbox, ""),
        assetCtxs=tuple(asset_contexts(sandbox, markets_of(sandbox.exchange, ""))),
        serverTime=sandbox.time_ms,
        isVault=is_vault(sandbox, address),
        user=address,
        spotState=build_spot_state(sandbox, account),
    )


def total_vault_equity(sandbox: SandboxState, address: str) -> float:
    """USD in all vaults."""
    return round(sum((row.equity for row in equities_of(sandbox, address)), 0.0), 6)


def cumulative_ledger(sandbox: SandboxState, account: int | None) -> float:
    """USD paid in less taken out, as far as the records reach."""
    if account is None:
        return 0.0
    plus, minus = (LedgerKind.DEPOSIT, LedgerKind.RECEIVED), (LedgerKind.WITHDRAWAL, LedgerKind.GIVEN)
    sign = dict.fromkeys(plus, 1) | dict.fromkeys(minus, -1)
    return usd(sum(sign.get(entry.kind, 0) * entry.uusd for entry in sandbox.records.ledger_updates(account)))

"""subAccounts and subAccounts2: the accounts below a master; null where there are none."""

from __future__ import annotations

from liqscape.sandbox.answers.clearinghouse_state import build_state
from liqscape.sandbox.answers.contexts import dexs
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_clearinghouse_state import build_spot_state
from liqscape.sandbox.answers.user_abstraction import abstraction_of
from liqscape.wire.info.sub_accounts import SubAccount, SubAccount2, SubAccounts2Request, SubAccountsRequest


@answers(SubAccountsRequest)
def answer(question: Question[SubAccountsRequest]) -> list[SubAccount] | None:
    sandbox, master = question.sandbox, question.address()
    found = []
    for address in sandbox.sub_accounts.get(master, ()):
        row = sandbox.exchange.account_row(address)
        name = sandbox.names.get(address, address)
        found.append(
            SubAccount(
                name=name,
                subAccountUser=address,
                master=master,
                clearinghouseState=build_state(sandbox, row),
                spotState=build_spot_state(sandbox, row),
            )
        )
    return found or None


@answers(SubAccounts2Request)
def answer_by_dex(question: Question[SubAccounts2Request]) -> list[SubAccount2] | None:
    """subAccounts2."""
    sandbox, master = question.sandbox, question.address()
    found = []
    for address in sandbox.sub_accounts.get(master, ()):
        row = sandbox.exchange.account_row(address)
        found.append(
            SubAccount2(
                dexToClearinghouseState=tuple((dex, build_state(sandbox, row, dex)) for dex in dexs(sandbox.exchange)),
                spotState=build_spot_state(sandbox, row),
                name=sandbox.names.get(address, address),
                subAccountUser=address,
                master=master,
                abstraction=abstraction_of(sandbox, row),
            )
        )
    return found or None

"""userRole: what an address is."""

from __future__ import annotations

from liqscape.exchange.columns import AccountColumn, Role
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.user_role import RoleData, UserRole, UserRoleRequest


@answers(UserRoleRequest)
def answer(question: Question[UserRoleRequest]) -> UserRole:
    sandbox, address = question.sandbox, question.address()
    master = next((above for above, below in sandbox.sub_accounts.items() if address in below), None)
    if master is not None:
        return UserRole("subAccount", RoleData(master=master))
    if is_vault(sandbox, address):
        return UserRole("vault")
    return UserRole("missing" if sandbox.exchange.account_row(address) is None else "user")


def is_vault(sandbox: SandboxState, address: str) -> bool:
    """A vault of the world, or an account the engine treats as one."""
    row = sandbox.exchange.account_row(address)
    if row is not None and sandbox.exchange.state.account[row, AccountColumn.ROLE] in (Role.LIQUIDATOR, Role.VAULT):
        return True
    return sandbox.vault(address) is not None

"""vaultDetails: one vault with children and followers; null where there is none.

A follower owns the share of the vault's equity that he put in of all money put in. The equity of a parent is its own
and its children's.
"""

from __future__ import annotations

from liqscape.sandbox.answers.account_figures import account_value, withdrawable_from
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.portfolio import build_portfolio
from liqscape.sandbox.answers.question import Question, read_address
from liqscape.sandbox.answers.units import usd
from liqscape.sandbox.state import SandboxState, VaultFacts
from liqscape.units import DAY_MS
from liqscape.wire.info.vault_details import Children, Follower, Relationship, VaultDetails, VaultDetailsRequest

LEADER = "Leader"
"""What the list of followers calls the leader."""
LEADER_COMMISSION = 0.0
LOCKUP_MS = 4 * DAY_MS
"""Money put into the provider vault stays four days."""


@answers(VaultDetailsRequest)
def answer(question: Question[VaultDetailsRequest]) -> VaultDetails | None:
    sandbox = question.sandbox
    vault = sandbox.vault(question.address("vaultAddress"))
    if vault is None:
        return None
    user = question.request.user
    return build_vault(sandbox, vault, None if user is None else read_address(user))


def build_vault(sandbox: SandboxState, vault: VaultFacts, user: str | None) -> VaultDetails:
    """The record; `followerState` is of `user`."""
    equity, paid_in = vault_equity(sandbox, vault), sum(vault.followers.values())
    rows = [
        _follower(sandbox, vault, address, put_in, equity * put_in // paid_in if paid_in else 0)
        for address, put_in in sorted(vault.followers.items(), key=lambda item: (-item[1], item[0]))
    ]
    own = [row for row in rows if row.user == user or (row.user == LEADER and user == vault.leader)]
    leaders = vault.followers.get(vault.leader, 0)
    account = sandbox.exchange.account_row(vault.address)
    free = 0 if account is None else withdrawable_from(sandbox.exchange, account, "")
    return VaultDetails(
        name=vault.name,
        vaultAddress=vault.address,
        leader=vault.leader,
        description="SIMULATED",
        portfolio=build_portfolio(sandbox, account),
        apr=0.0,
        followerState=own[0] if own else None,
        leaderFraction=leaders / paid_in if paid_in else 0.0,
        leaderCommission=LEADER_COMMISSION,
        followers=tuple(rows),
        maxDistributable=usd(free),
        maxWithdrawable=usd(free),
        isClosed=False,
        relationship=relationship(sandbox, vault),
        allowDeposits=False,
        alwaysCloseOnWithdraw=False,
    )


def vault_equity(sandbox: SandboxState, vault: VaultFacts) -> int:
    """micro-USD of the vault and the vaults below it."""
    total = 0
    for address in (vault.address, *vault.children):
        row = sandbox.exchange.account_row(address)
        if row is not None:
            total += account_value(sandbox.exchange, row)
    return total


def relationship(sandbox: SandboxState, vault: VaultFacts) -> Relationship:
    """parent, child or normal."""
    if vault.children:
        return Relationship("parent", Children(tuple(vault.children)))
    is_child = any(vault.address in other.children for other in sandbox.vaults)
    return Relationship("child" if is_child else "normal")


def _follower(sandbox: SandboxState, vault: VaultFacts, address: str, put_in: int, equity: int) -> Follower:
    since = sandbox.start_ms or sandbox.records.start_ms
    profit = usd(equity - put_in)
    return Follower(
        user=LEADER if address == vault.leader else address,
        vaultEquity=usd(equity),
        pnl=profit,
        allTimePnl=profit,
        daysFollowing=max(0, sandbox.time_ms - since) // DAY_MS,
        vaultEntryTime=since,
        lockupUntil=since + LOCKUP_MS,
    )

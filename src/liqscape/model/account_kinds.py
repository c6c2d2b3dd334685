"""What an account is, as far as its liquidation goes: decided by who holds it, never by its figures."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.units import Int64Array, UInt8Array


class AccountKind(IntEnum):
    """Each account is of one kind; what cannot be liquidated in practice goes before being a vault."""

    TRADER = 0
    """Nothing else is known of it."""
    VAULT = 1
    """Money of many under one leader. Liquidated like anybody; shown apart."""
    EXEMPT = 2
    """HLP, its children, backstops: not liquidated in practice, in no band."""


def kind_of_pools(accounts: Accounts, vault_rows: Int64Array) -> UInt8Array:
    """(A,) AccountKind of each pool. `vault_rows` are rows of `accounts.addresses`."""
    is_vault = np.zeros(len(accounts.addresses), np.bool_)
    is_vault[vault_rows] = True
    kind: UInt8Array = np.where(is_vault[accounts.address_row], AccountKind.VAULT, AccountKind.TRADER).astype(np.uint8)
    kind[accounts.is_exempt] = AccountKind.EXEMPT
    return kind

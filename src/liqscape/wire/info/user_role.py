"""`{"type": "userRole", "user"}`: what an address is. Costs 60."""

from __future__ import annotations

import msgspec


class RoleData(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of an agent the user it acts for, of a sub-account its master."""

    user: str | None = None
    master: str | None = None


class UserRole(msgspec.Struct, frozen=True, omit_defaults=True):
    """missing, user, vault, agent or subAccount."""

    role: str
    data: RoleData | None = None

"""`{"type": "userRole", "user"}`: what an address is. Costs 60."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import FEW_WORDS_BYTES
from liqscape.wire.info.weights import ROLE_WEIGHT


class RoleData(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of an agent the user it acts for, of a sub-account its master."""

    user: str | None = None
    master: str | None = None


class UserRole(msgspec.Struct, frozen=True, omit_defaults=True):
    """missing, user, vault, agent or subAccount."""

    role: str
    data: RoleData | None = None


class UserRoleRequest(InfoRequest[UserRole], frozen=True, tag="userRole"):
    """What an address is."""

    user: str

    weight: ClassVar = ROLE_WEIGHT
    max_bytes: ClassVar = FEW_WORDS_BYTES
    example: ClassVar = Example(
        '{"type": "userRole", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"role": "subAccount", "data": {"master": "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"}}',
    )

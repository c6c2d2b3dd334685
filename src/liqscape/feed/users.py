"""How many users' feeds the exchange allows an internet address, over all its connections."""

from __future__ import annotations

MAX_USERS = 15
"""What it was recorded to allow (HL.REC.USERS)."""
DEFAULT_USERS = 10
"""What it documents (HL.DOC.LIMITS): the others are left to other programs at the same address."""

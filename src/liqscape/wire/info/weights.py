"""What requests of the info API may weigh in a minute, and what most of them do (HL.DOC.LIMITS).

A request weighs when it is asked; some weigh more by the number of items in their answer. What differs from the usual
stands in the record of the request.
"""

from __future__ import annotations

WEIGHT_A_MINUTE = 1_200
"""Of one address of the internet."""
LIGHT_WEIGHT, USUAL_WEIGHT, ROLE_WEIGHT = 2, 20, 60
USUAL_ITEMS = 2_000
"""Longest answer of those that weigh by item, where no other length is documented."""

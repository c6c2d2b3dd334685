"""Answers of the API without the former names of fields, which stand beside those of today until version 0.2."""

from __future__ import annotations

from typing import Any

FORMER = {
    "margin_source": "quality",
    "margin_source_share": "quality_share",
    "margin_mode": "mode",
    "solo_notional": "frozen_notional",
    "joint_liquidation_price": "joint_price",
    "predicted_liquidation_price": "predicted_price",
    "first_fill_ms": "first_ms",
    "last_fill_ms": "last_ms",
}


def without_former(answer: Any) -> Any:
    """The same with the names of today only, where no count is among them."""
    if isinstance(answer, list):
        return [without_former(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    former = {old for new, old in FORMER.items() if new in answer}
    former |= {"solo_price"} if "joint_liquidation_price" in answer else set()
    return {name: without_former(value) for name, value in answer.items() if name not in former}

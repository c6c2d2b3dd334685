"""`{"type": "outcomeMeta"}`: outcome markets (HIP-4). They have no margin; a map asks for them to name and skip them.

Outcome n with side s is coin `#(10 n + s)` in prints and fills, token `+(10 n + s)` in spot balances.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


class OutcomeSide(msgspec.Struct, frozen=True, omit_defaults=True):
    """Yes or No, or a name of its own."""

    name: str
    token: int | None = None


class OutcomeSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One outcome that is not settled."""

    outcome: int
    name: str
    description: str
    sideSpecs: tuple[OutcomeSide, ...]
    quoteToken: str | None = None
    deployer: str | None = None


class OutcomeQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Outcomes of which one will hold."""

    question: int
    name: str
    description: str
    fallbackOutcome: int
    namedOutcomes: tuple[int, ...]
    settledNamedOutcomes: tuple[int, ...]


class OutcomeMeta(msgspec.Struct, frozen=True):
    """All of them. feeScale: share of the usual fee that is charged; absent in answers of before June 2026."""

    outcomes: tuple[OutcomeSpec, ...]
    questions: tuple[OutcomeQuestion, ...]
    deployers: tuple[object, ...] = ()
    feeScale: float = 1.0


class OutcomeMetaRequest(InfoRequest[OutcomeMeta], frozen=True, tag="outcomeMeta"):
    """Outcome markets."""

    example: ClassVar = Example(
        '{"type": "outcomeMeta"}',
        '{"outcomes": [{"outcome": 7, "name": "Rain", "description": "Made up", "sideSpecs": [{"name": "Yes"}, '
        '{"name": "No"}], "quoteToken": "USDC"}], "questions": [], "feeScale": "1.0"}',
    )

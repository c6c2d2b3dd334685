"""outcomeMeta: the outcome markets that are open."""

from __future__ import annotations

from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.outcome_meta import OutcomeMeta, OutcomeMetaRequest, OutcomeSide, OutcomeSpec


@answers(OutcomeMetaRequest)
def answer(question: Question[OutcomeMetaRequest]) -> OutcomeMeta:
    sandbox = question.sandbox
    outcomes = sandbox.facts.outcomes
    listed = () if outcomes is None else outcomes.listed(sandbox.time_ms)
    return OutcomeMeta(
        tuple(
            OutcomeSpec(
                outcome=each.number,
                name=each.name,
                description="SIMULATED",
                sideSpecs=(OutcomeSide("Yes"), OutcomeSide("No")),
                quoteToken="USDC",
            )
            for each in listed
        ),
        (),
    )

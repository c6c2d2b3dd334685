"""Joint questions asked of a market that was read once, as they are asked of a moment of a map."""

from __future__ import annotations

import msgspec

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.service.answers.joint import JointAnswer
from liqscape.service.answers.unread import UnreadAccounts
from liqscape.service.joint import JointQuestions, NamedMoves
from liqscape.service.market_inputs.market_input import MarketInput
from liqscape.service.moments import AskedMoment


def answer_joint(
    market: MarketInput, btc_percent: float | None, betas: NamedMoves | None, shock: NamedMoves | None
) -> JointAnswer:
    """What is liquidated if BTC moves by a percentage, or on the way to a shock; one of the two is given.

    Raises QuestionError for moves out of reach, NotFound where BTC's mark is not known.
    """
    given = market.cascade
    frame = build_frame(given.accounts, given.snapshot, given.tables, market.provenance)
    made = Moment(frame=frame, accounts=given.accounts, tables=given.tables, is_stored=False)
    moment = AskedMoment(reported=frame, source=made, collateral=given.collateral)
    questions = JointQuestions(lambda _: market.betas)
    if shock is not None:
        answer = questions.along_shock(moment, shock)
    else:
        assert btc_percent is not None
        answer = questions.along_btc(moment, btc_percent, betas)
    return msgspec.structs.replace(answer, unread=UnreadAccounts(**vars(market.left_out)))

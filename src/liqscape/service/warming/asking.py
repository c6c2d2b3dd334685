"""Every question that needs a kernel, asked of small markets so that it is compiled before anybody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec

from liqscape.errors import QuestionError
from liqscape.service.view import MapView
from liqscape.units import HOUR_MS, MINUTE_MS

FALL, FAR_FALL = 0.95, 0.5
Asked = ParamSpec("Asked")


def ask_map(view: MapView, liquidations: Path | None) -> None:
    """What a page and the API ask of a map with a history, but simulations."""
    from liqscape.service.book_questions import BookQuestions
    from liqscape.service.caveats import CaveatQuestions
    from liqscape.service.context import ContextQuestions
    from liqscape.service.odds import OddsQuestions
    from liqscape.service.setups import SetupQuestions
    from liqscape.service.stop import StopAsked, StopQuestions
    from liqscape.service.structure import StructureQuestions
    from liqscape.service.triggers import TriggerQuestions

    frame = view.moment().reported
    coin, mark = frame.snapshot.markets.coins[0], float(frame.snapshot.mark[0])
    end_ms = frame.time_ms + 1
    past_ms = frame.time_ms - MINUTE_MS
    holder = view.moment().accounts.addresses[0]
    stop = StopAsked(coin=coin, side="long", entry=mark, stop=FALL * mark, risk=100.0)
    # First what a page shows first: whoever waits for the compiler sees the map before its panels.
    _ask(view.scale, coin)
    for mode in ("solo", "joint"):
        for span_ms in (10 * MINUTE_MS, HOUR_MS):  # an hour is longer than there is
            _ask(view.heatmap, coin, start_ms=end_ms - span_ms, end_ms=end_ms, mode=mode, lone=True)
        _ask(view.heatmap, coin, width=10, mode=mode)
    for at_ms in (None, past_ms):
        for mode in ("solo", "joint"):
            _ask(view.frame, coin, at_ms, mode=mode)
            _ask(view.clusters, coin, at_ms, mode)
        _ask(view.frame, coin, at_ms, interval=True)
        _ask(view.levels, coin, at_ms)
        _ask(view.account, holder, at_ms)
        _ask(view.agreement, None, at_ms)
        _ask(view.kinds, at_ms)
        _ask(view.asymmetry, coin, at_ms)
        _ask(view.joint, -5.0, at_ms)
        _ask(TriggerQuestions(view).ask, coin, at_ms)
        _ask(StopQuestions(view).ask, stop, at_ms)
    _ask(view.board)
    _ask(view.account_history, holder, coin)
    for ask_coin in (
        view.candles,
        ContextQuestions(view, liquidations).ask,
        BookQuestions(view).book,
        OddsQuestions(view).ask,
        StructureQuestions(view).ask,
        SetupQuestions(view).ask,
        CaveatQuestions(view).ask,
    ):
        _ask(ask_coin, coin)


def small_view() -> MapView:
    """A map of one frame, of what `load_kernels` makes up."""
    from liqscape.heatmap.frame import Provenance
    from liqscape.service.collecting.kernels import small_events
    from liqscape.service.live import LiveState
    from liqscape.service.pipeline import Pipeline

    pipeline = Pipeline(Provenance("api", "two accounts", is_simulated=True, note=""))
    moments = [moment for event in small_events()[:4] if (moment := pipeline.feed(event)) is not None]
    return MapView(None, LiveState.of_moment(moments[-1]))


def ask_simulator(view: MapView) -> None:
    """Each kind of simulation, of a coin that falls."""
    from liqscape.cascade import Mode
    from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
    from liqscape.service.chain import ChainQuestion, answer_chain
    from liqscape.service.deleveraging import DeleveragingQuestions
    from liqscape.service.market_inputs.from_view import PriceMemory, of_view
    from liqscape.service.stop import StopAsked, StopQuestions

    moment = view.moment()
    snapshot = moment.reported.snapshot
    coin, mark = snapshot.markets.coins[0], float(snapshot.mark[0])
    market = of_view(view, None, PriceMemory(view))
    for mode in Mode:
        for paths in (1, 2):
            question = CascadeQuestion(
                coin=coin,
                price=FAR_FALL * mark,
                mode=mode.name.lower(),
                minutes=0.5,
                shock_minutes=0.2,
                paths=paths,
                vault_equity=(0.0,),  # nobody takes over, so that winners are deleveraged
                stops=moment.triggers is not None,
            )
            _ask(lambda asked: answer_cascade(prepare_cascade(market, asked)), question)
    walks = DeleveragingQuestions(view)
    stop = StopAsked(coin=coin, side="long", entry=mark, stop=FAR_FALL * mark, risk=100.0, simulate=True)
    chain = ChainQuestion(coin=coin, side=None, paths=10, links=2, seed=0)
    _ask(walks.of_coin, coin)
    _ask(walks.of_coin, coin, None, 0.0)
    _ask(walks.of_account, moment.accounts.addresses[0])
    _ask(answer_chain, view, market, chain, None)
    _ask(StopQuestions(view).ask, stop)


def _ask(question: Callable[Asked, object], *asked: Asked.args, **named: Asked.kwargs) -> None:
    """What so small a market has no answer to is compiled as far as it got."""
    with suppress(QuestionError):
        question(*asked, **named)

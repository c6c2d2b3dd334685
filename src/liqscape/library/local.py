"""A map of files on this machine: stored history, or a recording loaded into one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from liqscape.library.pages import whole_list
from liqscape.service.alerting.places import alerts_file
from liqscape.service.alerting.rule_questions import RuleQuestions
from liqscape.service.alerting.rule_store import RuleStore
from liqscape.service.alerting.stored_alerts import StoredAlerts
from liqscape.service.answers.liquidations import LiquidationsAnswer
from liqscape.service.book_questions import BookQuestions
from liqscape.service.cascade import CascadeQuestion, answer_cascade, prepare_cascade
from liqscape.service.caveats import CaveatQuestions
from liqscape.service.chain import ChainQuestion, answer_chain
from liqscape.service.context import ContextQuestions
from liqscape.service.deleveraging import DeleveragingQuestions
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.market_inputs.from_view import PriceMemory, of_view
from liqscape.service.odds import OddsQuestions
from liqscape.service.paging import MAX_ROWS
from liqscape.service.score_questions import ScoreQuestions
from liqscape.service.setups import SetupQuestions
from liqscape.service.stop import StopQuestions
from liqscape.service.structure import StructureQuestions
from liqscape.service.study_asking import AskedRows
from liqscape.service.study_events import EventsChoice
from liqscape.service.study_questions import StudyQuestions
from liqscape.service.triggers import TriggerQuestions
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liqscape.library.answers import EventChoice, StudyChoice, TellShare, WindowChoice
    from liqscape.service.answers.account import AccountAnswer
    from liqscape.service.answers.account_history import AccountHistoryAnswer
    from liqscape.service.answers.account_state import AccountStateAnswer
    from liqscape.service.answers.agreement import AgreementAnswer
    from liqscape.service.answers.alerts import AlertsAnswer, FiredAnswer, RuleRow, TrialAnswer
    from liqscape.service.answers.board import BoardAnswer
    from liqscape.service.answers.book import BookAnswer
    from liqscape.service.answers.candles import CandlesAnswer
    from liqscape.service.answers.cascade_records import CascadeAnswer, EnsembleAnswer
    from liqscape.service.answers.cascade_states import CascadesAnswer, OutcomesAnswer
    from liqscape.service.answers.caveats import CaveatsAnswer
    from liqscape.service.answers.chain import ChainAnswer
    from liqscape.service.answers.cluster_changes import ClusterChangesAnswer
    from liqscape.service.answers.clusters import ClustersAnswer
    from liqscape.service.answers.coins import CoinsAnswer
    from liqscape.service.answers.context import ContextAnswer
    from liqscape.service.answers.deleveraging import AccountDeleveragingAnswer, DeleveragingAnswer
    from liqscape.service.answers.events import EventsAnswer
    from liqscape.service.answers.frame import FrameAnswer
    from liqscape.service.answers.heatmap import HeatmapAnswer
    from liqscape.service.answers.joint import JointAnswer
    from liqscape.service.answers.odds import OddsAnswer
    from liqscape.service.answers.positions import PositionsAnswer
    from liqscape.service.answers.scale import ScaleAnswer
    from liqscape.service.answers.score import ScoreAnswer
    from liqscape.service.answers.setups import SetupsAnswer
    from liqscape.service.answers.status import StatusAnswer
    from liqscape.service.answers.stop import StopAnswer
    from liqscape.service.answers.structure import StructureAnswer
    from liqscape.service.answers.sweeps import OvershootAnswer, SweepsAnswer, UnitWord
    from liqscape.service.answers.tracked import ClusterLifeAnswer
    from liqscape.service.answers.triggers import TriggersAnswer
    from liqscape.service.book_questions import BookWindow
    from liqscape.service.market_inputs.market_input import MarketInput
    from liqscape.service.stop import StopAsked


class LocalAnswers:
    """Asks a view directly. liquidations: folder of the events that were kept; None: none are."""

    def __init__(self, view: MapView, place: Path, liquidations: Path | None) -> None:
        self._view = view
        self._place = place
        self._liquidations = liquidations
        self._events = LiquidationQuestions(view, liquidations)
        self._contexts = ContextQuestions(view, liquidations)
        self._study, self._odds = StudyQuestions(view), OddsQuestions(view)
        self._books = BookQuestions(view)
        self._structures = StructureQuestions(view)
        self._setups = SetupQuestions(view)
        self._stops = StopQuestions(view, self._odds)
        self._scores = ScoreQuestions(view)
        self._deleveraging = DeleveragingQuestions(view)
        self._triggers = TriggerQuestions(view)
        self._memory: PriceMemory | None = None

    @property
    def place(self) -> str:
        return str(self._place)

    def status(self) -> StatusAnswer:
        return self._view.status()

    def coins(self) -> CoinsAnswer:
        return self._view.coins()

    def board(self) -> BoardAnswer:
        return self._view.board()

    def context(self, coin: str, start_ms: int | None, end_ms: int | None, width: int) -> ContextAnswer:
        return self._contexts.ask(coin, start_ms, end_ms, width)

    def odds(
        self, coin: str, prices: tuple[float | None, float | None, float | None], at_ms: int | None, mode: str
    ) -> OddsAnswer:
        return self._odds.ask(coin, *prices, at_ms, mode)

    def chain(self, question: ChainQuestion, at_ms: int | None, progress: TellShare | None) -> ChainAnswer:
        return answer_chain(self._view, self._market(at_ms), question, at_ms, progress)

    def levels(self, coin: str, at_ms: int | None, within_percent: float | None) -> PositionsAnswer:
        return self._view.levels(coin, at_ms, within_percent)

    def frame(self, coin: str, at_ms: int | None, level: int, mode: str, *, interval: bool = False) -> FrameAnswer:
        return self._view.frame(coin, at_ms, level, mode, interval=interval)

    def clusters(self, coin: str, at_ms: int | None, mode: str, held_for_ms: int | None) -> ClustersAnswer:
        return self._view.clusters(coin, at_ms, mode, held_for_ms=held_for_ms)

    def cluster(self, coin: str, cluster_id: str, start_ms: int | None, end_ms: int | None) -> ClusterLifeAnswer:
        return self._study.cluster(coin, cluster_id, start_ms, end_ms)

    def changes(self, coin: str, choice: StudyChoice) -> ClusterChangesAnswer:
        return self._study.changes(coin, _rows(choice), cluster_id=choice.cluster_id, reason=choice.reason)

    def sweeps(self, coin: str, choice: StudyChoice) -> SweepsAnswer:
        return self._study.sweeps(coin, _rows(choice), cluster_id=choice.cluster_id, outcome=choice.outcome)

    def cascades(self, coin: str, choice: StudyChoice) -> CascadesAnswer:
        return self._study.cascades(coin, _rows(choice))

    def events(self, coin: str | None, choice: StudyChoice) -> EventsAnswer:
        wanted = EventsChoice(
            coin=coin,
            cluster_id=choice.cluster_id,
            address=choice.address,
            method=choice.method,
            price_low=choice.price_low,
            price_high=choice.price_high,
        )
        return self._study.events(_rows(choice), wanted)

    def overshoot(self, coin: str | None, unit: UnitWord) -> OvershootAnswer:
        return self._study.overshoot(coin, unit)

    def outcomes(self, coin: str | None) -> OutcomesAnswer:
        return self._study.outcomes(coin)

    def heatmap(self, choice: WindowChoice) -> HeatmapAnswer:
        return self._view.heatmap(**choice._asdict())

    def book(self, coin: str, window: BookWindow) -> BookAnswer:
        return self._books.book(coin, window)

    def caveats(self, coin: str, at_ms: int | None) -> CaveatsAnswer:
        return CaveatQuestions(self._view).ask(coin, at_ms)

    def structure(self, coin: str, at_ms: int | None) -> StructureAnswer:
        return self._structures.ask(coin, at_ms)

    def triggers(self, coin: str, at_ms: int | None, level: int, within_percent: float) -> TriggersAnswer:
        return self._triggers.ask(coin, at_ms, level, within_percent)

    def stop(self, asked: StopAsked, at_ms: int | None) -> StopAnswer:
        return self._stops.ask(asked, at_ms)

    def setups(self, coin: str, at_ms: int | None) -> SetupsAnswer:
        return self._setups.ask(coin, at_ms)

    def score(self, coin: str | None) -> ScoreAnswer:
        return self._scores.ask(coin)

    def scale(self, coin: str) -> ScaleAnswer:
        return self._view.scale(coin)

    def candles(self, coin: str, start_ms: int | None, end_ms: int | None) -> CandlesAnswer:
        return self._view.candles(coin, start_ms, end_ms)

    def account(self, address: str, at_ms: int | None) -> AccountAnswer:
        return self._view.account(address, at_ms)

    def account_history(
        self, address: str, coin: str, start_ms: int | None, end_ms: int | None, width: int
    ) -> AccountHistoryAnswer:
        return self._view.account_history(address, coin, start_ms, end_ms, width)

    def account_state(self, address: str, at_ms: int | None) -> AccountStateAnswer:
        return self._view.account_state(address, at_ms)

    def agreement(self, coin: str | None, at_ms: int | None) -> AgreementAnswer:
        return self._view.agreement(coin, at_ms)

    def liquidations(self, choice: EventChoice) -> LiquidationsAnswer:
        return whole_list(
            lambda cursor: self._events.ask(**choice._asdict(), limit=MAX_ROWS, cursor=cursor), "liquidations"
        )

    def deleveraging(self, coin: str, at_ms: int | None, vault_equity: float | None) -> DeleveragingAnswer:
        return self._deleveraging.of_coin(coin, at_ms, vault_equity)

    def deleveraging_rank(self, address: str, at_ms: int | None) -> AccountDeleveragingAnswer:
        return self._deleveraging.of_account(address, at_ms)

    def alerts(self) -> AlertsAnswer:
        return self._rules().list()

    def fired_alerts(self, since_ms: int | None, limit: int) -> FiredAnswer:
        return self._rules().fired(since_ms, limit)

    def add_alert(self, given: Mapping[str, Any]) -> RuleRow:
        return self._rules().add(given)

    def remove_alert(self, rule_id: str) -> RuleRow:
        return self._rules().remove(rule_id)

    def try_alert(self, given: Mapping[str, Any], start_ms: int | None, end_ms: int | None) -> TrialAnswer:
        return self._rules().attempt(given, start_ms, end_ms)

    def joint(self, btc_percent: float, at_ms: int | None) -> JointAnswer:
        return self._view.joint(btc_percent, at_ms)

    def cascade(
        self, question: CascadeQuestion, at_ms: int | None, progress: TellShare | None
    ) -> CascadeAnswer | EnsembleAnswer:
        prepared = prepare_cascade(self._market(at_ms), question)
        return answer_cascade(prepared, None if progress is None else lambda share, _: progress(share))

    def _rules(self) -> RuleQuestions:
        """Rules of the folder as they are now; a recording has none."""
        data = None if self._liquidations is None else self._place
        store = RuleStore(None if data is None else alerts_file(data))
        return RuleQuestions(self._view, StoredAlerts(store, data), self._liquidations)

    def _market(self, at_ms: int | None) -> MarketInput:
        if self._memory is None:
            self._memory = PriceMemory(self._view)
        return of_view(self._view, at_ms, self._memory)


def _rows(choice: StudyChoice) -> AskedRows:
    return AskedRows(start_ms=choice.start_ms, end_ms=choice.end_ms, side=choice.side)

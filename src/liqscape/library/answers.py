"""The questions every map answers, wherever it is: records of the API, times in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
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
    from liqscape.service.answers.liquidations import LiquidationsAnswer
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
    from liqscape.service.cascade import CascadeQuestion
    from liqscape.service.chain import ChainQuestion
    from liqscape.service.stop import StopAsked

TellShare = Callable[[float], None]
"""Told the share done of a simulation, 0 to 1."""


class WindowChoice(NamedTuple):
    """Which window of history; None: all that is stored, prices as far as 25 % beyond the marks."""

    coin: str
    start_ms: int | None
    end_ms: int | None
    width: int
    height: int
    price_low: float | None
    price_high: float | None
    value: str
    mode: str = "solo"


class EventChoice(NamedTuple):
    """Which liquidations; None: any."""

    coin: str | None
    address: str | None
    side: int | None
    method: str | None
    evidence: str | None
    start_ms: int | None
    end_ms: int | None
    min_notional: float


class StudyChoice(NamedTuple):
    """Which rows of a study; None: any. Each question takes those that its table has."""

    start_ms: int | None = None
    end_ms: int | None = None
    side: int | None = None
    cluster_id: str | None = None
    reason: str | None = None
    outcome: str | None = None
    address: str | None = None
    method: str | None = None
    price_low: float | None = None
    price_high: float | None = None


class Answers(Protocol):
    """Each raises NotFound for what is not in the map and QuestionError for what cannot be asked so."""

    @property
    def place(self) -> str:
        """The folder or address it was opened from."""

    def status(self) -> StatusAnswer:
        """The map as a whole."""

    def coins(self) -> CoinsAnswer:
        """All coins now."""

    def board(self) -> BoardAnswer:
        """All coins side by side."""

    def context(self, coin: str, start_ms: int | None, end_ms: int | None, width: int) -> ContextAnswer:
        """What stands beside the map of a coin through time."""

    def odds(
        self, coin: str, prices: tuple[float | None, float | None, float | None], at_ms: int | None, mode: str
    ) -> OddsAnswer:
        """Odds of a price, of a span (low, high), or of every cluster. prices: price, low, high."""

    def chain(self, question: ChainQuestion, at_ms: int | None, progress: TellShare | None) -> ChainAnswer:
        """Chains from cluster to cluster. progress: told the share done, where that is known."""

    def levels(self, coin: str, at_ms: int | None, within_percent: float | None) -> PositionsAnswer:
        """Positions of a coin with a level on the map."""

    def frame(self, coin: str, at_ms: int | None, level: int, mode: str, *, interval: bool = False) -> FrameAnswer:
        """Bands of a coin."""

    def clusters(self, coin: str, at_ms: int | None, mode: str, held_for_ms: int | None) -> ClustersAnswer:
        """Clusters of levels of a coin."""

    def cluster(self, coin: str, cluster_id: str, start_ms: int | None, end_ms: int | None) -> ClusterLifeAnswer:
        """The life of a cluster."""

    def changes(self, coin: str, choice: StudyChoice) -> ClusterChangesAnswer:
        """Why clusters changed."""

    def sweeps(self, coin: str, choice: StudyChoice) -> SweepsAnswer:
        """What sweeps did."""

    def cascades(self, coin: str, choice: StudyChoice) -> CascadesAnswer:
        """How cascades stand and stood."""

    def events(self, coin: str | None, choice: StudyChoice) -> EventsAnswer:
        """Liquidations with what price did after them."""

    def overshoot(self, coin: str | None, unit: UnitWord) -> OvershootAnswer:
        """How far sweeps overshoot."""

    def outcomes(self, coin: str | None) -> OutcomesAnswer:
        """What price did after cascades."""

    def heatmap(self, choice: WindowChoice) -> HeatmapAnswer:
        """A window of history."""

    def book(self, coin: str, window: BookWindow) -> BookAnswer:
        """Resting orders of a coin."""

    def caveats(self, coin: str, at_ms: int | None) -> CaveatsAnswer:
        """What the map of a coin leaves open."""

    def structure(self, coin: str, at_ms: int | None) -> StructureAnswer:
        """Structure of a coin's price, and its clusters against it."""

    def triggers(self, coin: str, at_ms: int | None, level: int, within_percent: float) -> TriggersAnswer:
        """Trigger orders of a coin by band, their coverage, and what stands beside them."""

    def stop(self, asked: StopAsked, at_ms: int | None) -> StopAnswer:
        """A stop among clusters."""

    def setups(self, coin: str, at_ms: int | None) -> SetupsAnswer:
        """Clusters of a coin with the evidence for each."""

    def score(self, coin: str | None) -> ScoreAnswer:
        """What the map said against what happened."""

    def scale(self, coin: str) -> ScaleAnswer:
        """How hot hot is on the map of a coin."""

    def candles(self, coin: str, start_ms: int | None, end_ms: int | None) -> CandlesAnswer:
        """Price path of a coin."""

    def account(self, address: str, at_ms: int | None) -> AccountAnswer:
        """All pools of an address."""

    def account_history(
        self, address: str, coin: str, start_ms: int | None, end_ms: int | None, width: int
    ) -> AccountHistoryAnswer:
        """An address and a coin through stored time."""

    def account_state(self, address: str, at_ms: int | None) -> AccountStateAnswer:
        """The state of an address as received."""

    def agreement(self, coin: str | None, at_ms: int | None) -> AgreementAnswer:
        """Own prices against the published ones."""

    def liquidations(self, choice: EventChoice) -> LiquidationsAnswer:
        """All events that fit, newest first."""

    def deleveraging(self, coin: str, at_ms: int | None, vault_equity: float | None) -> DeleveragingAnswer:
        """What each cluster of a coin would deleverage."""

    def deleveraging_rank(self, address: str, at_ms: int | None) -> AccountDeleveragingAnswer:
        """Where an address stands in the queues of winners."""

    def alerts(self) -> AlertsAnswer:
        """All rules."""

    def fired_alerts(self, since_ms: int | None, limit: int) -> FiredAnswer:
        """Alerts that fired last."""

    def add_alert(self, given: Mapping[str, Any]) -> RuleRow:
        """Add or replace a rule."""

    def remove_alert(self, rule_id: str) -> RuleRow:
        """Take a rule away."""

    def try_alert(self, given: Mapping[str, Any], start_ms: int | None, end_ms: int | None) -> TrialAnswer:
        """When a rule would have fired."""

    def joint(self, btc_percent: float, at_ms: int | None) -> JointAnswer:
        """What is liquidated if all coins move with BTC."""

    def cascade(
        self, question: CascadeQuestion, at_ms: int | None, progress: TellShare | None
    ) -> CascadeAnswer | EnsembleAnswer:
        """A simulation."""

"""A map that is served somewhere, asked over its API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any, TypeVar

import msgspec

from liqscape.errors import Busy, FrameGone, LiqscapeError, NotFound, QuestionError, RequestFailed
from liqscape.feed.url import check_url
from liqscape.library.answers import EventChoice, StudyChoice, TellShare, WindowChoice
from liqscape.library.pages import whole_list
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.service.alerting.served_alerts import ServedAlerts
from liqscape.service.answers.account import AccountAnswer
from liqscape.service.answers.account_history import AccountHistoryAnswer
from liqscape.service.answers.account_state import AccountStateAnswer
from liqscape.service.answers.agreement import AgreementAnswer
from liqscape.service.answers.alerts import AlertsAnswer, FiredAnswer, RuleRow, TrialAnswer
from liqscape.service.answers.board import BoardAnswer
from liqscape.service.answers.book import BookAnswer
from liqscape.service.answers.candles import CandlesAnswer
from liqscape.service.answers.cascade_records import (
    CascadeAnswer,
    CascadePreparing,
    CascadeProgress,
    EnsembleAnswer,
)
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
from liqscape.service.asking import MapServer, as_part, of_coin, question_path
from liqscape.service.book_questions import BookWindow
from liqscape.service.cascade import CascadeQuestion
from liqscape.service.cascade_runs import CascadeDone, CascadeFailed
from liqscape.service.chain import ChainQuestion
from liqscape.service.paging import MAX_ROWS
from liqscape.service.questions import LOWEST_PRICE
from liqscape.service.stop import StopAsked
from liqscape.service.stop_simulation import SIMULATION_PATIENCE_S

TOKEN_VARIABLE = "LIQSCAPE_TOKEN"
PATIENCE_S = 120.0
"""The largest map is solved jointly in seconds, but a simulator may have to be compiled first."""

KINDS: dict[int, type[LiqscapeError]] = {400: QuestionError, 404: NotFound, 410: FrameGone, 503: Busy}
"""What a refusal of the server is, as if the map had been asked here."""

Answer = TypeVar("Answer", bound=msgspec.Struct)
Line = CascadePreparing | CascadeProgress | CascadeDone | CascadeFailed


class RemoteAnswers:
    """Asks a server. token None: that of LIQSCAPE_TOKEN, or none."""

    def __init__(self, url: str, token: str | None = None) -> None:
        base = check_url("the address", url)
        self._server = MapServer(base, token or os.environ.get(TOKEN_VARIABLE) or None, PATIENCE_S)
        self.status()

    @property
    def place(self) -> str:
        return self._server.url

    def status(self) -> StatusAnswer:
        return self._ask("/status", {}, StatusAnswer)

    def coins(self) -> CoinsAnswer:
        return self._list("/coins", {}, CoinsAnswer, "coins")

    def board(self) -> BoardAnswer:
        return self._list("/board", {}, BoardAnswer, "rows")

    def context(self, coin: str, start_ms: int | None, end_ms: int | None, width: int) -> ContextAnswer:
        return self._ask(of_coin(coin, "context"), {"start": start_ms, "end": end_ms, "width": width}, ContextAnswer)

    def odds(
        self, coin: str, prices: tuple[float | None, float | None, float | None], at_ms: int | None, mode: str
    ) -> OddsAnswer:
        named = dict(zip(("price", "price_low", "price_high"), prices, strict=True))
        return self._ask(of_coin(coin, "odds"), {**named, "at": at_ms, "mode": mode}, OddsAnswer)

    def chain(self, question: ChainQuestion, at_ms: int | None, progress: TellShare | None) -> ChainAnswer:  # noqa: ARG002
        named: dict[str, object] = {"side": question.side, "paths": question.paths, "links": question.links}
        path = of_coin(question.coin, "chain")
        return self._ask(path, {**named, "seed": question.seed, "at": at_ms}, ChainAnswer)

    def levels(self, coin: str, at_ms: int | None, within_percent: float | None) -> PositionsAnswer:
        asked: dict[str, object] = {"at": at_ms, "within_percent": within_percent}
        if within_percent is None:
            asked |= {"price_low": LOWEST_PRICE, "price_high": HIGHEST_PRICE}
        return self._list(of_coin(coin, "positions"), asked, PositionsAnswer, "positions")

    def frame(self, coin: str, at_ms: int | None, level: int, mode: str, *, interval: bool = False) -> FrameAnswer:
        asked: dict[str, object] = {"at": at_ms, "level": level, "mode": mode, "interval": interval or None}
        return self._ask(of_coin(coin, "frame"), asked, FrameAnswer)

    def clusters(self, coin: str, at_ms: int | None, mode: str, held_for_ms: int | None) -> ClustersAnswer:
        asked: dict[str, object] = {"at": at_ms, "mode": mode, "held_for": held_for_ms}
        return self._list(of_coin(coin, "clusters"), asked, ClustersAnswer, "clusters")

    def cluster(self, coin: str, cluster_id: str, start_ms: int | None, end_ms: int | None) -> ClusterLifeAnswer:
        path = of_coin(coin, f"clusters/{as_part(cluster_id)}")
        return self._ask(path, {"start": start_ms, "end": end_ms}, ClusterLifeAnswer)

    def changes(self, coin: str, choice: StudyChoice) -> ClusterChangesAnswer:
        return self._list(of_coin(coin, "changes"), choice._asdict(), ClusterChangesAnswer, "changes")

    def sweeps(self, coin: str, choice: StudyChoice) -> SweepsAnswer:
        return self._list(of_coin(coin, "sweeps"), choice._asdict(), SweepsAnswer, "sweeps")

    def cascades(self, coin: str, choice: StudyChoice) -> CascadesAnswer:
        return self._list(of_coin(coin, "cascades"), choice._asdict(), CascadesAnswer, "cascades")

    def events(self, coin: str | None, choice: StudyChoice) -> EventsAnswer:
        path = "/events" if coin is None else of_coin(coin, "events")
        return self._list(path, choice._asdict(), EventsAnswer, "events")

    def overshoot(self, coin: str | None, unit: UnitWord) -> OvershootAnswer:
        path = "/overshoot" if coin is None else of_coin(coin, "overshoot")
        return self._ask(path, {"unit": unit}, OvershootAnswer)

    def outcomes(self, coin: str | None) -> OutcomesAnswer:
        return self._ask("/outcomes" if coin is None else of_coin(coin, "outcomes"), {}, OutcomesAnswer)

    def heatmap(self, choice: WindowChoice) -> HeatmapAnswer:
        asked = choice._asdict()
        path = question_path(of_coin(asked.pop("coin"), "heatmap"), {**asked, "format": "binary"})
        with _as_if_here():
            return HeatmapAnswer.from_bytes(self._server.read(path))

    def book(self, coin: str, window: BookWindow) -> BookAnswer:
        return self._ask(of_coin(coin, "book"), window._asdict(), BookAnswer)

    def caveats(self, coin: str, at_ms: int | None) -> CaveatsAnswer:
        return self._ask(of_coin(coin, "caveats"), {"at": at_ms}, CaveatsAnswer)

    def structure(self, coin: str, at_ms: int | None) -> StructureAnswer:
        return self._ask(of_coin(coin, "structure"), {"at": at_ms}, StructureAnswer)

    def triggers(self, coin: str, at_ms: int | None, level: int, within_percent: float) -> TriggersAnswer:
        asked: dict[str, object] = {"at": at_ms, "level": level, "within_percent": within_percent}
        return self._ask(of_coin(coin, "triggers"), asked, TriggersAnswer)

    def stop(self, asked: StopAsked, at_ms: int | None) -> StopAnswer:
        chosen = {name: value for name, value in asdict(asked).items() if name != "coin"} | {"at": at_ms}
        path = question_path(of_coin(asked.coin, "stop"), chosen)
        server = replace(self._server, patience_s=SIMULATION_PATIENCE_S) if asked.simulate else self._server
        with _as_if_here():
            return server.ask(path, StopAnswer)

    def setups(self, coin: str, at_ms: int | None) -> SetupsAnswer:
        return self._ask(of_coin(coin, "setups"), {"at": at_ms}, SetupsAnswer)

    def score(self, coin: str | None) -> ScoreAnswer:
        return self._ask("/score", {"coin": coin}, ScoreAnswer)

    def scale(self, coin: str) -> ScaleAnswer:
        return self._ask(of_coin(coin, "scale"), {}, ScaleAnswer)

    def candles(self, coin: str, start_ms: int | None, end_ms: int | None) -> CandlesAnswer:
        return self._ask(of_coin(coin, "candles"), {"start": start_ms, "end": end_ms}, CandlesAnswer)

    def account(self, address: str, at_ms: int | None) -> AccountAnswer:
        return self._list(f"/accounts/{as_part(address)}", {"at": at_ms}, AccountAnswer, "pools")

    def account_history(
        self, address: str, coin: str, start_ms: int | None, end_ms: int | None, width: int
    ) -> AccountHistoryAnswer:
        asked: dict[str, object] = {"coin": coin, "start": start_ms, "end": end_ms, "width": width}
        return self._ask(f"/accounts/{as_part(address)}/history", asked, AccountHistoryAnswer)

    def account_state(self, address: str, at_ms: int | None) -> AccountStateAnswer:
        return self._ask(f"/accounts/{as_part(address)}/state", {"at": at_ms}, AccountStateAnswer)

    def agreement(self, coin: str | None, at_ms: int | None) -> AgreementAnswer:
        return self._ask("/agreement", {"coin": coin, "at": at_ms}, AgreementAnswer)

    def liquidations(self, choice: EventChoice) -> LiquidationsAnswer:
        return self._list("/liquidations", choice._asdict(), LiquidationsAnswer, "liquidations")

    def deleveraging(self, coin: str, at_ms: int | None, vault_equity: float | None) -> DeleveragingAnswer:
        return self._ask(of_coin(coin, "deleveraging"), {"at": at_ms, "vault_equity": vault_equity}, DeleveragingAnswer)

    def deleveraging_rank(self, address: str, at_ms: int | None) -> AccountDeleveragingAnswer:
        path = f"/accounts/{as_part(address)}/deleveraging"
        return self._ask(path, {"at": at_ms}, AccountDeleveragingAnswer)

    def alerts(self) -> AlertsAnswer:
        with _as_if_here():
            return ServedAlerts(self._server).list()

    def fired_alerts(self, since_ms: int | None, limit: int) -> FiredAnswer:
        with _as_if_here():
            return ServedAlerts(self._server).fired(since_ms, limit)

    def add_alert(self, given: Mapping[str, Any]) -> RuleRow:
        with _as_if_here():
            return ServedAlerts(self._server).add(given)

    def remove_alert(self, rule_id: str) -> RuleRow:
        with _as_if_here():
            return ServedAlerts(self._server).remove(rule_id)

    def try_alert(self, given: Mapping[str, Any], start_ms: int | None, end_ms: int | None) -> TrialAnswer:
        with _as_if_here():
            return ServedAlerts(self._server).attempt(given, start_ms, end_ms)

    def joint(self, btc_percent: float, at_ms: int | None) -> JointAnswer:
        return self._ask("/joint", {"btc_percent": btc_percent, "at": at_ms}, JointAnswer)

    def cascade(
        self, question: CascadeQuestion, at_ms: int | None, progress: TellShare | None
    ) -> CascadeAnswer | EnsembleAnswer:
        if question.moves is not None:
            raise QuestionError("moves of your own are simulated on a folder; a served map takes a target price")
        last: Line | None = None
        with _as_if_here():
            for line in self._server.lines(question_path("/cascade", _simulated(question) | {"at": at_ms})):
                last = msgspec.json.decode(line, type=Line)
                if isinstance(last, CascadeProgress) and progress is not None:
                    progress(last.share)
        if isinstance(last, CascadeFailed):
            raise QuestionError(last.detail)
        answer = (last.cascade or last.ensemble) if isinstance(last, CascadeDone) else None
        if answer is None:
            raise RequestFailed(f"{self.place} broke off before the simulation was done")
        return answer

    def _ask(self, path: str, asked: dict[str, object], kind: type[Answer]) -> Answer:
        with _as_if_here():
            return self._server.ask(question_path(path, asked), kind)

    def _list(self, path: str, asked: dict[str, object], kind: type[Answer], name: str) -> Answer:
        return whole_list(lambda cursor: self._ask(path, asked | {"limit": MAX_ROWS, "cursor": cursor}, kind), name)


@contextmanager
def _as_if_here() -> Iterator[None]:
    """A refusal of the server as the error that the same question raises here, in the server's words."""
    try:
        yield
    except RequestFailed as error:
        kind, detail = KINDS.get(int(str(error.context.get("status", 0)))), error.context.get("detail")
        if kind is None or detail is None:
            raise
        raise kind(str(detail)) from None


def _simulated(question: CascadeQuestion) -> dict[str, object]:
    return {
        "coin": question.coin,
        "target_price": question.price,
        "mode": question.mode,
        "shock": question.shock,
        "direction": question.direction,
        "minutes": question.minutes,
        "shock_minutes": question.shock_minutes,
        "paths": question.paths,
        "seed": question.seed,
        "theta": question.theta,
        "vault_equity": question.vault_equity,
        "dex_vault": [f"{dex}={equity!r}" for dex, equity in question.dex_vaults] or None,
        "stops": True if question.stops else None,
    }

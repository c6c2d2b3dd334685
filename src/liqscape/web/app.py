"""The web application: routes over a MapView and its Hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from liqscape import __version__
from liqscape.insight.alerts.records import Alert
from liqscape.service.alerting.delivery import Deliverer
from liqscape.service.alerting.delivery_metrics import DeliveryCollector
from liqscape.service.alerting.engine import AlertEngine
from liqscape.service.alerting.opening import open_alerts
from liqscape.service.alerting.questions import DeliveryQuestions
from liqscape.service.alerting.rule_questions import RuleQuestions
from liqscape.service.answers.alerts import AlertsMessage
from liqscape.service.book_questions import BookQuestions
from liqscape.service.cascade_runs import CascadeRuns
from liqscape.service.caveats import CaveatQuestions
from liqscape.service.context import ContextQuestions
from liqscape.service.deleveraging import DeleveragingQuestions
from liqscape.service.executors import Executors
from liqscape.service.hub import Hub
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.metrics import LiveMetrics
from liqscape.service.odds import OddsQuestions
from liqscape.service.risk_renewal import RiskRenewal
from liqscape.service.score_questions import ScoreQuestions
from liqscape.service.setups import SetupQuestions
from liqscape.service.stop import StopQuestions
from liqscape.service.streaming.liquidation_news import LiquidationNews
from liqscape.service.streaming.trigger_news import TriggerWatch
from liqscape.service.structure import StructureQuestions
from liqscape.service.study_questions import StudyQuestions
from liqscape.service.triggers import TriggerQuestions
from liqscape.service.view import MapView
from liqscape.web.access import HEALTH_PATHS, Access, TokenCheck, check_token
from liqscape.web.answering import Answering
from liqscape.web.delivery import Application
from liqscape.web.deprecations import FormerNames, description_plugin, glossary_route
from liqscape.web.guard import EntityTag, HostCheck, SizeCheck, add_security_headers, framing_policy
from liqscape.web.parameters import ASKED_TIMES, refuse_unknown_parameters
from liqscape.web.problems import EXCEPTION_HANDLERS
from liqscape.web.routes.accounts import get_account, get_account_history, get_account_state
from liqscape.web.routes.agreement import get_agreement
from liqscape.web.routes.alerts import (
    MAX_RULE_BODY,
    add_alert,
    get_alerts,
    get_fired_alerts,
    remove_alert,
    try_alert,
)
from liqscape.web.routes.asyncapi import get_asyncapi
from liqscape.web.routes.board import get_board
from liqscape.web.routes.book import get_book
from liqscape.web.routes.candles import get_candles
from liqscape.web.routes.cascade import get_cascade
from liqscape.web.routes.cascade_states import get_all_outcomes, get_cascades, get_outcomes
from liqscape.web.routes.caveats import get_caveats
from liqscape.web.routes.clusters import get_asymmetry, get_clusters
from liqscape.web.routes.coinglass import coinglass_router
from liqscape.web.routes.coins import get_coins, get_frame
from liqscape.web.routes.context import get_context
from liqscape.web.routes.deleveraging import get_account_deleveraging, get_coin_deleveraging
from liqscape.web.routes.deliveries import get_deliveries, test_destination
from liqscape.web.routes.docs_page import docs_routes
from liqscape.web.routes.events import get_coin_events, get_events
from liqscape.web.routes.health import health_routes
from liqscape.web.routes.heatmap import get_heatmap
from liqscape.web.routes.joint import get_joint
from liqscape.web.routes.liquidations import get_liquidations
from liqscape.web.routes.login import login_routes
from liqscape.web.routes.metrics import get_metrics
from liqscape.web.routes.odds import get_chain, get_odds
from liqscape.web.routes.page import page_routes, read_page
from liqscape.web.routes.positions import get_positions
from liqscape.web.routes.scale import get_scale
from liqscape.web.routes.score import get_score
from liqscape.web.routes.setups import get_setups
from liqscape.web.routes.sources import AskSources, get_sources
from liqscape.web.routes.status import get_status
from liqscape.web.routes.stop import get_stop
from liqscape.web.routes.stream import stream
from liqscape.web.routes.structure import get_structure
from liqscape.web.routes.study import get_all_overshoot, get_changes, get_cluster, get_overshoot, get_sweeps
from liqscape.web.routes.triggers import get_triggers

API_PREFIX = "/api/v1"
MAX_BODY = 1_000
"""The login reads a body, of one token; rules of alerts have a bound of their own."""

BEARER = "token"
BEARER_SCHEME = SecurityScheme(type="http", scheme="bearer", description="The token the server was started with.")

DESCRIPTION = """The liquidation map as data. Every answer says where it comes from (`provenance`) and of which
instant it is (`as_of_ms`). Unknown is null, never 0. Errors are RFC 9457 problem details. Times are milliseconds
since 1970 UTC, prices USD, sizes coins; a notional is abs(size) * mark unless its name says otherwise.
The stream of new frames is a WebSocket at /api/v1/stream (docs/api.md)."""


def create_app(
    view: MapView,
    hub: Hub,
    *,
    sources: AskSources | None = None,
    metrics: LiveMetrics | None = None,
    liquidations: LiquidationQuestions | None = None,
    executors: Executors | None = None,
    delivery: Deliverer | None = None,
    alerts: AlertEngine | None = None,
    token: str | None = None,
    hosts: Iterable[str] = (),
    frames: Iterable[str] = (),
) -> Litestar:
    """The application; it runs the hub while it is up and closes it when it goes down.

    sources tells where data comes from; without it the map follows nothing.
    metrics is what /metrics shows; without it, counters that stay at zero.
    liquidations answers about events that were seen; without it there are none.
    executors are those of the process; without them the application has its own.
    delivery is that of alerts; without it none are delivered.
    alerts  holds the rules of this map; without it there are none.
    token   is asked of every request; without it the server must be on loopback.
    hosts   names besides loopback that a Host header may hold.
    frames  origins whose pages may show this one in a frame.
    Raises SettingsError for a token, a host name or an origin that will not do.
    """
    threads = executors or Executors.start()
    live_metrics = metrics or LiveMetrics()
    answering, cascades = Answering(view, threads, live_metrics), CascadeRuns(view, threads)
    ask_sources = sources or (lambda: None)
    events, questions = liquidations or LiquidationQuestions(view, None), StudyQuestions(view)
    contexts = ContextQuestions(view, events.folder)
    caveats = CaveatQuestions(view)
    books, odds, structures = BookQuestions(view), OddsQuestions(view), StructureQuestions(view)
    setups, stops = SetupQuestions(view), StopQuestions(view, odds)
    scores = ScoreQuestions(view)
    deleveraging = DeleveragingQuestions(view)
    triggers = TriggerQuestions(view)
    renewal = RiskRenewal(view, deleveraging, threads)
    deliveries = DeliveryQuestions(view, delivery)
    if delivery is not None:
        live_metrics.follow(DeliveryCollector(delivery))
        view.ask_deliveries = deliveries.standing
    engine = alerts or open_alerts(view, liquidations=events.folder, executors=threads)
    if delivery is not None:
        engine.sinks.append(delivery.outbox)
    hub.topics.has_alerts = True
    engine.on_fired.append(lambda fired: _tell_alerts(hub, fired))
    rule_questions = RuleQuestions(view, engine, events.folder)
    access = None if token is None else Access(check_token(token))
    guards = [
        SizeCheck(MAX_BODY, dict.fromkeys((f"{API_PREFIX}/alerts", f"{API_PREFIX}/alerts/try"), MAX_RULE_BODY)),
        HostCheck(hosts, HEALTH_PATHS),
        *([] if access is None else [TokenCheck(access)]),
        EntityTag(),
    ]
    api = Router(
        path=API_PREFIX,
        guards=[refuse_unknown_parameters],
        middleware=[FormerNames],
        route_handlers=[
            get_status,
            get_sources,
            get_deliveries,
            test_destination,
            get_alerts,
            get_fired_alerts,
            add_alert,
            remove_alert,
            try_alert,
            get_liquidations,
            get_coins,
            get_board,
            get_frame,
            get_heatmap,
            get_scale,
            get_candles,
            get_context,
            get_odds,
            get_chain,
            get_book,
            get_structure,
            get_caveats,
            get_setups,
            get_triggers,
            get_stop,
            get_coin_deleveraging,
            get_clusters,
            get_cluster,
            get_changes,
            get_sweeps,
            get_overshoot,
            get_cascades,
            get_outcomes,
            get_all_overshoot,
            get_all_outcomes,
            get_coin_events,
            get_events,
            get_score,
            get_asymmetry,
            get_positions,
            get_account,
            get_account_history,
            get_account_state,
            get_account_deleveraging,
            get_agreement,
            get_joint,
            get_cascade,
            stream,
        ],
        dependencies={
            "view": Provide(lambda: view, sync_to_thread=False),
            "answering": Provide(lambda: answering, sync_to_thread=False),
            "hub": Provide(lambda: hub, sync_to_thread=False),
            "cascades": Provide(lambda: cascades, sync_to_thread=False),
            "liquidations": Provide(lambda: events, sync_to_thread=False),
            "contexts": Provide(lambda: contexts, sync_to_thread=False),
            "questions": Provide(lambda: questions, sync_to_thread=False),
            "books": Provide(lambda: books, sync_to_thread=False),
            "scores": Provide(lambda: scores, sync_to_thread=False),
            "caveats": Provide(lambda: caveats, sync_to_thread=False),
            "structures": Provide(lambda: structures, sync_to_thread=False),
            "setups": Provide(lambda: setups, sync_to_thread=False),
            "odds": Provide(lambda: odds, sync_to_thread=False),
            "triggers": Provide(lambda: triggers, sync_to_thread=False),
            "stop_questions": Provide(lambda: stops, sync_to_thread=False),
            "deliveries": Provide(lambda: deliveries, sync_to_thread=False),
            "deleveraging": Provide(lambda: deleveraging, sync_to_thread=False),
            "rule_questions": Provide(lambda: rule_questions, sync_to_thread=False),
            **ASKED_TIMES,
        },
    )
    live_metrics.doors.follow_stream(hub.figures)
    if events.folder is not None:
        hub.topics.follow_liquidations(LiquidationNews(events.folder))
    if view.live is not None:
        hub.topics.follow_triggers(TriggerWatch(view))
    application = Application(
        route_handlers=[
            api,
            coinglass_router(view, answering),
            get_metrics,
            get_asyncapi,
            *docs_routes(),
            *health_routes(view),
            glossary_route(),
            *page_routes(read_page(), framing_policy(frames)),
            *([] if access is None else login_routes(access)),
        ],
        dependencies={
            "executors": Provide(lambda: threads, sync_to_thread=False),
            "sources": Provide(lambda: ask_sources, sync_to_thread=False),
            "metrics": Provide(lambda: live_metrics, sync_to_thread=False),
        },
        middleware=guards,
        before_send=[add_security_headers],
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=OpenAPIConfig(
            title="liqscape",
            version=__version__,
            description=DESCRIPTION,
            path="/schema",
            render_plugins=[description_plugin()],
            components=Components() if access is None else Components(security_schemes={BEARER: BEARER_SCHEME}),
            security=None if access is None else [{BEARER: []}],
            use_handler_docstrings=True,
        ),
        request_max_body_size=MAX_BODY,
        lifespan=[lambda _: _running(hub, cascades, renewal, engine)],
        logging_config=None,
    )
    application.doors = live_metrics.doors
    return application


def _tell_alerts(hub: Hub, fired: Sequence[Alert]) -> None:
    """A message a coin, for readers may want those of some coins; alerts of the whole map go to all of them."""
    for coin in dict.fromkeys(alert.coin for alert in fired):
        hub.tell_soon("alerts", AlertsMessage([alert for alert in fired if alert.coin == coin]), coin)


@asynccontextmanager
async def _running(hub: Hub, cascades: CascadeRuns, renewal: RiskRenewal, engine: AlertEngine) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in (hub, renewal, engine)]
    try:
        yield
    finally:
        for each in (hub, cascades, renewal, engine):
            each.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

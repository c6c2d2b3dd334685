"""What readers ask for, done: views joined and left, topics wanted, and what a connection hears afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from liqscape.errors import QuestionError
from liqscape.service.executors import beside
from liqscape.service.hub import Client, Hub
from liqscape.service.liquidation_questions import NONE_KEPT
from liqscape.service.streaming.channels import TOPICS, Topic
from liqscape.service.streaming.looks import MARKS_KEY, MarksView
from liqscape.service.streaming.plain_messages import ChannelCoins, SubscribedMessage
from liqscape.service.streaming.requests import (
    OF_FRAMES,
    CoinMessage,
    LookMessage,
    Request,
    SubscribeMessage,
    UnsubscribeMessage,
)
from liqscape.service.streaming.stream_view import Encoding, StreamView, checked_every_ms, stream_view

NOT_STUDIED = "clusters: no minutes are studied here while it runs; /coins/{coin}/clusters has what is stored"
NOT_MOVING = "triggers: this map does not move; /coins/{coin}/triggers has what is known at a time"
NOT_ALERTED = "alerts: no rules are watched here"


class Subscriptions:
    """Of one connection.

    encoding  of messages about frames and marks, for as long as it lasts.
    """

    def __init__(self, hub: Hub, client: Client, encoding: Encoding) -> None:
        self._hub = hub
        self._client = client
        self._encoding: Encoding = encoding

    async def obey(self, request: Request) -> SubscribedMessage | None:
        """Do what a reader asks; None where the frames that come are the answer.

        Raises QuestionError or NotFound, and nothing has changed then.
        """
        if isinstance(request, CoinMessage):
            await self._check_coins([request.coin])
            first = next(iter(self._views()), None)
            same = stream_view(request.coin, encoding=self._encoding) if first is None else first.of_coin(request.coin)
            self._hub.switch(self._client, same)
            return None
        if isinstance(request, LookMessage):
            view = self._view(request, request.coin)
            await self._check_coins([request.coin])
            self._hub.switch(self._client, view)
            return None
        if isinstance(request, UnsubscribeMessage):
            self._unsubscribe(request)
        else:
            await self._subscribe(request)
        return self.heard()

    async def _subscribe(self, request: SubscribeMessage) -> None:
        channel, coins = request.channel, request.coins
        if channel != "frames":
            given = [name for name in OF_FRAMES if getattr(request, name) is not None]
            given += ["every_ms"] if request.every_ms and channel != "marks" else []
            if given:
                raise QuestionError(f"{given[0]} is of the channel frames, not of {channel}")
        if coins is not None:
            if not coins:
                raise QuestionError("coins is an empty list; leave it out for all coins, or name some")
            await self._check_coins(coins)
        if channel == "frames":
            self._subscribe_frames(request, coins)
        elif channel == "marks":
            before = self._marks()
            held = None if before is None else before.coins
            wanted = None if coins is None else tuple(sorted({*coins, *(held or ())}))
            marks = MarksView(coins=wanted, every_ms=checked_every_ms(request.every_ms), encoding=self._encoding)
            self._hub.look(self._client, marks)
        else:
            self._client.topics.add(channel, coins)
            if channel == "liquidations":
                self._hub.look_for_liquidations()
            elif channel == "triggers":
                self._hub.look_for_triggers(coins)

    def _subscribe_frames(self, request: SubscribeMessage, coins: Sequence[str] | None) -> None:
        if coins is None:
            raise QuestionError("the channel frames needs coins: frames of all coins would be many MB each second")
        if len(coins) > 1 and (request.price_low is not None or request.price_high is not None):
            raise QuestionError("price_low and price_high are of one coin; subscribe each of several apart")
        views = [self._view(request, coin) for coin in dict.fromkeys(coins)]
        self._hub.check_room(self._client, views)
        for view in views:
            self._hub.look(self._client, view)

    def _unsubscribe(self, request: UnsubscribeMessage) -> None:
        channel, coins = request.channel, request.coins
        if channel == "frames":
            gone = [view.key for view in self._views() if coins is None or view.coin in coins]
            self._hub.look_away(self._client, gone)
            return
        if channel == "marks":
            before = self._marks()
            held = None if before is None else before.coins
            if coins is None or before is None:
                self._hub.look_away(self._client, [MARKS_KEY])
                return
            if held is None:
                raise QuestionError(_all_of("marks"))
            left = tuple(coin for coin in held if coin not in coins)
            if left:
                self._hub.look(self._client, replace(before, coins=left))
            else:
                self._hub.look_away(self._client, [MARKS_KEY])
            return
        if coins is not None and self._client.topics.of(channel) is None:
            raise QuestionError(_all_of(channel))
        self._client.topics.remove(channel, coins)

    def heard(self) -> SubscribedMessage:
        """What the connection hears now."""
        client, found = self._client, []
        frames = sorted(view.coin for view in self._views())
        if frames:
            found.append(ChannelCoins("frames", frames))
        marks = self._marks()
        if marks is not None:
            found.append(ChannelCoins("marks", None if marks.coins is None else list(marks.coins)))
        for topic in client.topics.names:
            coins = client.topics.of(topic)
            found.append(ChannelCoins(topic, None if coins is None else sorted(coins)))
        notes = self._notes()
        return SubscribedMessage(found, [notes[each] for each in client.topics.names if each in notes])

    def _notes(self) -> dict[Topic, str]:
        """Why a topic stays silent on this map."""
        topics = self._hub.topics
        silent = {
            "clusters": None if topics.has_study else NOT_STUDIED,
            "liquidations": None if topics.has_liquidations else f"liquidations: {NONE_KEPT}",
            "triggers": None if topics.has_triggers else NOT_MOVING,
            "alerts": None if topics.has_alerts else NOT_ALERTED,
        }
        return {topic: note for topic in TOPICS if (note := silent[topic]) is not None}

    def _view(self, request: LookMessage | SubscribeMessage, coin: str) -> StreamView:
        return stream_view(
            coin,
            level=request.level,
            price_low=request.price_low,
            price_high=request.price_high,
            side=request.side,
            every_ms=request.every_ms,
            encoding=self._encoding,
        )

    def _views(self) -> list[StreamView]:
        looks = (place.feed.view for place in self._client.places.values() if place.feed is not None)
        return [view for view in looks if isinstance(view, StreamView)]

    def _marks(self) -> MarksView | None:
        place = self._client.places.get(MARKS_KEY)
        view = None if place is None or place.feed is None else place.feed.view
        return view if isinstance(view, MarksView) else None

    async def _check_coins(self, coins: Sequence[str]) -> None:
        await beside(self._hub.questions, self._hub.check_coins, coins)


def _all_of(channel: str) -> str:
    return f"{channel} is heard of all coins; unsubscribe it, then subscribe the coins you want"

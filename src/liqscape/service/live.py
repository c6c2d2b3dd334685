"""The newest frame, how it stands, and who wants to hear of the next one, of marks between frames and liquidations.

One thread publishes (the event loop of the server); any thread may read `now` and `standing`, each replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from liqscape.heatmap.moment import Moment
from liqscape.model.events import Event, MarksUpdated
from liqscape.model.liquidations import Liquidation
from liqscape.service.standing import MADE_HERE, STILL, Standing

Listener = Callable[[Moment], None]
MarkListener = Callable[[MarksUpdated], None]
LiquidationListener = Callable[[Sequence[Liquidation], Sequence[str]], None]


class LiveState:
    """Holds the newest moment; calls the listeners with each new one in order.

    standing  of the frames before anybody says otherwise (`stand`).
    """

    def __init__(self, *, sequence: int = 0, standing: Standing = MADE_HERE) -> None:
        self._standing = standing
        self._sequence = sequence
        self._now: Moment | None = None
        self._listeners: list[Listener] = []
        self._standing_listeners: list[Callable[[], None]] = []
        self._mark_listeners: list[MarkListener] = []
        self._liquidation_listeners: list[LiquidationListener] = []

    @classmethod
    def of_moment(cls, moment: Moment) -> LiveState:
        """One moment that will not move: for answers about a file."""
        state = cls(standing=STILL)
        state.publish(moment)
        return state

    @property
    def now(self) -> Moment | None:
        """The newest moment; None before the first."""
        return self._now

    @property
    def sequence(self) -> int:
        """Number of the newest frame."""
        return self._sequence

    def publish(self, moment: Moment, sequence: int | None = None) -> Moment:
        """Publish a moment as the newest: number it and call the listeners.

        sequence  the number it has where it was made, which is taken unless numbers would fall: of a replica's.
        """
        self._sequence = max(self._sequence + 1, sequence or 0)
        self._now = moment.numbered(self._sequence)
        for listener in tuple(self._listeners):
            listener(self._now)
        return self._now

    @property
    def standing(self) -> Standing:
        """How the newest frame stands."""
        return self._standing

    def stand(self, standing: Standing) -> None:
        """Set how the newest frame stands; listeners are called on a change."""
        if standing == self._standing:
            return
        self._standing = standing
        for listener in tuple(self._standing_listeners):
            listener()

    def listen_to_standing(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call a listener on each change of the standing; the function returned stops it."""
        self._standing_listeners.append(listener)
        return lambda: self._standing_listeners.remove(listener)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with each new frame; the function returned stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def observe(self, events: Iterable[Event]) -> None:
        """Tell of marks among new events, in the thread that has them."""
        if not self._mark_listeners:
            return
        for event in events:
            if isinstance(event, MarksUpdated):
                for listener in tuple(self._mark_listeners):
                    listener(event)

    def liquidated(self, events: Sequence[Liquidation], coins: Sequence[str]) -> None:
        """Tell of liquidations, given the coins of the markets they name, in the thread that has them."""
        for listener in tuple(self._liquidation_listeners):
            listener(events, coins)

    def listen_to_marks(self, listener: MarkListener) -> Callable[[], None]:
        """Call a listener with every new batch of marks, from any thread; the function returned stops it. It must not
        wait."""
        self._mark_listeners.append(listener)
        return lambda: self._mark_listeners.remove(listener)

    def listen_to_liquidations(self, listener: LiquidationListener) -> Callable[[], None]:
        """Call a listener with new liquidations, from any thread; the function returned stops it. It must not wait."""
        self._liquidation_listeners.append(listener)
        return lambda: self._liquidation_listeners.remove(listener)

"""Every question the map answers, in one place: the web routes and the command line both ask here.

Past questions go to the history reader, present ones to the newest frame. Questions raise NotFound for a coin,
address or time that is not in the map and QuestionError for a range that makes no sense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.frame import MarketFrame
from liqscape.risk.liquidation import HIGHEST_PRICE
from liqscape.service.answers.account import AccountAnswer, account_answer, empty_answer
from liqscape.service.answers.account_history import AccountHistoryAnswer, account_history_answer
from liqscape.service.answers.account_state import AccountStateAnswer, account_state_answer
from liqscape.service.answers.agreement import AgreementAnswer, agreement_answer
from liqscape.service.answers.asymmetry import AsymmetryAnswer, asymmetry_answer
from liqscape.service.answers.board import BoardAnswer
from liqscape.service.answers.candles import CandlesAnswer, candles_answer
from liqscape.service.answers.clusters import ClustersAnswer, clusters_answer
from liqscape.service.answers.coins import CoinsAnswer, coins_answer
from liqscape.service.answers.damage import DamageRow, damage_rows
from liqscape.service.answers.deliveries import DeliveryStanding
from liqscape.service.answers.frame import FrameAnswer, frame_answer
from liqscape.service.answers.heatmap import HeatmapAnswer, heatmap_answer
from liqscape.service.answers.joint import JointAnswer
from liqscape.service.answers.kinds import KindRow, kind_rows
from liqscape.service.answers.positions import PositionList, PositionsAnswer, find_positions
from liqscape.service.answers.scale import ScaleAnswer, scale_answer
from liqscape.service.answers.status import PreparingAnswer, StatusAnswer, status_answer
from liqscape.service.asked_address import checked_address
from liqscape.service.asked_time import utc_text
from liqscape.service.board import Categories, StoredBeside, make_board, no_categories
from liqscape.service.coin_betas import BetaMemory
from liqscape.service.intervals import IntervalQuestions
from liqscape.service.joint import JointQuestions, NamedMoves
from liqscape.service.joint_heat import JointHeat, most_columns
from liqscape.service.kept_risks import KeptRisks
from liqscape.service.kinds import Vaults, no_vaults
from liqscape.service.moments import AskedMoment, Moments
from liqscape.service.near_estimates import AskNear, NearEstimates, nobody_looks
from liqscape.service.paging import ALL, Lists, Page, WholeAnswer
from liqscape.service.price_bars import BarPath, read_bars
from liqscape.service.price_path import read_path
from liqscape.service.questions import (
    LOWEST_PRICE,
    MAX_HISTORY_COLUMNS,
    check_level,
    check_mode,
    check_picture,
    check_prices,
    check_range,
    check_side,
    check_width,
    checked_time,
    choose_positions,
    market_row,
)
from liqscape.service.raw_states import NO_STATES, wanted_states
from liqscape.service.scale import Scales
from liqscape.service.scoring.last_day import LastScoredDay
from liqscape.service.standing import STILL, Standing
from liqscape.service.studied import Studied
from liqscape.service.tracking import with_ages, with_study

if TYPE_CHECKING:
    from liqscape.heatmap.moment import Moment
    from liqscape.service.candles import CandleFeed, VenueCandles
    from liqscape.service.live import LiveState
    from liqscape.service.raw_states import StateArchive
    from liqscape.service.studied import StudyRowsReader
    from liqscape.service.studying.standing import StudyState
    from liqscape.store.books import BookReader
    from liqscape.store.history import HistoryReader
    from liqscape.store.history.series import CoinSeries
    from liqscape.units import Float64Array

MODES_WITH_SPOT = frozenset({"unified", "portfolio"})
"""Margin modes whose collateral stands in the spot state."""
PRICE_MARGIN = 1.25
"""The default window reaches 25 % beyond the marks on either side."""

MarginLeft = Callable[[str], float | None]
"""USD an address holds as isolated margin without a position, by its newest states."""


AskLag = Callable[[], float | None]
"""Milliseconds by which what is shown is behind the collector it is followed from."""


def no_lag() -> float | None:
    """For maps that are no replicas."""
    return None


def no_margin_left(_: str) -> float | None:
    """For maps that follow no states."""
    return None


class MapView:
    """The map as questions.

    reader  stored history, or None (a map of one frame).
    live    newest frame held in memory, or None (history only).
    candles another venue's candles, or None.
    vaults  addresses known to be vaults, asked with every answer.
    books   stored order books, for simulations; None where none are kept.
    feed    candles of the exchange the map is fed by, or None.
    study   newest studied minute held in memory, or None.
    studies stored rows of a study, or None.
    categories  what markets follow, by coin, as far as the exchange said so.
    raw_states  where states as received are found.
    near    what is known of accounts that are not in the map.
    lag     ms by which a replica is behind its collector; None: this is no replica, or it is not known.
    """

    def __init__(
        self,
        reader: HistoryReader | None,
        live: LiveState | None = None,
        candles: VenueCandles | None = None,
        vaults: Vaults = no_vaults,
        books: BookReader | None = None,
        feed: CandleFeed | None = None,
        margin_left: MarginLeft = no_margin_left,
        study: StudyState | None = None,
        studies: StudyRowsReader | None = None,
        categories: Categories = no_categories,
        raw_states: StateArchive = NO_STATES,
        near: AskNear = nobody_looks,
        lag: AskLag = no_lag,
    ) -> None:
        self.near = near
        self.ask_deliveries: Callable[[], DeliveryStanding | None] = lambda: None
        """How the outbox of alerts stands, for the status; nothing where none are delivered."""
        self.ask_preparing: Callable[[], PreparingAnswer | None] = lambda: None
        """What is being made beside this map, which is a sample until then."""
        self._lag = lag
        self._categories = categories
        self._beside = StoredBeside(reader)
        self.studied = Studied(study, studies)
        self._margin_left = margin_left
        self._raw_states = raw_states
        self._feed = feed
        self.books = books
        self._reader = reader
        self._live = live
        self._candles = candles
        self._vaults = vaults
        self._moments = Moments(reader, live, vaults)
        betas = BetaMemory(candles, reader)
        self._joint, self._joint_heat = JointQuestions(betas), JointHeat(betas)
        self._intervals = IntervalQuestions(self._joint, near, self._moments)
        self._scored = LastScoredDay(None if reader is None else reader.folder)
        self._lists = Lists()
        self.risks = KeptRisks()
        """Risks of deleveraging that were worked out so far."""
        self._scales = Scales()

    @property
    def live(self) -> LiveState | None:
        """Where new frames are announced."""
        return self._live

    @property
    def sequence(self) -> int:
        """Number of the newest frame: of the live ones, or the count of stored ones."""
        if self._live is not None and self._live.now is not None:
            return self._live.sequence
        if self._reader is None:
            return 0
        return self._reader.frame_count

    @property
    def stored_ms(self) -> int | None:
        """Time of the newest stored frame."""
        return None if self._reader is None else self._reader.last_ms

    @property
    def known_beside(self) -> tuple[frozenset[str], Mapping[str, str], NearEstimates | None]:
        """What is known beside frames: vaults, what markets follow by coin, accounts that wait to be read."""
        return self._vaults(), self._categories(), self.near()

    def moment(self, at_ms: int | None = None) -> AskedMoment:
        """The frame at or before a time with its accounts, the newest without one. Raises NotFound."""
        return self._moments.at(checked_time(at_ms))

    def let_go_of_stored(self) -> None:
        """Of moments read from disk none stays in memory: the newest is a live one from now on."""
        self._moments.let_go()

    @property
    def price_sources(self) -> tuple[VenueCandles | None, HistoryReader | None]:
        """Another venue's candles, and stored marks."""
        return self._candles, self._reader

    def joint_levels(self, moment: AskedMoment) -> Float64Array:
        """(P,) where each position is liquidated with all coins moving with BTC; NotFound where its mark is unknown."""
        return self._joint.levels(moment).price

    def with_candles(self, candles: VenueCandles | None) -> MapView:
        """The same map with another venue's candles."""
        other = copy(self)
        other._candles = candles
        return other

    @property
    def candle_feed(self) -> CandleFeed | None:
        """Candles of the exchange the map is fed by."""
        return self._feed

    @property
    def has_frame(self) -> bool:
        """True where there is a frame to ask about, live or stored."""
        is_live = self._live is not None and self._live.now is not None
        return is_live or (self._reader is not None and self._reader.last_ms is not None)

    @property
    def standing(self) -> Standing:
        """How the newest frame stands."""
        return STILL if self._live is None else self._live.standing

    def status(self) -> StatusAnswer:
        """The map as a whole."""
        return self._status(self._moments.at(None).reported, self.sequence)

    def status_of(self, now: Moment) -> StatusAnswer:
        """Status with the figures of one live frame."""
        return self._status(now.frame, now.sequence)

    def newest(self, coin: str | None) -> tuple[MarketFrame, int, StatusAnswer]:
        """The newest frame, its number and the status with its figures. Raises NotFound where it has no such coin."""
        moment = self._moments.at(None)
        sequence = moment.sequence if moment.sequence is not None else self.sequence
        if coin is not None:
            market_row(moment.frame.snapshot.markets, coin)
        return moment.frame, sequence, self._status(moment.frame, sequence)

    def check_coin(self, coin: str) -> None:
        """Raises NotFound, with a hint, for a coin that is not in the map."""
        market_row(self._moments.at(None).frame.snapshot.markets, coin)

    def coin_names(self) -> tuple[str, ...]:
        """Coins of the newest frame."""
        return self._moments.at(None).frame.snapshot.markets.coins

    def coins(self, page: Page = ALL) -> CoinsAnswer:
        """All coins now, largest first."""
        moment = self._moments.at(None)

        def make() -> WholeAnswer[CoinsAnswer]:
            answer = coins_answer(moment.reported, () if self._candles is None else self._candles.coins)
            return WholeAnswer(answer, len(answer.coins))

        whole, rows = self._lists.cut("coins", page, moment.frame_id, make)
        return whole.answer.page(rows)

    def frame(
        self,
        coin: str,
        at_ms: int | None = None,
        level: int = 0,
        mode: str = "solo",
        page: Page = ALL,
        *,
        interval: bool = False,
    ) -> FrameAnswer:
        """Every band of a coin at one instant; mode "joint": at the levels of all coins moving with BTC; interval: with
        what each band holds at least and at most."""
        check_level(level)
        check_mode(mode)
        if interval and mode == "joint":
            raise QuestionError("interval asks of solo bands: it holds the joint levels already")
        moment = self._moments.at(checked_time(at_ms))
        sequence = self.sequence if moment.sequence is None else moment.sequence
        row = market_row(moment.reported.snapshot.markets, coin)

        def make() -> WholeAnswer[FrameAnswer]:
            if mode == "joint":
                note = self._joint.note(moment, row, level)
                answer = frame_answer(self._joint.frame(moment), row, level, sequence, note)
            else:
                answer = frame_answer(moment.frame, row, level, sequence, vaults=moment.vault_bands(row))
            if interval:
                answer = answer.with_intervals(self._intervals.of_bands(moment, row, level))
            return WholeAnswer(answer, len(answer.bands.band))

        whole, rows = self._lists.cut(("frame", coin, at_ms, level, mode, interval), page, moment.frame_id, make)
        return whole.answer.page(rows)

    def clusters(
        self,
        coin: str,
        at_ms: int | None = None,
        mode: str = "solo",
        page: Page = ALL,
        *,
        held_for_ms: int | None = None,
        has_holders: bool = True,
    ) -> ClustersAnswer:
        """Where levels of a coin stand close together, solo or joint, and since when; held_for_ms: only those that
        have been held for so long. Without holders nobody is solved: largest account and max pain are unknown."""
        check_mode(mode)
        if held_for_ms is not None and mode == "joint":
            raise QuestionError("held_for asks of solo levels: joint clusters have no age")
        moment = self._moments.at(checked_time(at_ms))
        row = market_row(moment.reported.snapshot.markets, coin)

        def make() -> WholeAnswer[ClustersAnswer]:
            if mode == "joint":
                answer = clusters_answer(self._joint.frame(moment), row, self._joint.note(moment, row, None))
            else:
                answer = clusters_answer(
                    moment.frame,
                    row,
                    vaults=moment.vault_bands(row),
                    levels=moment.levels(row) if has_holders else None,
                )
            answer = with_study(answer, self.studied, at_ms, held_for_ms)
            return WholeAnswer(answer, len(answer.clusters))

        whole, rows = self._lists.cut(
            ("clusters", coin, at_ms, mode, held_for_ms, has_holders), page, moment.frame_id, make
        )
        return self.risks.with_clusters(whole.answer.page(rows))

    def joint(self, btc_percent: float, at_ms: int | None = None, betas: NamedMoves | None = None) -> JointAnswer:
        """What is liquidated if BTC moves and every coin follows by its beta."""
        return self._joint.along_btc(self._moments.at(checked_time(at_ms)), btc_percent, betas)

    def shock(self, moves: NamedMoves, at_ms: int | None = None) -> JointAnswer:
        """What is liquidated on the way to a vector of moves."""
        return self._joint.along_shock(self._moments.at(checked_time(at_ms)), moves)

    def asymmetry(self, coin: str, at_ms: int | None = None) -> AsymmetryAnswer:
        """Long levels below the mark against short levels above."""
        frame = self._moments.at(checked_time(at_ms)).frame
        return asymmetry_answer(frame, market_row(frame.snapshot.markets, coin))

    def positions(
        self,
        coin: str,
        *,
        band: int | None = None,
        level: int = 0,
        price_low: float | None = None,
        price_high: float | None = None,
        at_ms: int | None = None,
        side: int | None = None,
        within_percent: float | None = None,
        page: Page = ALL,
        interval: bool = False,
    ) -> PositionsAnswer:
        """Positions behind a band (`band`, `level`), in a span of prices, or with a level at most `within_percent` from
        the mark, as the frame of that time counted them, largest first; interval: with what stands there at least and
        at most. Raises FrameGone."""
        choice = choose_positions(band, level, price_low, price_high, within_percent)
        check_side(side)
        moment = self._moments.at(checked_time(at_ms))
        row = market_row(moment.reported.snapshot.markets, coin)

        def find() -> PositionList:
            reported, accounts, tables = moment.reported, moment.accounts, moment.tables
            return find_positions(
                reported, accounts, tables, market_index=row, choice=choice, side=side, vault_rows=moment.vault_rows
            )

        found, rows = self._lists.cut(("positions", coin, choice, side, at_ms), page, moment.frame_id, find)
        answer = with_ages(found.answer(rows), self.studied, at_ms, side)
        if interval and answer.price_low is not None and answer.price_high is not None:
            spanned = self._intervals.of_span(moment, row, answer.price_low, answer.price_high)
            answer = msgspec.structs.replace(answer, interval=spanned)
        return answer

    def levels(
        self, coin: str, at_ms: int | None = None, within_percent: float | None = None, page: Page = ALL
    ) -> PositionsAnswer:
        """Every position of a coin that has a level on the map, or one at most `within_percent` from the mark."""
        if within_percent is not None:
            return self.positions(coin, at_ms=at_ms, within_percent=within_percent, page=page)
        return self.positions(coin, at_ms=at_ms, price_low=LOWEST_PRICE, price_high=HIGHEST_PRICE, page=page)

    def account(self, address: str, at_ms: int | None = None, page: Page = ALL) -> AccountAnswer:
        """All pools and positions of an address; a page holds so many pools."""
        wanted = checked_address(address)
        moment = self._moments.at(checked_time(at_ms))

        def make() -> WholeAnswer[AccountAnswer]:
            answer = self._account(wanted, moment, is_now=at_ms is None)
            return WholeAnswer(answer, len(answer.pools))

        whole, rows = self._lists.cut(("account", wanted, at_ms), page, moment.frame_id, make)
        return whole.answer.page(rows)

    def _account(self, wanted: str, moment: AskedMoment, *, is_now: bool) -> AccountAnswer:
        # Only the present is known: history holds pools and positions.
        left = self._margin_left(wanted) if is_now else None
        try:
            row = moment.accounts.addresses.index(wanted)
        except ValueError:
            if left is not None:
                return empty_answer(moment.reported, wanted, left)
            raise NotFound(f"address {wanted} is not in this map at {utc_text(moment.reported.time_ms)}") from None
        is_vault = wanted in self._vaults()
        return account_answer(
            moment.reported, moment.accounts, moment.tables, row, is_vault=is_vault, isolated_margin_left=left
        )

    def account_history(
        self, address: str, coin: str, start_ms: int | None = None, end_ms: int | None = None, width: int = 800
    ) -> AccountHistoryAnswer:
        """What an address held of a coin through stored time, and its liquidation price, in at most width columns."""
        wanted = checked_address(address)
        check_width(width, MAX_HISTORY_COLUMNS)
        reader = self._history()
        market_row(reader.markets, coin)
        start, end = self._range(reader, start_ms, end_ms)
        window = reader.account_window(wanted, coin, start, end, width)
        if np.isnan(window.size).all() and wanted not in self._moments.at(None).accounts.addresses:
            raise NotFound(f"address {wanted} is not in this map between {utc_text(start)} and {utc_text(end)}")
        return account_history_answer(window, reader.provenance, wanted)

    def account_state(self, address: str, at_ms: int | None = None) -> AccountStateAnswer:
        """The state of an address as it was received up to a time, where its bytes are kept, and what is stored."""
        wanted = checked_address(address)
        moment = self._moments.at(checked_time(at_ms))
        account = self._account(wanted, moment, is_now=at_ms is None)
        coins = [position.coin for pool in account.pools for position in pool.positions]
        modes = {pool.margin_mode for pool in account.pools}
        states = wanted_states(coins, has_spot=not modes.isdisjoint(MODES_WITH_SPOT))
        observed_ms = max((pool.observed_ms for pool in account.pools), default=None)
        found = self._raw_states.find(wanted, states, at_ms, observed_ms)
        return account_state_answer(account, moment.reported.provenance, found)

    def agreement(self, coin: str | None = None, at_ms: int | None = None) -> AgreementAnswer:
        """How far our liquidation prices are from the published ones, of one coin or all."""
        moment = self._moments.at(checked_time(at_ms))
        row = None if coin is None else market_row(moment.reported.snapshot.markets, coin)
        return agreement_answer(moment.reported, moment.accounts, moment.tables, row)

    def kinds(self, at_ms: int | None = None) -> list[KindRow]:
        """Everybody by kind: traders, vaults, exempt accounts, and those without a level within reach."""
        moment = self._moments.at(checked_time(at_ms))
        return kind_rows(moment.accounts, moment.vault_rows, moment.frame.snapshot, moment.tables)

    def heatmap(
        self,
        coin: str,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        width: int = 800,
        height: int = 400,
        price_low: float | None = None,
        price_high: float | None = None,
        value: str = "mark",
        mode: str = "solo",
        lone: bool = False,
    ) -> HeatmapAnswer:
        """A window of history, time by price, at most width columns by height rows; mode "joint": each column at the
        joint levels of its frame, with the betas known then, and fewer columns where they take too much work; lone:
        with the cells above the coin's scale that are one account's, at solo levels."""
        check_picture(width, height, value)
        check_mode(mode)
        reader = self._history()
        market_row(reader.markets, coin)
        start, end = self._range(reader, start_ms, end_ms)
        check_prices(("price_low", price_low), ("price_high", price_high))
        low, high = price_low, price_high
        if low is None or high is None:
            shown = self._mark_range(reader, coin, start, end)
            low = shown[0] if low is None else low
            high = shown[1] if high is None else high
        if not low < high:
            raise QuestionError(f"price_low {low} is not below price_high {high}")
        if mode == "joint":
            held = int(self._moments.at(None).reported.position_count.sum())
            width = min(width, most_columns(held))
        hot = self._scales.of(reader, coin).scale.high if lone and mode == "solo" else None
        window = reader.window(
            coin,
            start,
            end,
            width=width,
            height=height,
            price_low=low,
            price_high=high,
            value=value,
            with_largest=hot is not None,
        )
        origins: tuple[str, ...] | None = None
        if mode == "joint":
            drawn = self._joint_heat.draw(reader, window, value)
            window, origins = drawn.window, drawn.origins
        damaged = [row for row in reader.damaged if row.concerns(coin, start, end)]
        return heatmap_answer(window, reader.provenance, value, damage_rows(damaged), origins, hot)

    def series(self, coin: str, start_ms: int | None = None, end_ms: int | None = None, width: int = 800) -> CoinSeries:
        """A coin through time in the columns of its heatmap, at most `width` of them."""
        check_picture(width, 1, "mark")
        reader = self._history()
        market_row(reader.markets, coin)
        return reader.series(coin, *self._range(reader, start_ms, end_ms), width)

    def board(self, page: Page = ALL) -> BoardAnswer:
        """All coins side by side, by open interest in USD, largest first."""
        moment = self._moments.at(None)

        def make() -> WholeAnswer[BoardAnswer]:
            answer = make_board(moment.frame, self._beside, self.studied, self._categories())
            return WholeAnswer(answer, len(answer.rows))

        whole, rows = self._lists.cut("board", page, moment.frame_id, make)
        return self.risks.with_board(whole.answer.page(rows))

    def scale(self, coin: str) -> ScaleAnswer:
        """How hot hot is on the map of a coin, in USD per 0.1 % of price, as of the last full hour."""
        reader = self._history()
        moment = self._moments.at(None)
        row = market_row(moment.reported.snapshot.markets, coin)
        return scale_answer(self._scales.of(reader, coin), reader.provenance, moment.frame, row)

    def candles(self, coin: str, start_ms: int | None = None, end_ms: int | None = None) -> CandlesAnswer:
        """The price path of a coin; where the exchange has candles, from before the map began."""
        reader = self._history()
        market_row(reader.markets, coin)
        self._range(reader, start_ms, end_ms)
        as_of_ms = self._moments.at(None).reported.time_ms
        source, rows = read_path(reader, self._candles, self._feed, coin, start_ms, end_ms)
        return candles_answer(reader.provenance, as_of_ms, coin, source, rows)

    def bars(self, coin: str, start_ms: int, at_ms: int) -> BarPath | None:
        """Bars of a coin's price that start in [start, at], with volume where it is known; None without any price."""
        return read_bars(self._reader, self._candles, self._feed, coin, start_ms, at_ms)

    def _status(self, frame: MarketFrame, sequence: int) -> StatusAnswer:
        first = last = frame.time_ms
        frame_count, hold_ms = 1, 0
        damaged: list[DamageRow] = []
        if self._reader is not None:
            stored_first, stored_last = self._reader.first_ms, self._reader.last_ms
            frame_count, hold_ms = self._reader.frame_count, self._reader.hold_ms
            damaged = damage_rows(self._reader.damaged)
            if stored_first is not None and stored_last is not None:
                first, last = stored_first, stored_last
        return status_answer(
            frame,
            first_ms=first,
            last_ms=last,
            frame_count=frame_count,
            sequence=sequence,
            hold_ms=hold_ms,
            standing=self.standing,
            damaged=damaged,
            last_scored_day=self._scored.day,
            alerts=self.ask_deliveries(),
            replica_lag_ms=self._lag(),
            preparing=self.ask_preparing(),
        )

    def _history(self) -> HistoryReader:
        if self._reader is None or self._reader.first_ms is None:
            raise NotFound("this map has no stored history yet")
        return self._reader

    def _range(self, reader: HistoryReader, start_ms: int | None, end_ms: int | None) -> tuple[int, int]:
        """[start, end) in ms; the whole stored time by default."""
        first, last = reader.first_ms, reader.last_ms
        assert first is not None
        assert last is not None
        start = first if start_ms is None else start_ms
        end = last + 1 if end_ms is None else end_ms
        check_range(start, end)
        return start, end

    def _mark_range(self, reader: HistoryReader, coin: str, start: int, end: int) -> tuple[float, float]:
        _, marks = reader.mark_path(coin, start, end)
        marks = marks[marks > 0.0]
        if not len(marks):
            raise NotFound(f"no mark of {coin} is known in {start}..{end}: give price_low and price_high")
        return float(marks.min()) / PRICE_MARGIN, float(marks.max()) * PRICE_MARGIN

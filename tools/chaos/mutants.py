"""Guards of the product, each with how it is broken on purpose and who must notice.

A row names the text that stands exactly once in its file, what is put there instead, and who catches it: tests by
their pytest id, kinds of faults as `chaos: <name>`. `python tools/mutants.py` tries them all.
"""

from __future__ import annotations

from dataclasses import dataclass

CHAOS = "chaos: "


@dataclass(frozen=True)
class Mutant:
    """name: what the broken guard lets through. path: below the project's folder. caught_by: one is enough."""

    name: str
    path: str
    old: str
    new: str
    caught_by: tuple[str, ...]


MUTANTS = (
    Mutant(
        "marks may be silent for an hour",
        "src/liqscape/service/collecting/streams.py",
        "MARKS_NS = 10_000_000_000",
        "MARKS_NS = 3_600_000_000_000",
        (CHAOS + "socket: connected and silent",),
    ),
    Mutant(
        "a lost connection is no gap",
        "src/liqscape/sources/live/assembler.py",
        "return [self._gap(rows, from_ms, lost.reason)]",
        "return []",
        (CHAOS + "socket: connections refused", CHAOS + "socket: connections reset"),
    ),
    Mutant(
        "a message that cannot be read is no gap",
        "src/liqscape/sources/live/assembler.py",
        'return [*self._gathered_prints(), self._gap(None, self.clock.stamp_ms, "a message could not be read")]',
        "return []",
        (CHAOS + "socket: messages cut", CHAOS + "socket: fields missing"),
    ),
    Mutant(
        "any stamp moves the clock",
        "src/liqscape/sources/live/clock.py",
        "if received_ns - self._doubted_ns < BELIEVED_AFTER_NS:",
        "if False:",
        (CHAOS + "socket: prints stamped tomorrow", "tests/sources/live/test_clock.py"),
    ),
    Mutant(
        "a mark of zero is taken",
        "src/liqscape/sources/live/markets.py",
        "        prices[~((prices > 0.0) & (prices < np.inf))] = np.nan  # nobody quotes it\n",
        "",
        (CHAOS + "figures: a mark of zero, below, no number", "tests/sources/live/test_plausibility.py"),
    ),
    Mutant(
        "a mark may leap anywhere",
        "src/liqscape/sources/live/plausibility.py",
        "LEAP = 0.25",
        "LEAP = 250.0",
        (
            CHAOS + "figures: mark and oracle far off",
            "tests/sources/live/test_plausibility.py",
        ),
    ),
    Mutant(
        "a mark may be as far off its oracle as it likes",
        "src/liqscape/sources/live/plausibility.py",
        "OFF_ORACLE = 1.3862943611198906",
        "OFF_ORACLE = 99.0",
        ("tests/sources/live/test_plausibility.py",),
    ),
    Mutant(
        "a market may be told the figures of another",
        "src/liqscape/sources/live/plausibility.py",
        "    if is_swappable and np.count_nonzero(moved[MARK] > SAME) > 1:",
        "    if False:",
        ("tests/sources/live/test_plausibility.py",),
    ),
    Mutant(
        "what is told for long enough becomes plausible",
        "src/liqscape/sources/live/plausibility.py",
        "        elapsed_s[self.doubt[rows] != 0] = 0.0  # once in doubt, waiting makes nothing more plausible\n",
        "",
        ("tests/sources/live/test_plausibility.py",),
    ),
    Mutant(
        "a reading is believed without its market's name",
        "src/liqscape/sources/live/plausibility.py",
        "return bool(self._count[row] >= AGREEING and self._is_named[row])",
        "return bool(self._count[row] >= AGREEING)",
        ("tests/sources/live/test_plausibility.py",),
    ),
    Mutant(
        "a crash is never believed",
        "src/liqscape/sources/live/plausibility.py",
        "AGREEING = 3",
        "AGREEING = 1_000_000",
        ("tests/sources/live/test_plausibility.py",),
    ),
    Mutant(
        "a mark once believed is kept for good",
        "src/liqscape/sources/live/markets.py",
        "            figures[:, is_expired] = np.nan",
        "            pass",
        (
            "tests/sources/live/test_plausibility.py",
            "tests/service/collecting/test_doubtful_markets.py",
        ),
    ),
    Mutant(
        "more may be held than is open",
        "src/liqscape/model/doubt.py",
        "MAX_COVERAGE = 1.05",
        "MAX_COVERAGE = 1e9",
        (
            CHAOS + "figures: open interest of a tenth",
            "tests/sources/live/test_plausibility.py",
        ),
    ),
    Mutant(
        "a frame does not say what its coverage tells",
        "src/liqscape/service/collecting/core.py",
        "        return replace(frame, snapshot=replace(snapshot, doubt=doubt))",
        "        return frame",
        ("tests/service/collecting/test_doubtful_markets.py",),
    ),
    Mutant(
        "who holds more than is open is not read again",
        "src/liqscape/sources/live/assembler.py",
        "*self._renewed_gaps(), *self._exceeded_gaps()]",
        "*self._renewed_gaps()]",
        ("tests/service/collecting/test_doubtful_markets.py",),
    ),
    Mutant(
        "markets in doubt are not asked about by name",
        "src/liqscape/service/collecting/listing.py",
        "due = {dex: due.get(dex, (passed, 3.0 * DOUBT_SECONDS)) for dex in wanted()}",
        "due = {}",
        (
            "tests/service/collecting/test_doubtful_markets.py",
            CHAOS + "exchange: coins in another order",
        ),
    ),
    Mutant(
        "a listing told otherwise holds at once",
        "src/liqscape/sources/live/listing_watch.py",
        "        if coins and not (proposed",
        "        if False and not (proposed",
        ("tests/sources/live/test_plausibility.py",),
    ),
    Mutant(
        "a map of doubts is live",
        "src/liqscape/service/collecting/streams.py",
        '"stale" if is_silent or is_most else "connected"',
        '"stale" if is_silent else "connected"',
        ("tests/service/collecting/test_doubtful_markets.py",),
    ),
    Mutant(
        "a state may value a coin at any mark",
        "src/liqscape/sources/live/assembler.py",
        "            in_doubt += off_their_marks(built.accounts, *self.markets.sure_marks(self._received_ns))\n",
        "",
        ("tests/sources/live/test_state_marks.py", CHAOS + "info: a digit wrong"),
    ),
    Mutant(
        "a stored minute keeps marks that were in doubt",
        "src/liqscape/store/history/frames.py",
        "_joined([sure_marks(frame.snapshot.mark, frame.snapshot.doubt) for frame in frames])",
        "_joined([frame.snapshot.mark for frame in frames])",
        ("tests/reliability/test_impossible_figures.py",),
    ),
    Mutant(
        "an answer of HTML is an answer",
        "src/liqscape/feed/info_client.py",
        "            check_answer(content, question.kind, question.url)",
        "            pass",
        ("tests/feed/test_info_client.py",),
    ),
    Mutant(
        "a state that does not add up is used",
        "src/liqscape/wire/info/read_state.py",
        "            found.is_cross_unknown = True\n    if not found.errors",
        "            pass\n    if not found.errors",
        ("tests/wire/test_one_broken_field.py", "tests/wire/test_readers_refuse.py"),
    ),
    Mutant(
        "what is opened after a gap is taken as seen from its beginning",
        "src/liqscape/ledger/holdings.py",
        "        missed_ms[is_meant] = np.maximum(missed_ms[is_meant], event.time_ms)\n",
        "",
        ("tests/ledger/test_doubt.py",),
    ),
    Mutant(
        "who is read in a gap stays sure for an hour",
        "src/liqscape/sources/live/assembler.py",
        "RENEWED_NS = 10_000_000_000",
        "RENEWED_NS = 3_600_000_000_000",
        (CHAOS + "socket: subscriptions refused", CHAOS + "socket: prints stop, marks go on"),
    ),
    Mutant(
        "a reader may be silent for ever",
        "src/liqscape/web/connections.py",
        "self._timer = self.loop.call_later(seconds, self._end_wait)",
        "pass",
        ("tests/web/test_connections.py::test_connection_that_does_not_go_on_ends[silent]",),
    ),
    Mutant(
        "a body may take for ever",
        "src/liqscape/web/connections.py",
        "self.wait_for_bytes(self._limits.body_seconds)",
        "self.wait_for_bytes(None)",
        ("tests/web/test_connections.py::test_connection_that_does_not_go_on_ends[no body]",),
    ),
    Mutant(
        "bytes after an answer prolong silence",
        "src/liqscape/web/connections.py",
        "or self.transport.is_closing()):\n            self.wait_for_bytes(self._limits.idle_seconds)",
        "or self.transport.is_closing()):\n            pass",
        ("tests/web/test_connections.py::test_bytes_after_an_answer_prolong_no_silence[an empty line]",),
    ),
    Mutant(
        "silent connections keep their places in a full house",
        "src/liqscape/web/connections.py",
        "if connected <= self.places:",
        "if True:",
        ("tests/web/test_connections.py::test_a_full_house_ends_the_silent_and_serves_the_honest",),
    ),
    Mutant(
        "a reader need not take its answer",
        "src/liqscape/web/connections.py",
        "self._timer = loop.call_later(self._seconds, transport.abort)",
        "pass",
        ("tests/web/test_connections.py::test_reader_that_takes_nothing_of_its_answers_is_left",),
    ),
    Mutant(
        "a message of 16 MB is read",
        "src/liqscape/web/connections.py",
        "ws_max_size=limits.message_bytes,",
        "ws_max_size=2**25,",
        ("tests/web/test_connections.py::test_message_over_the_bound_is_refused_by_its_head",),
    ),
    Mutant(
        "a head without an end is read on",
        "src/liqscape/web/connections.py",
        "if self._head_bytes > self._limits.head_bytes:",
        "if False:",
        ("tests/web/test_connections.py::test_head_over_the_bound_is_refused[without an end]",),
    ),
    Mutant(
        "any scheme is an origin",
        "src/liqscape/web/guard.py",
        'is_web = bool(separator) and scheme in ("http", "https")',
        "is_web = True",
        ("tests/web/test_odd_headers.py::test_origin_is_compared_whole",),
    ),
    Mutant(
        "two Host headers are one",
        "src/liqscape/web/guard.py",
        "if len(hosts) > 1:",
        "if False:",
        ("tests/web/test_odd_headers.py::test_two_hosts_are_refused",),
    ),
    Mutant(
        "a failure repeats the store's own words",
        "src/liqscape/web/problems.py",
        'return problem_response(500, "internal", FAILED)',
        'return problem_response(500, "internal", str(error))',
        ("tests/web/test_problems.py",),
    ),
    Mutant(
        "gzip;q=0 gets gzip",
        "src/liqscape/web/codings.py",
        "if gzip > 0.0 and (identity",
        "if (identity",
        ("tests/web/test_codings.py",),
    ),
    Mutant(
        "a token that everybody may write is taken",
        "src/liqscape/cli/serving.py",
        "if mode & stat.S_IWOTH:",
        "if False:",
        ("tests/cli/test_token.py",),
    ),
    Mutant(
        "an accept without a descriptor is a traceback",
        "src/liqscape/web/descriptors.py",
        "if isinstance(error, OSError) and error.errno in OUT_OF_DESCRIPTORS:",
        "if False:",
        ("tests/web/test_descriptors.py",),
    ),
    Mutant(
        "silence that ends by itself is no gap",
        "src/liqscape/sources/live/assembler.py",
        "if not self._contexts_ns or silent_ns <= SILENT_NS or is_lost or SILENCE in self._open_gaps:",
        "if True:",
        (CHAOS + "socket: connected and silent", "tests/sources/live/test_missed_prints.py"),
    ),
    Mutant(
        "a refused subscription is no gap",
        "src/liqscape/feed/socket/session.py",
        ', *self._open_gap(refused, "refused by the server")]',
        "]",
        (CHAOS + "socket: subscriptions refused", "tests/feed/socket/test_session.py"),
    ),
    Mutant(
        "prints of an hour ago are passed over",
        "src/liqscape/sources/live/assembler.py",
        "if newest_ms < self.clock.stamp_ms - LONG_PAST_MS and is_settled and",
        "if False and",
        (CHAOS + "socket: prints stamped an hour ago", "tests/sources/live/test_missed_prints.py"),
    ),
    Mutant(
        "volume without prints concerns nobody",
        "src/liqscape/service/collecting/feeding.py",
        "            self._market.say(RecordKind.LOST, VOLUME, content)",
        "            pass",
        (CHAOS + "socket: a subscription forgotten",),
    ),
    Mutant(
        "costly questions have no bound",
        "src/liqscape/service/costly.py",
        "if self._asked and self.cells + cells > self._max_cells:",
        "if False:",
        ("tests/service/test_costly.py",),
    ),
    Mutant(
        "a costly question keeps its place for ever",
        "src/liqscape/service/costly.py",
        "                del self._asked[key]\n",
        "                pass\n",
        ("tests/service/test_costly.py",),
    ),
    Mutant(
        "equal questions are answered each for itself",
        "src/liqscape/service/costly.py",
        "asked = self._asked.get(key)",
        "asked, key = None, (key, object())",
        ("tests/service/test_costly.py",),
    ),
    Mutant(
        "one reader that leaves ends the answer for all",
        "src/liqscape/service/costly.py",
        "yield await asyncio.shield(asked.answer)",
        "yield await asked.answer",
        ("tests/service/test_costly.py",),
    ),
    Mutant(
        "what nobody waits for is begun all the same",
        "src/liqscape/service/costly.py",
        "                asked.answer.cancel()\n",
        "",
        ("tests/service/test_costly.py",),
    ),
    Mutant(
        "a reader that goes is not noticed",
        "src/liqscape/web/answering.py",
        "await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)",
        "await asyncio.wait((answering,))",
        ("tests/web/test_costly.py::test_waiting_readers_that_go_give_their_places_back",),
    ),
    Mutant(
        "pages of other origins ask what is costly",
        "src/liqscape/web/answering.py",
        "        refuse_other_sites(request)\n",
        "",
        ("tests/web/test_costly.py::test_pages_of_other_origins_are_refused_what_is_costly",),
    ),
    Mutant(
        "costly questions share the threads of cheap ones",
        "src/liqscape/web/answering.py",
        "CostlyQuestions(executors.heavy)",
        "CostlyQuestions(executors.questions)",
        ("tests/web/test_costly.py::test_frames_and_status_go_on_while_every_place_is_taken",),
    ),
    Mutant(
        "a place is given back before the answer is taken",
        "src/liqscape/web/answering.py",
        "                    await _send(content, media_type, request, send)\n",
        "                    pass\n                await _send(content, media_type, request, send)\n",
        ("tests/web/test_costly.py::test_an_answer_is_sent_in_pieces_and_holds_its_place_until_it_is_taken",),
    ),
    Mutant(
        "a window is drawn under the lock of the look at the folder",
        "src/liqscape/store/history/reader.py",
        "                return answer(state)\n",
        "                with self._lock:\n                    return answer(state)\n",
        ("tests/store/history/test_live_reader.py::test_look_at_the_folder_does_not_wait_for_an_answer_under_way",),
    ),
    Mutant(
        "the raw log is written in the pool that everybody shares",
        "src/liqscape/service/collecting/raw_keeper.py",
        "beside(self._executor, self._append, piece)",
        "beside(None, self._append, piece)",
        ("tests/reliability/test_live_kinds.py",),
    ),
)

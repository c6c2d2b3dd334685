"""What readers of the stream and of lists hold, and what is kept for them."""

from __future__ import annotations

from chaos.mutant import Mutant

VIEWS = "tests/service/streaming/test_views.py"
PAGING = "tests/service/test_paging.py"

MUTANTS = (
    Mutant(
        "changes are given to who missed the message before",
        "src/liqscape/service/streaming/client.py",
        "if since != self.sequence or len(self._queue) >= MAX_QUEUED:",
        "if len(self._queue) >= MAX_QUEUED:",
        ("tests/service/test_hub.py::test_missed_frame_is_made_good_by_a_snapshot",),
    ),
    Mutant(
        "a reader that does not keep up has a queue without end",
        "src/liqscape/service/streaming/client.py",
        "if since != self.sequence or len(self._queue) >= MAX_QUEUED:",
        "if since != self.sequence:",
        ("tests/service/test_hub.py::test_slow_client_gets_a_snapshot_instead_of_a_growing_queue",),
    ),
    Mutant(
        "a shared frame overtakes what waits",
        "src/liqscape/service/streaming/client.py",
        "if self._write is None or self._ready.is_set() or not self._write(packet.frame):",
        "if self._write is None or not self._write(packet.frame):",
        ("tests/service/streaming/test_client.py::test_what_waits_goes_first",),
    ),
    Mutant(
        "what follows no frame waits without end",
        "src/liqscape/service/streaming/client.py",
        "if len(self._said) < MAX_SAID:",
        "if True:",
        ("tests/service/streaming/test_client.py::test_messages_beyond_the_bound_are_counted_as_missed",),
    ),
    Mutant(
        "a connection looks at coins without end",
        "src/liqscape/service/hub.py",
        "if len(client.places.keys() | {view.key for view in views}) > MAX_PLACES:",
        "if False:",
        ("tests/web/test_channels.py::test_coins_of_a_connection_and_views_of_a_server_are_bounded",),
    ),
    Mutant(
        "a field that is not known is passed over",
        "src/liqscape/service/streaming/requests.py",
        'if name != "type" and name not in struct.__struct_fields__:',
        "if False:",
        ("tests/web/test_channels.py::test_what_is_not_understood_is_said_with_the_nearest_name",),
    ),
    Mutant(
        "a settled liquidation is not told again",
        "src/liqscape/service/streaming/liquidation_news.py",
        "known.get(_key(row)) != _settled(row)]",
        "_key(row) not in known]",
        ("tests/web/test_channels.py::test_liquidations_are_told_once_and_again_when_they_are_settled",),
    ),
    Mutant(
        "addresses that are made up become labels",
        "src/liqscape/service/door_metrics.py",
        "word = method if method in METHODS else OTHER_METHOD",
        "word = method",
        ("tests/web/test_door_metrics.py::test_made_up_addresses_and_methods_make_no_series",),
    ),
    Mutant(
        "rows that are gone are not told",
        "src/liqscape/service/answers/in_view.py",
        "both = np.union1d(before.key, after.key)",
        "both = after.key",
        ("tests/service/streaming/test_in_view.py",),
    ),
    Mutant(
        "the last frame of a slow view is never told",
        "src/liqscape/service/streaming/feeds.py",
        "return max(0.0, min(waits)) if waits else None",
        "return None",
        (f"{VIEWS}::test_messages_are_so_far_apart_and_the_last_frame_is_told_though_none_follows",),
    ),
    Mutant(
        "every reader has a message of its own",
        "src/liqscape/service/hub.py",
        "if feed.whole is None:",
        "if True:",
        (f"{VIEWS}::test_messages_are_made_once_however_many_readers",),
    ),
    Mutant(
        "what was told of the stored map goes on with the live one",
        "src/liqscape/service/streaming/feeds.py",
        "            if is_first:\n                feed.forget()",
        "            if is_first:\n                pass",
        (f"{VIEWS}::test_first_live_frame_starts_readers_of_the_stored_map_anew",),
    ),
    Mutant(
        "the next page is of another frame",
        "src/liqscape/service/paging.py",
        "            if wanted != frame:",
        "            if False:",
        (f"{PAGING}::test_a_frame_that_is_kept_no_more_is_said_to_be_gone",),
    ),
    Mutant(
        "a cursor goes on with another question",
        "src/liqscape/service/paging.py",
        "    if place.question != question:",
        "    if False:",
        (f"{PAGING}::test_a_cursor_of_another_question_and_a_limit_out_of_bounds_are_refused",),
    ),
    Mutant(
        "lists are kept without end",
        "src/liqscape/service/paging.py",
        "while self._bytes > self._max_bytes or len(self._kept) > MAX_KEPT:",
        "while len(self._kept) > MAX_KEPT:",
        (f"{PAGING}::test_kept_lists_are_bounded_together_and_the_oldest_go_first",),
    ),
    Mutant(
        "answers are kept without end",
        "src/liqscape/web/contents.py",
        "while self._slots and (held > self._max_bytes or len(self._slots) > MAX_KEPT):",
        "while len(self._slots) > MAX_KEPT:",
        ("tests/web/test_contents.py::test_kept_answers_are_bounded_and_failures_are_not_kept",),
    ),
    Mutant(
        "both codings have one tag",
        "src/liqscape/web/contents.py",
        """{"ETag": f'{self.tag[:-1]}-{GZIP}"', "Vary": VARY, "Content-Encoding": GZIP}""",
        """{"ETag": self.tag, "Vary": VARY, "Content-Encoding": GZIP}""",
        ("tests/web/test_contents.py::test_an_answer_is_the_same_in_both_codings_under_two_tags",),
    ),
)

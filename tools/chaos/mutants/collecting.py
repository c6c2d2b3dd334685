"""The live map at work: streams and their silence, listings, accounts, request weight, the start."""

from __future__ import annotations

from chaos.mutant import CHAOS, Mutant

MUTANTS = (
    Mutant(
        "marks may be silent for an hour",
        "src/liqscape/service/collecting/streams.py",
        "MARKS_NS = 10_000_000_000",
        "MARKS_NS = 3_600_000_000_000",
        ("tests/service/collecting/test_streams.py::test_marks_that_stop_are_stale_whatever_else_comes",),
    ),
    Mutant(
        "nobody asks the time in silence",
        "src/liqscape/service/collecting/asking_time.py",
        "silent_s() >= SILENT_SECONDS or",
        "False or",
        (CHAOS + "exchange: nobody trades", "tests/service/collecting/test_asking_time.py"),
    ),
    Mutant(
        "nobody asks whether a server is back",
        "src/liqscape/service/collecting/asking_time.py",
        "or client.unanswered_s >= UNANSWERED_SECONDS",
        "or False",
        ("tests/service/collecting/test_asking_time.py",),
    ),
    Mutant(
        "a time that is held is no matter",
        "src/liqscape/service/collecting/figures.py",
        'NEEDED = frozenset(("marks", "prints", "time", "frames",',
        'NEEDED = frozenset(("marks", "prints", "frames",',
        (CHAOS + "exchange: its clock stands still", "tests/service/collecting/test_feed_state.py"),
    ),
    Mutant(
        "frames left behind are no matter",
        "src/liqscape/service/collecting/figures.py",
        'if late_ms <= LATE_MS or feed_state(rows) != "live":',
        "if True:",
        (CHAOS + "exchange: its clock stands still", CHAOS + "socket: connected and silent"),
    ),
    Mutant(
        "a frame does not say what its coverage tells",
        "src/liqscape/service/collecting/core.py",
        "        return replace(frame, snapshot=replace(snapshot, doubt=doubt))",
        "        return frame",
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
        "a map of doubts is live",
        "src/liqscape/service/collecting/streams.py",
        '"stale" if is_silent or is_most else "connected"',
        '"stale" if is_silent else "connected"',
        ("tests/service/collecting/test_doubtful_markets.py",),
    ),
    Mutant(
        "who is told of the compiler meets it in parts",
        "src/liqscape/service/compiling.py",
        "    import numba  # noqa: F401\n",
        "",
        ("tests/service/test_compiling.py",),
    ),
    Mutant(
        "volume without prints concerns nobody",
        "src/liqscape/service/collecting/feeding.py",
        "            self._market.say(RecordKind.LOST, VOLUME, content)",
        "            pass",
        (
            "tests/reliability/test_chaos.py::test_holders_of_coins_whose_prints_do_not_come_are_in_doubt_once_volume_tells_of_them",
        ),
    ),
    Mutant(
        "the raw log is written in the pool that everybody shares",
        "src/liqscape/service/collecting/raw_keeper.py",
        "beside(self._executor, self._append, piece)",
        "beside(None, self._append, piece)",
        ("tests/service/test_executors.py",),
    ),
    Mutant(
        "another sandbox at the same address is followed",
        "src/liqscape/service/collecting/connecting.py",
        "if world and found.probe.world and world != found.probe.world:",
        "if False:",
        ("tests/service/collecting/test_connecting.py",),
    ),
    Mutant(
        "a server that lists other coins is followed",
        "src/liqscape/service/collecting/connecting.py",
        "if own and same <= MIN_SAME_SHARE * len(own):",
        "if False:",
        ("tests/service/collecting/test_connecting.py",),
    ),
    Mutant(
        "a sandbox goes on as an exchange",
        "src/liqscape/service/collecting/connecting.py",
        "if found.probe.is_simulated != start.is_simulated:",
        "if False:",
        ("tests/service/collecting/test_connecting.py",),
    ),
    Mutant(
        "a server that does not answer is asked every second for ever",
        "src/liqscape/service/collecting/connecting.py",
        "await pause(stop, FIRST_WAIT_S + self._backoff.wait_s())",
        "await pause(stop, FIRST_WAIT_S)",
        ("tests/service/collecting/test_connecting.py",),
    ),
    Mutant(
        "an emptied register is taken as new without a word",
        "src/liqscape/service/collecting/known_accounts.py",
        "if known and not columns.address and not was_new and not register.is_new:",
        "if False:",
        ("tests/service/collecting/test_known_accounts.py",),
    ),
    Mutant(
        "stored accounts the register lacks are never read again",
        "src/liqscape/service/collecting/known_accounts.py",
        "book.add(missing, AddressSource.HISTORY, now_ms)",
        "pass",
        ("tests/service/collecting/test_known_accounts.py",),
    ),
    Mutant(
        "a start forgets the weight used before it",
        "src/liqscape/service/collecting/opening.py",
        "    limiter.resume(stored_uses(settings.data, settings.network.info_url, chosen.now_ns() // 1_000_000))\n",
        "",
        ("tests/reliability/test_outages.py::test_a_start_goes_on_counting_the_weight_of_the_process_before",),
    ),
    Mutant(
        "nobody notes the weight used",
        "src/liqscape/service/collecting/opening.py",
        'market.work.append(("weight", weight.run))',
        "pass",
        ("tests/reliability/test_outages.py::test_a_start_goes_on_counting_the_weight_of_the_process_before",),
    ),
    Mutant(
        "weight of a time to come is believed",
        "src/liqscape/service/collecting/weight_keeper.py",
        "at_ms > now_ms or weight < 0",
        "weight < 0",
        ("tests/service/collecting/test_weight_keeper.py",),
    ),
)

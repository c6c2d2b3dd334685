"""Weight is counted before anything is sent; a server that would refuse is the judge. Time is made by the test."""

from __future__ import annotations

import asyncio
import random

from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import now_s, run_virtually

from liqscape.feed.limiter import MAX_PAUSE_S, WeightLimiter
from liqscape.sandbox.server.limits import Limits


def limiter_of(weight: int = 1_200) -> WeightLimiter:
    return WeightLimiter(weight, now_s, asyncio.sleep)


def limiter_from_zero() -> WeightLimiter:
    """One that is made before its loop runs: virtual time begins at 0."""
    return WeightLimiter(1_200, loop_time, asyncio.sleep)


def loop_time() -> float:
    """Time of the loop, 0 before it runs."""
    try:
        return now_s()
    except RuntimeError:
        return 0.0


def limiter_share(limiter: WeightLimiter) -> int:
    """Weight a minute it allows itself."""
    return limiter.figures().limit_now


def timed() -> tuple[WeightLimiter, list[float]]:
    """A limiter nobody waits for, and its clock."""
    time = [0.0]
    return WeightLimiter(1_200, lambda: time[0]), time


async def until(seconds: float) -> None:
    """Let time pass."""
    await asyncio.sleep(seconds - now_s())


@settings(max_examples=examples(25))
@given(st.integers(0, 1_000), st.floats(0.0, 8.0))
def test_a_server_with_the_documented_limits_never_refuses(seed: int, longest_latency: float) -> None:
    """Ours counts first and theirs at any time until the answer: no schedule of latencies brings a 429."""
    chance = random.Random(seed)
    limiter, server = limiter_of(), Limits(clock=now_s)
    refused = answered = 0

    async def ask(kind: str, weight: int, items: int) -> None:
        nonlocal refused, answered
        taken = await limiter.take(weight + 100 * (kind == "userFills"), chance.randrange(10))
        await asyncio.sleep(chance.uniform(0.0, longest_latency))
        if not server.admits_request("us", kind):
            refused += 1
        else:
            server.charge_answer("us", kind, [0] * items)
            answered += 1
        await asyncio.sleep(chance.uniform(0.0, longest_latency))
        taken.settle(weight + (items // 20 if kind == "userFills" else 0))

    async def run() -> None:
        kinds = [("clearinghouseState", 2, 0), ("batchClearinghouseStates", 20, 0), ("userFills", 20, 2_000)]
        asked = [asyncio.create_task(ask(*chance.choice(kinds))) for _ in range(150)]
        await until(3_000.0)
        await asyncio.gather(*asked)

    run_virtually(run())
    assert refused == 0
    assert answered == 150


def test_the_budget_is_used_up_not_only_kept() -> None:
    async def run() -> int:
        limiter = limiter_of()
        tasks = [asyncio.create_task(limiter.take(2)) for _ in range(2_000)]
        await until(119.0)
        done = sum(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return done

    assert run_virtually(run()) == 1_200  # two minutes of 600 account states each


def test_urgent_requests_go_first_and_equal_ones_in_turn() -> None:
    async def run() -> list[str]:
        order: list[str] = []
        limiter = limiter_of(10)

        async def ask(name: str, priority: int) -> None:
            await limiter.take(10, priority)
            order.append(name)

        tasks = [asyncio.create_task(ask("first", 5))]
        await until(0.0)
        tasks += [asyncio.create_task(ask(name, 5)) for name in ("second", "third")]
        tasks += [asyncio.create_task(ask("urgent", 0))]
        await until(1_000.0)
        await asyncio.gather(*tasks)
        return order

    assert run_virtually(run()) == ["first", "urgent", "second", "third"]


def test_a_stream_of_urgent_requests_does_not_starve_the_others() -> None:
    async def run() -> float:
        served: list[float] = []
        limiter = limiter_of(10)

        async def ask(name: str, priority: int) -> None:
            await limiter.take(10, priority)
            if name == "patient":
                served.append(now_s())

        tasks = [asyncio.create_task(ask("urgent", 0)), asyncio.create_task(ask("patient", 9))]
        for minute in range(10):
            tasks += [asyncio.create_task(ask("urgent", 0)) for _ in range(2)]
            await until(60.0 * minute)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return served[0]

    assert run_virtually(run()) <= 420.0  # one a minute: those of the first 90 s go first, none that came later


def test_a_request_given_up_leaves_its_place() -> None:
    async def run() -> int:
        limiter = limiter_of(10)
        await limiter.take(10)
        waiting = [asyncio.create_task(limiter.take(10)) for _ in range(3)]
        await until(1.0)
        waiting[0].cancel()
        waiting[1].cancel()
        await until(70.0)
        assert waiting[2].done()
        return limiter.figures().waiting

    assert run_virtually(run()) == 0


def test_more_than_a_minute_allows_waits_for_an_empty_window() -> None:
    async def run() -> bool:
        limiter = limiter_of(100)
        limiter.charge(1)
        task = asyncio.create_task(limiter.take(120))
        await until(59.0)
        assert not task.done()
        await until(61.0)
        return task.done()

    assert run_virtually(run())


def test_weight_given_back_is_used_at_once() -> None:
    async def run() -> bool:
        limiter = limiter_of(120)
        taken = await limiter.take(120)
        task = asyncio.create_task(limiter.take(20))
        await until(1.0)
        assert not task.done()
        taken.settle(21)
        taken.settle(999)  # only the first counts
        await until(1.5)
        return task.done() and limiter.figures().used == 41

    assert run_virtually(run())


def test_a_refusal_halves_the_budget_once_a_burst_and_it_recovers() -> None:
    limiter, time = timed()
    for _ in range(6):
        limiter.refused(3.0)
    assert limiter.figures().limit_now == 600
    assert limiter.figures().refused == 6
    time[0] = 100.0
    assert limiter.figures().limit_now == 1_200
    for _ in range(40):
        time[0] += 5.0
        limiter.refused(None)
    assert 60 <= limiter.figures().limit_now < 100


def test_nothing_is_sent_before_the_time_the_server_names() -> None:
    async def run() -> None:
        limiter = limiter_of()
        limiter.refused(20.0)
        task = asyncio.create_task(limiter.take(2))
        await until(19.9)
        assert not task.done()
        await until(20.5)
        assert task.done()

    run_virtually(run())


def test_broken_and_slow_answers_slow_us_down_softly() -> None:
    limiter, time = timed()
    for _ in range(200):
        limiter.answered(0.2)
    assert limiter.figures().soft_share == 1.0
    for _ in range(10):
        limiter.answered(8.0)
    assert limiter.figures().soft_share == 0.8
    time[0] = 6.0
    limiter.strained()
    assert 0.6 < limiter.figures().soft_share < 0.7
    assert limiter.figures().limit_now == int(1_200 * limiter.figures().soft_share)
    time[0] = 200.0
    assert limiter.figures().soft_share == 1.0


def test_no_server_silences_us_for_a_day() -> None:
    """A proxy's `Retry-After: 86400` must not outlive what made it say so."""

    async def seconds_waited() -> float:
        waiting = WeightLimiter(1_200, now_s, asyncio.sleep)
        waiting.refused(86_400.0)
        await waiting.take(2)
        return now_s()

    assert run_virtually(seconds_waited()) == MAX_PAUSE_S


def test_an_open_limiter_waits_for_nothing_until_it_is_refused_and_then_for_what_it_used() -> None:
    """A server with limits refuses once, and never again; one without is never waited for."""

    async def ask_all(server: Limits) -> tuple[int, float]:
        limiter, refusals = WeightLimiter(1_200, now_s, asyncio.sleep, is_open=True), 0
        for _ in range(200):
            is_admitted = False
            while not is_admitted:
                taken = await limiter.take(20)
                is_admitted = server.admits_request("us", "batchClearinghouseStates")
                taken.settle(20 if is_admitted else 0)
                if not is_admitted:
                    refusals += 1
                    limiter.refused(None)
        return refusals, now_s()

    refusals, _ = run_virtually(ask_all(Limits(clock=now_s)))
    assert refusals == 1
    began_s = 0.0
    refusals, ended_s = run_virtually(ask_all(Limits(is_enforced=False, clock=now_s)))
    assert (refusals, ended_s) == (0, began_s)


def refused_after_a_start(limiter: WeightLimiter, server: Limits, questions: int) -> tuple[int, float]:
    """Ask so many batches one after the other: (refusals, when the last was answered)."""

    async def run() -> tuple[int, float]:
        refusals = 0
        for _ in range(questions):
            while True:
                taken = await limiter.take(20)
                is_admitted = server.admits_request("us", "batchClearinghouseStates")
                taken.settle(20)
                if is_admitted:
                    break
                refusals += 1
                limiter.refused(None)
        return refusals, now_s()

    return run_virtually(run())


def used_up(server: Limits, uses: list[tuple[float, int]]) -> None:
    """The server has counted what a process before us used: (seconds ago, weight)."""
    for ago_s, weight in uses:
        server.client("us").weight.take(-ago_s, weight)


STEADY = [(60.0 - second, 20) for second in range(1, 61)]
"""A minute used up evenly: 20 a second are free again."""


def test_who_goes_on_with_the_count_of_the_process_before_is_never_refused() -> None:
    server, limiter = Limits(clock=now_s), limiter_from_zero()
    used_up(server, STEADY)
    limiter.resume(STEADY)
    refusals, ended_s = refused_after_a_start(limiter, server, 30)
    assert refusals == 0
    assert 29.0 <= ended_s <= 31.0  # one a second, as the minute before goes by
    assert limiter_share(limiter) == 1_200


def test_who_knows_nothing_of_the_process_before_is_refused_once_and_then_waits_for_its_minute_to_be_over() -> None:
    server, limiter = Limits(clock=now_s), limiter_from_zero()
    used_up(server, STEADY)
    limiter.resume([])
    refusals, ended_s = refused_after_a_start(limiter, server, 30)
    assert refusals <= 2
    assert ended_s <= 61.0
    assert limiter_share(limiter) == 1_200  # nobody else is to blame: nothing is cut


def test_what_the_last_second_before_a_kill_used_costs_no_more_than_that() -> None:
    """200 of weight are not in the file: one refusal, and the rest of the minute goes on as it is freed."""
    server, limiter = Limits(clock=now_s), limiter_from_zero()
    used_up(server, [*STEADY[:-10], (0.0, 200)])
    limiter.resume(STEADY[:-10])
    refusals, ended_s = refused_after_a_start(limiter, server, 30)
    assert refusals <= 2
    assert ended_s <= 41.0
    assert limiter_share(limiter) == 1_200


def test_after_the_first_minute_a_refusal_is_somebody_elses_doing() -> None:
    limiter, time = timed()
    limiter.resume([(1.0, 100)])
    time[0] = 59.0
    limiter.refused(None)
    assert limiter.figures().limit_now == 1_200
    time[0] = 61.0
    limiter.refused(None)
    assert limiter.figures().limit_now == 600


@given(st.lists(st.tuples(st.floats(0.0, 59.0), st.integers(1, 300)), max_size=20))
def test_what_counts_is_told_as_it_can_be_resumed(uses: list[tuple[float, int]]) -> None:
    limiter, _ = timed()
    limiter.resume(uses)
    again, _ = timed()
    again.resume(limiter.uses())
    assert again.uses() == limiter.uses()
    assert limiter.figures().used == again.figures().used == sum(weight for _, weight in uses)
    assert [ago_s for ago_s, _ in again.uses()] == sorted((ago_s for ago_s, _ in uses), reverse=True)

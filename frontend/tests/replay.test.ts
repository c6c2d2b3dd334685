import assert from "node:assert/strict";
import { test } from "node:test";
import type { CascadesAnswer, EventsAnswer } from "../src/api/schema";
import { freshness, type StandingView } from "../src/model/freshness";
import { cascadesUntil, eventsUntil } from "../src/model/known_then";
import { candlesUntil, cellsUntil, firstAfter, lastAt, playedTo, timesAhead } from "../src/model/replay";
import type { HeatmapWindow } from "../src/model/window";

const MINUTE = 60_000;
const minutes = (...numbers: number[]): number[] => numbers.map((number) => number * MINUTE);

test("the stored times around a moment are those at or before and after it", () => {
  const times = minutes(1, 2, 4);
  assert.equal(lastAt(times, 2 * MINUTE), 2 * MINUTE);
  assert.equal(lastAt(times, 4 * MINUTE - 1), 2 * MINUTE);
  assert.equal(lastAt(times, MINUTE - 1), null);
  assert.equal(firstAfter(times, 2 * MINUTE), 4 * MINUTE);
  assert.equal(firstAfter(times, 4 * MINUTE), null);
});

test("play goes as fast as it says, passes over times without a frame, and ends with the last one", () => {
  const play = { atMs: 0, elapsedMs: 250, times: minutes(0, 1, 2, 60), holdMs: 10 * MINUTE, lastMs: 60 * MINUTE };
  assert.equal(playedTo({ ...play, speed: 60 }), 15_000);
  assert.equal(playedTo({ ...play, speed: 1000 }), 250_000);
  assert.equal(playedTo({ ...play, atMs: 11 * MINUTE, speed: 1 }), 11 * MINUTE + 250);
  assert.equal(playedTo({ ...play, atMs: 12 * MINUTE, speed: 60 }), 60 * MINUTE);
  assert.equal(playedTo({ ...play, atMs: 60 * MINUTE - 1, speed: 1000 }), 60 * MINUTE);
});

test("what play comes to is asked for ahead: each stored time while it is slow, one a look while it is fast", () => {
  const times = minutes(...Array.from({ length: 30 }, (_, index) => index));
  assert.deepEqual(timesAhead(times, 30_000, 1, 250, 2), minutes(1, 2));
  assert.deepEqual(timesAhead(times, 0, 1000, 250, 3), minutes(4, 8, 12));
  assert.deepEqual(timesAhead(times, 28 * MINUTE, 1000, 250, 3), minutes(29));
});

test("a candle under way at the moment is its mark then, never what it became", () => {
  const rows = [0, 5, 10].map((minute) => [minute * MINUTE, 100, 130, 90, 120] as const);
  const mark = { timeMs: 7 * MINUTE, price: 101 };
  assert.deepEqual(candlesUntil(rows, 5 * MINUTE, 7 * MINUTE, mark), [rows[0], [7 * MINUTE, 101, 101, 101, 101]]);
  assert.deepEqual(candlesUntil(rows, 5 * MINUTE, 7 * MINUTE, null), [rows[0]]);
  // A mark from before the last whole candle adds nothing to it.
  assert.deepEqual(candlesUntil(rows, 5 * MINUTE, 7 * MINUTE, { timeMs: 3 * MINUTE, price: 99 }), [rows[0]]);
});

test("a column is there once its frame is, so that a wide one tells nothing of later", () => {
  const window = { start_ms: 0, step_ms: 10 * MINUTE, asOf: Float64Array.from([9, 19, -1, 39].map((m) => m * MINUTE)) };
  const until = (minute: number): number => cellsUntil(window as unknown as HeatmapWindow, minute * MINUTE) / MINUTE;
  assert.deepEqual([8, 9, 18, 19, 25, 38, 39].map(until), [0, 10, 10, 20, 30, 30, 40]);
});

const event = (minute: number, knownMinute: number) => ({
  event_id: `at ${minute}`,
  last_fill_ms: minute * MINUTE,
  known_at_ms: knownMinute * MINUTE,
  price: 100,
  impact_60s_bp: 4,
  why_unknown: null,
});

test("a liquidation is listed once it is over, what price did after it once that was measured", () => {
  const answer = { events: [event(30, 40), event(10, 20), event(5, 6)] } as unknown as EventsAnswer;
  const { events } = eventsUntil(answer, 15 * MINUTE);
  assert.deepEqual(
    events.map(({ event_id, impact_60s_bp, price }) => [event_id, impact_60s_bp, price]),
    [
      ["at 10", null, 100],
      ["at 5", 4, 100],
    ],
  );
  assert.match(events[0]?.why_unknown ?? "", /not known yet/);
});

test("a cascade stands as its last change before the moment, and not after it is over", () => {
  const row = (minute: number, side: number, state: string) => ({ side, state, known_at_ms: minute * MINUTE });
  const cascades = [row(30, 1, "over"), row(20, 1, "running"), row(15, -1, "over"), row(10, 1, "starting")];
  const answer = { now: [], cascades } as unknown as CascadesAnswer;
  const states = (minute: number) => cascadesUntil(answer, minute * MINUTE).now.map(({ side, state }) => [side, state]);
  assert.deepEqual(states(9), []);
  assert.deepEqual(states(12), [[1, "starting"]]);
  assert.deepEqual(states(25), [[1, "running"]]);
  assert.deepEqual(states(35), []);
});

test("a moment that is replayed is never said to be live", () => {
  const status = { is_live: true, feed_state: "live" };
  const view = { status, stream: "live", coinDoubt: [], heardMs: 0, nowMs: 0, atMs: Date.UTC(2026, 10, 27, 14, 5) };
  assert.deepEqual(freshness(view as unknown as StandingView), {
    text: "REPLAY, 27 Nov 2026 14:05 UTC",
    state: "still",
  });
});
